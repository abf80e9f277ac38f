package io.darkroom.runtime;

import ai.djl.engine.EngineException;
import java.util.List;

/** What libtorch says where memory does not suffice, which DJL has as an exception's text alone. */
public final class EngineMemory {
  /**
   * The phrases, with the files of PyTorch that have them.
   *
   * <ul>
   *   <li>{@code c10/core/impl/alloc_cpu.cpp}: the CPU's memory, on Linux and on Windows
   *   <li>{@code c10/cuda/CUDACachingAllocator.cpp}: a GPU's
   *   <li>{@code c10/cuda/CUDAException.h}, with CUDA's own words for cudaErrorMemoryAllocation
   *   <li>{@code aten/src/ATen/cuda/CUDABlas.cpp}, {@code aten/src/ATen/cudnn/Exceptions.h}
   *   <li>C++'s own exception, where the CPU's memory is not asked for by way of the allocator
   *   <li>{@code aten/src/ATen/MapAllocator.cpp} gives the system's words for ENOMEM
   * </ul>
   */
  private static final List<String> PHRASES =
      List.of(
          "DefaultCPUAllocator: can't allocate memory",
          "DefaultCPUAllocator: not enough memory",
          "CUDA out of memory",
          "CUDA error: out of memory",
          "CUBLAS_STATUS_ALLOC_FAILED",
          "CUDNN_STATUS_ALLOC_FAILED",
          "std::bad_alloc",
          "Cannot allocate memory");

  private EngineMemory() {}

  /**
   * Tells whether a failure is a lack of memory.
   *
   * @param message what the engine said
   * @return whether it is
   */
  static boolean isExhausted(String message) {
    return PHRASES.stream().anyMatch(message::contains);
  }

  /**
   * Tells a lack of memory from other failures of the engine.
   *
   * @param failure what the engine threw
   * @param what what the memory was for
   * @return an {@link OutOfMemoryException}, else the failure itself
   */
  public static RuntimeException explained(EngineException failure, String what) {
    return isExhausted(String.valueOf(failure.getMessage()))
        ? new OutOfMemoryException("out of memory for " + what, failure)
        : failure;
  }
}
