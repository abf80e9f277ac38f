package io.darkroom.batch;

import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import java.io.IOException;
import java.nio.file.Path;

/** Told how a batch goes on, from several threads, but one at a time where not said otherwise. */
public interface BatchListener {
  /**
   * A denoising step of some worker is over. Called from all workers at once.
   *
   * @throws java.util.concurrent.CancellationException to stop the batch
   */
  void onStep();

  /**
   * A picture's file and its line in the manifest are on disk.
   *
   * @param picture the picture
   * @param rendered the same, made
   * @param pipeline what made it
   * @param file its file
   * @throws IOException if nobody can be told any more, which ends the batch
   */
  void onFinished(BatchPicture picture, RenderedImage rendered, TextToImage pipeline, Path file)
      throws IOException;

  /**
   * A picture cannot be made; the manifest says so.
   *
   * @param picture the picture
   * @param error why
   * @throws IOException if nobody can be told any more, which ends the batch
   */
  void onFailed(BatchPicture picture, String error) throws IOException;

  /**
   * Something that a person should know and that does not end the batch.
   *
   * @param message one line
   */
  void onWarning(String message);

  /**
   * How some worker does something, for those who want to know all. Called from all workers at
   * once.
   *
   * @param message one line
   */
  default void onDetail(String message) {}
}
