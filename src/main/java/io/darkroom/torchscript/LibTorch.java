package io.darkroom.torchscript;

import ai.djl.pytorch.jni.JniUtils;

/** What concerns the engine as a whole. */
public final class LibTorch {
  private static final boolean OPTIMIZES_GRAPHS =
      Boolean.parseBoolean(System.getProperty("ai.djl.pytorch.graph_optimizer", "true"));

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

  /**
   * Makes DJL's setting {@code ai.djl.pytorch.graph_optimizer} hold for the calling thread: whether
   * programs are optimized at their first calls. DJL itself heeds it in {@code forward} alone.
   */
  public static void heedGraphOptimizer() {
    JniUtils.setGraphExecutorOptimize(OPTIMIZES_GRAPHS);
  }
}
