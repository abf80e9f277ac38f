package io.darkroom.cli.output;

import io.darkroom.image.PictureFormat;
import io.darkroom.image.Png;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where finished pictures go. */
public sealed interface Destination permits StandardOutput, NamedFile, FreshFiles {
  /**
   * Makes sure that the pictures can be kept, before any work is done for them.
   *
   * @param pictures all that will come
   * @throws IOException if one could not be kept
   */
  void check(List<PictureName> pictures) throws IOException;

  /**
   * The format that the pictures are written in.
   *
   * @return the format
   */
  PictureFormat format();

  /**
   * Keeps a picture, whole or not at all.
   *
   * @param png the picture
   * @param name what its name is made of
   * @return the file that it is in now; empty if it is in none
   * @throws IOException if it cannot be kept
   */
  Optional<Path> save(Png png, PictureName name) throws IOException;
}
