package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Optional;

/** What a sampler asks at each evaluation: the U-Net, however it sees the latents. */
interface Predictor extends AutoCloseable {
  /**
   * Predicts. The evaluations must come in order.
   *
   * @param latents {@code [batch, C, h, w]}, float32
   * @param extra what the U-Net sees beside them: float32 {@code [batch, extra channels, h, w]}
   * @param evaluation which one, from 0
   * @param step owns the result
   * @return what it predicts, with guidance if there is any; the same shape
   */
  NDArray predict(NDArray latents, Optional<NDArray> extra, int evaluation, NDManager step);

  @Override
  void close();
}
