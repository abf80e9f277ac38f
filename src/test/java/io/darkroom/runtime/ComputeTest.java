package io.darkroom.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.Engine;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.torchscript.Precision;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComputeTest {
  @Test
  void float32IsFloat32() {
    Compute compute = Compute.choose("cpu", "fp32");
    assertEquals("cpu", compute.deviceName());
    assertEquals("fp32", compute.dtype());
    assertEquals(Precision.FLOAT32, compute.precision());
  }

  /** float16 arithmetic on a CPU is 40 times slower than float32's; as storage it is free. */
  @Test
  void onACpuFloat16IsForStorageAlone() {
    Compute compute = Compute.choose("cpu", "fp16");
    assertEquals("fp16", compute.dtype());
    assertEquals(
        new Precision(Precision.Format.FLOAT16, Precision.Format.FLOAT32), compute.precision());
  }

  @Test
  void theChoiceOnACpuIsNeverFloat16() {
    String dtype = Compute.choose("cpu", "auto").dtype();
    assertTrue(Set.of("fp32", "bf16").contains(dtype), dtype);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tpu | fp32 | there is no device 'tpu'; use auto, cpu, cuda or cuda:N",
        "CPU | fp32 | there is no device 'CPU'; use auto, cpu, cuda or cuda:N",
        "cuda: | fp32 | there is no device 'cuda:'; use auto, cpu, cuda or cuda:N",
        "cpu | int8 | there is no dtype 'int8'; use auto, fp32, fp16 or bf16"
      })
  void whatDoesNotExistIsRefused(String device, String dtype, String message) {
    assertRefused(device, dtype, message);
  }

  @ParameterizedTest
  @CsvSource({"cuda", "cuda:0", "cuda:7"})
  void aGpuThatIsNotThereIsRefused(String device) {
    assumeTrue(Engine.getEngine("PyTorch").getGpuCount() == 0, "this machine has a GPU");
    assertRefused(
        device,
        "auto",
        "there is no CUDA device that PyTorch can use here; leave --device out, or use cpu");
  }

  private static void assertRefused(String device, String dtype, String message) {
    ComputeOptions options = new ComputeOptions(device, dtype);
    assertEquals(
        message,
        assertThrows(
                InvalidRequestException.class,
                () -> Compute.choose(options.device(), options.dtype()))
            .getMessage());
  }
}
