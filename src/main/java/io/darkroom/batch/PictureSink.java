package io.darkroom.batch;

import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import java.io.IOException;
import java.nio.file.Path;

/** Keeps finished pictures. Called from one thread. */
@FunctionalInterface
public interface PictureSink {
  /**
   * Writes a picture, whole or not at all, in place of a file of that name.
   *
   * @param picture the picture
   * @param pipeline what made it
   * @param file where it is to be; its folder exists
   * @throws IOException if it cannot be written
   */
  void write(RenderedImage picture, TextToImage pipeline, Path file) throws IOException;
}
