package io.darkroom.pipeline;

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
   * Something a person should know that does not end the work: a prompt that was cut, a picture
   * decoded again in higher precision.
   *
   * @param message one line
   */
  void onWarning(String message);
}
