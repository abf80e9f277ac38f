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
   * Sets how many threads of the processor compute together what the calling thread asks for.
   * Threads that have not asked for anything yet take over the last number that was set.
   *
   * @param count 1 or more
   */
  public static void useThreads(int count) {
    JniUtils.setNumThreads(count);
  }

  /**
   * Tells how many threads of the processor compute together what the calling thread asks for.
   *
   * @return their number
   */
  public static int threads() {
    return JniUtils.getNumThreads();
  }
}
