package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import io.darkroom.checkpoint.LoraChoice;
import io.darkroom.checkpoint.ModelFiles;
import io.darkroom.image.RgbImage;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a machine has memory is told by a fake: what is chosen then must paint the same. */
class ScarceMemoryTest {
  private static final ComputeOptions FP32 = new ComputeOptions("cpu", "fp32");
  private static final long PLENTY = 1L << 40;
  private static final ImageRequest REQUEST =
      Requests.of("a red circle", "", 7, 64, 64, 2, 7.5, "ddim", 0);

  /** A machine as the test wants it. */
  private record Machine(OptionalLong free, OptionalLong total) implements MemoryGauge {
    Machine(long free, long total) {
      this(OptionalLong.of(free), OptionalLong.of(total));
    }

    @Override
    public OptionalLong free(Device device) {
      return free;
    }

    @Override
    public OptionalLong total(Device device) {
      return total;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sdxl"})
  void whatLeavesTheMemoryPaintsTheSame(String model) {
    Machine roomy = new Machine(PLENTY, PLENTY);
    RgbImage kept = paint(model, FP32.withOffload(Offload.NEVER), roomy);
    RgbImage reloaded = paint(model, FP32.withOffload(Offload.ALWAYS), roomy);
    assertArrayEquals(kept.rgb(), reloaded.rgb());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sdxl"})
  void whereMemoryIsShortThePictureIsTheSameButForRounding(String model) {
    Machine roomy = new Machine(PLENTY, PLENTY);
    Machine scarce = new Machine(0, PLENTY);
    Pictures.assertAlike(model, paint(model, FP32, roomy), paint(model, FP32, scarce));
  }

  @Test
  void whoOffloadsUnaskedSaysSo() {
    assertEquals(List.of(), warnings(FP32, new Machine(PLENTY, PLENTY)));
    assertEquals(
        List.of(), warnings(FP32, new Machine(OptionalLong.empty(), OptionalLong.empty())));
    List<String> warnings = warnings(FP32, new Machine(0, PLENTY));
    assertEquals(1, warnings.size());
    assertTrue(warnings.get(0).startsWith("memory is short: text encoder"), warnings.get(0));
    Machine scarce = new Machine(0, PLENTY);
    assertEquals(List.of(), warnings(FP32.withOffload(Offload.NEVER), scarce));
    assertEquals(List.of(), warnings(FP32.withOffload(Offload.ALWAYS), scarce));
  }

  /** A text encoder that is loaded late has the LoRAs in it that were merged meanwhile. */
  @Test
  void mergingGoesOnAsItBegan() {
    Machine roomy = new Machine(PLENTY, PLENTY);
    List<LoraChoice> loras =
        List.of(
            new LoraChoice(
                TestModels.directory("tiny-sd1-lora").resolve("kohya.safetensors"), 0.8));
    try (DiffusionPipeline merged = open("tiny-sd1", FP32.withOffload(Offload.ALWAYS), roomy);
        DiffusionPipeline opened = open("tiny-sd1", FP32.withLoras(loras), roomy)) {
      byte[] before = image(merged).rgb();
      merged.merge(loras);
      byte[] after = image(merged).rgb();
      assertFalse(Arrays.equals(before, after));
      assertArrayEquals(image(opened).rgb(), after);
      merged.merge(List.of());
      assertArrayEquals(before, image(merged).rgb());
    }
  }

  @Test
  void weightsThatNeverFitAreRefusedBeforeTheyAreLoaded() {
    OutOfMemoryException failure =
        assertThrows(
            OutOfMemoryException.class, () -> open("tiny-sd1", FP32, new Machine(PLENTY, 1000)));
    assertTrue(failure.getMessage().startsWith("the model's weights take"), failure.getMessage());
    assertTrue(failure.getMessage().endsWith("; try --dtype bf16 or --offload always"));
  }

  @Test
  void aPictureThatNeverFitsIsRefusedAndTheSizeThatIsNamedFits() {
    Machine machine = new Machine(PLENTY, 512L << 20);
    try (DiffusionPipeline pipeline = open("tiny-sd1", FP32, machine)) {
      ImageRequest large = Requests.of("a red circle", "", 7, 8192, 4096, 2, 7.5, "ddim", 0);
      OutOfMemoryException failure =
          assertThrows(
              OutOfMemoryException.class,
              () -> pipeline.generate(List.of(large), new RecordingListener()));
      Matcher size =
          Pattern.compile("8192x4096 take .* in all; (\\d+)x(\\d+) would fit, or try --dtype")
              .matcher(failure.getMessage());
      assertTrue(size.find(), failure.getMessage());
      int width = Integer.parseInt(size.group(1));
      int height = Integer.parseInt(size.group(2));
      assertTrue(width < 8192 && width >= 64, failure.getMessage());
      assertEquals(2.0, (double) width / height, 0.1);
    }
  }

  private static List<String> warnings(ComputeOptions options, MemoryGauge machine) {
    try (DiffusionPipeline pipeline = open("tiny-sd1", options, machine)) {
      return pipeline.warnings();
    }
  }

  private static RgbImage paint(String model, ComputeOptions options, MemoryGauge machine) {
    try (DiffusionPipeline pipeline = open(model, options, machine)) {
      return image(pipeline);
    }
  }

  private static RgbImage image(DiffusionPipeline pipeline) {
    return pipeline.generate(List.of(REQUEST), new RecordingListener()).get(0).image();
  }

  private static DiffusionPipeline open(String model, ComputeOptions options, MemoryGauge machine) {
    return DiffusionPipeline.open(
        ModelFiles.of(TestModels.directory(model)).open(), options, machine);
  }
}
