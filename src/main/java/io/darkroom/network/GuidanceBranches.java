package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import java.util.List;

/**
 * The two branches of classifier-free guidance on their way through the U-Net. They begin with the
 * same latents and hear of the same timestep, so that until text comes in, one tensor stands for
 * both. For the writing of one method.
 */
final class GuidanceBranches {
  private boolean shared;

  private GuidanceBranches(boolean shared) {
    this.shared = shared;
  }

  /** Branches that share their tensors still. */
  static GuidanceBranches shared() {
    return new GuidanceBranches(true);
  }

  /** Branches that have split, or samples that are no branches: nothing happens to them. */
  static GuidanceBranches alreadySplit() {
    return new GuidanceBranches(false);
  }

  /**
   * Gives each branch its own.
   *
   * @param x what was made before text came in, {@code [batch, ...]}
   * @return {@code [2 batch, ...]} if it stands for both, else the same
   */
  Tensor perBranch(Tensor x) {
    return shared ? Tensor.concatenate(0, x, x) : x;
  }

  /**
   * Ends the sharing.
   *
   * @param earlier what was made before and will be used later; each is replaced
   */
  void split(List<Tensor> earlier) {
    earlier.replaceAll(this::perBranch);
    shared = false;
  }
}
