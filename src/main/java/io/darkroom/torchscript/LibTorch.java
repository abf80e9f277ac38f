package io.darkroom.torchscript;

import ai.djl.pytorch.jni.JniUtils;

/** What concerns the engine as a whole. */
public final class LibTorch {
  private LibTorch() {}

  /** Gives the memory back that the engine keeps for itself on GPUs. */
  public static void emptyCudaCache() {
    JniUtils.emptyCudaCache();
  }

  /**
   * Tells how many threads compute together.
   *
   * @return their number
   */
  public static int threads() {
    return JniUtils.getNumThreads();
  }
}
