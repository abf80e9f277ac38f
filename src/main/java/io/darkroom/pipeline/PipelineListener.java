package io.darkroom.pipeline;

import io.darkroom.image.RgbImage;

/**
 * Told how the work goes on. A listener stops the work by throwing {@link
 * java.util.concurrent.CancellationException} from {@link #onStep}; nothing is left half done.
 */
public interface PipelineListener {
  /**
   * A denoising step is over.
   *
   * @param step the steps done so far, from 1
   * @param steps all of them
   */
  void onStep(int step, int steps);

  /**
   * A pass of several begins: its first step is about to be told. Its steps take another time than
   * those of the pass before.
   *
   * @param pass its place in the work
   */
  default void onPass(PassShare pass) {}

  /**
   * Asked before a step's end whether anybody would look at a preview of the first picture; only
   * then it is made.
   *
   * @param step the steps done then, from 1
   * @param steps all of them
   * @return whether to call {@link #onPreview}
   */
  default boolean wantsPreview(int step, int steps) {
    return false;
  }

  /**
   * What the first picture would become if the U-Net were right already, in the latent's size.
   *
   * @param preview a small picture
   */
  default void onPreview(RgbImage preview) {}

  /**
   * Something a person should know that does not end the work: a prompt that was cut, a picture
   * decoded again in higher precision.
   *
   * @param message one line
   */
  void onWarning(String message);

  /**
   * How something is done, for those who want to know all: it changes a picture by rounding at
   * most.
   *
   * @param message one line
   */
  default void onDetail(String message) {}
}
