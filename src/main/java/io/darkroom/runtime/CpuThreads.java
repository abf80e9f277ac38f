package io.darkroom.runtime;

import ai.djl.engine.Engine;
import io.darkroom.torchscript.LibTorch;
import java.util.Map;
import java.util.OptionalInt;

/**
 * How many threads of the processor compute a network's layers together. More threads are faster
 * where layers are large. Where layers are small, the threads wait for each other longer than they
 * compute, above all beside other programs.
 */
public final class CpuThreads {
  /**
   * The least that each thread is to do in a convolution, in additions and multiplications: some
   * 0.15 ms on a core with AVX2. The threads need some 0.01 ms to begin and to end together.
   */
  static final long LEAST_OPERATIONS = 5_000_000;

  private final int most;
  private final boolean fixed;

  private CpuThreads(int most, boolean fixed) {
    this.most = most;
    this.fixed = fixed;
  }

  /**
   * Decides how many there may be.
   *
   * @param wish what the user said; else as many as this process has processors
   * @return the threads
   */
  public static CpuThreads of(OptionalInt wish) {
    int available = available(); // first: it is counted before the number is changed
    return new CpuThreads(wish.orElse(available), wish.isPresent());
  }

  /**
   * How many processors this process may use: those of its affinity mask, and no more than the
   * quota of its control group. libtorch heeds the mask alone, the JVM heeds both.
   *
   * @return 1 or more
   */
  public static int available() {
    return Available.COUNT;
  }

  static int available(Map<String, String> environment, int libTorch, int jvm) {
    return environment.containsKey("OMP_NUM_THREADS") ? libTorch : Math.min(libTorch, jvm);
  }

  /** What there is before anybody changes libtorch's number, which is the whole process's. */
  private static final class Available {
    private static final int COUNT = count();

    private static int count() {
      Engine.getEngine("PyTorch"); // loads libtorch
      return available(
          System.getenv(), LibTorch.threads(), Runtime.getRuntime().availableProcessors());
    }
  }

  /**
   * The same with another limit.
   *
   * @param count 1 or more
   * @return the threads; what is too small for so many still gets fewer, unless the user said a
   *     number
   */
  public CpuThreads atMost(int count) {
    return new CpuThreads(count, fixed);
  }

  /**
   * The limit.
   *
   * @return 1 or more
   */
  public int most() {
    return most;
  }

  /** Lets libtorch use all of them for what the calling thread asks of it from now on. */
  public void useAll() {
    LibTorch.useThreads(most);
  }

  /**
   * Lets libtorch use as many threads as pay, for what the calling thread asks of it from now on.
   *
   * @param operations additions and multiplications of a typical layer
   */
  public void useFor(long operations) {
    LibTorch.useThreads(count(operations));
  }

  int count(long operations) {
    return fixed ? most : (int) Math.max(1, Math.min(most, operations / LEAST_OPERATIONS));
  }
}
