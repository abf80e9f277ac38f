package io.darkroom.batch;

import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import java.io.IOException;
import java.nio.file.Path;

/** Keeps finished pictures. Called from one thread. */
@FunctionalInterface
public interface PictureSink {
  /** Told of a picture that lies whole on disk and has not got its name yet. */
  @FunctionalInterface
  interface Announcement {
    /**
     * Takes notice.
     *
     * @param complete the file under its temporary name
     * @throws IOException if that fails; then the picture must not get its name
     */
    void of(Path complete) throws IOException;
  }

  /**
   * Writes a picture, whole or not at all, and never in place of another file.
   *
   * @param picture the picture
   * @param pipeline what made it
   * @param file where it is to be; its folder is made
   * @param announcement told before the file gets its name
   * @throws java.nio.file.FileAlreadyExistsException if the name is taken
   * @throws IOException if it cannot be written
   */
  void write(RenderedImage picture, TextToImage pipeline, Path file, Announcement announcement)
      throws IOException;
}
