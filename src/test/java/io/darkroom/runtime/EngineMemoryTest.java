package io.darkroom.runtime;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineMemoryTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory:"
            + " you tried to allocate 4398046511104 bytes. Error code 12 (Cannot allocate memory)",
        "[enforce fail at alloc_cpu.cpp:116] data. DefaultCPUAllocator: not enough memory: you tried"
            + " to allocate 10 bytes.",
        "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 1 GiB",
        "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "std::bad_alloc"
      })
  void theEnginesOwnWordsAreKnown(String message) {
    assertTrue(EngineMemory.isExhausted(message));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Expected all tensors to be on the same device",
        "allocator for device meta is not set",
        "value cannot be converted to type float without overflow; see the allocation of w[3]",
        "CUDA error: an illegal memory access was encountered",
        "null"
      })
  void otherFailuresAreNotALackOfMemory(String message) {
    assertFalse(EngineMemory.isExhausted(message));
  }

  /** What this engine really says where nothing could hold the tensor. */
  @Test
  void aTensorThatNoMachineHoldsIsALackOfMemory() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      Shape shape = new Shape(1L << 30, 1L << 22);
      EngineException failure =
          Assertions.assertThrows(
              EngineException.class, () -> manager.create(shape, DataType.FLOAT32));
      assertTrue(EngineMemory.isExhausted(failure.getMessage()), failure::getMessage);
    }
  }
}
