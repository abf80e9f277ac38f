package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import java.util.Deque;

/**
 * The two halves of classifier-free guidance on their way through the U-Net. They begin with the
 * same latents and hear of the same timestep, so that until text comes in, one tensor stands for
 * both. For the writing of one method.
 */
final class Halves {
  private boolean areOne;

  private Halves(boolean areOne) {
    this.areOne = areOne;
  }

  /** Halves that are one still. */
  static Halves inOne() {
    return new Halves(true);
  }

  /** Halves that have parted, or samples that are no halves: nothing happens to them. */
  static Halves apart() {
    return new Halves(false);
  }

  /** Whether each half has its own. */
  boolean areApart() {
    return !areOne;
  }

  /**
   * Gives each half its own.
   *
   * @param x what was made before text came in, {@code [batch, ...]}
   * @return {@code [2 batch, ...]} if it stands for both, else the same
   */
  Tensor parted(Tensor x) {
    return areOne ? Tensor.concatenate(0, x, x) : x;
  }

  /**
   * Ends the time as one.
   *
   * @param waiting what was made before and will be used later; each is replaced
   */
  void part(Deque<Tensor> waiting) {
    for (int i = 0; areOne && i < waiting.size(); i++) {
      waiting.addLast(parted(waiting.removeFirst()));
    }
    areOne = false;
  }
}
