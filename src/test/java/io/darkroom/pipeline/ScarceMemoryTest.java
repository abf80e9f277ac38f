package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import io.darkroom.image.RgbImage;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.Component;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.network.DecoderConfig;
import io.darkroom.request.HiresSize;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.Setting;
import io.darkroom.runtime.AutoencoderMemory;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.runtime.Offload;
import io.darkroom.runtime.OutOfMemoryException;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a machine has memory is told by a fake: what is chosen then must paint the same. */
@Tag("slow")
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

  /** What is free only until the first step is done suffices for denoising, not for decoding. */
  @Test
  void roomIsMadeBeforeDecoding() {
    AtomicLong free = new AtomicLong(PLENTY);
    MemoryGauge machine = gauge(free::get, () -> PLENTY);
    List<String> warnings = new ArrayList<>();
    PipelineListener listener =
        new PipelineListener() {
          @Override
          public void onStep(int step, int steps) {
            free.set(1L << 20);
          }

          @Override
          public void onWarning(String message) {
            warnings.add(message);
          }
        };
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(
            ModelFiles.of(TestModels.directory("tiny-sd1")).open(), FP32, machine)) {
      pipeline.generate(List.of(REQUEST), listener);
      assertEquals(1, warnings.size(), warnings::toString);
      assertTrue(warnings.get(0).startsWith("memory is short: text encoder"), warnings.get(0));
    }
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

  /** In half precision it can be seen, if one looks for it. */
  @Test
  void whoDecodesInStripsTellsThoseWhoAsk() {
    RecordingListener roomy = new RecordingListener();
    RecordingListener scarce = new RecordingListener();
    try (DiffusionPipeline plenty = open("tiny-sd1", FP32, new Machine(PLENTY, PLENTY));
        DiffusionPipeline little = open("tiny-sd1", FP32, new Machine(1L << 20, PLENTY))) {
      plenty.generate(List.of(REQUEST), roomy);
      little.generate(List.of(REQUEST, REQUEST), scarce);
    }
    assertEquals(List.of(), roomy.details);
    String detail =
        "decoding 64x64 in strips: in one piece it would need 0.3 GiB, but only 0.0 GiB are free";
    assertEquals(List.of(detail, detail), scarce.details);
  }

  /** The size of a picture is known only when it is to be painted. */
  @Test
  void whoeverTurnsOutTooLargeToBeBesideTextEncoderAndDecoderSendsThemAway() {
    ImageRequest larger = Requests.of("a red circle", "", 7, 96, 96, 2, 7.5, "ddim", 0);
    Machine roomy = new Machine(PLENTY, PLENTY);
    // Enough for the weights and for decoding a picture of the model's own size.
    AtomicLong free = new AtomicLong(PLENTY);
    MemoryGauge changing = gauge(free::get, () -> PLENTY);
    try (DiffusionPipeline kept = open("tiny-sd1", FP32.withOffload(Offload.NEVER), roomy);
        DiffusionPipeline sparing = open("tiny-sd1", FP32, changing);
        DiffusionPipeline never = open("tiny-sd1", FP32.withOffload(Offload.NEVER), changing)) {
      RecordingListener listener = new RecordingListener();
      byte[] small = sparing.generate(List.of(REQUEST), listener).get(0).image().rgb();
      assertEquals(List.of(), listener.warnings);
      free.set(1000);
      byte[] large = sparing.generate(List.of(larger), listener).get(0).image().rgb();
      assertEquals(2, listener.warnings.size());
      assertTrue(listener.warnings.get(0).startsWith("memory is short"), listener.warnings.get(0));
      String maybe = listener.warnings.get(1);
      assertTrue(maybe.startsWith("denoising 1 picture(s) of 96x96 takes about"), maybe);
      assertTrue(maybe.endsWith("the system may end the program; try --dtype bf16"), maybe);
      free.set(PLENTY); // what has left is loaded for each use, and paints the same
      assertArrayEquals(small, sparing.generate(List.of(REQUEST), listener).get(0).image().rgb());
      RgbImage expected = kept.generate(List.of(larger), listener).get(0).image();
      Pictures.assertAlike("larger", expected, new RgbImage(96, 96, large));
      assertEquals(2, listener.warnings.size());
      free.set(1000);
      RecordingListener stubborn = new RecordingListener();
      never.generate(List.of(larger), stubborn); // is told never to send anything away
      assertEquals(1, stubborn.warnings.size());
      assertTrue(stubborn.warnings.get(0).startsWith("denoising"), stubborn.warnings.get(0));
    }
  }

  /** Before a picture is refused, room is made for it. */
  @Test
  void aPictureThatFitsBesideTheUNetAloneIsNotRefused() throws IOException {
    AtomicLong total = new AtomicLong(PLENTY);
    try (DiffusionPipeline pipeline = open("tiny-sd1", FP32, gauge(() -> PLENTY, total::get));
        DiffusionPipeline never =
            open("tiny-sd1", FP32.withOffload(Offload.NEVER), gauge(() -> PLENTY, total::get))) {
      ModelSource source = ModelFiles.of(TestModels.directory("tiny-sd1")).open();
      long decoding =
          new AutoencoderMemory(
                  DecoderConfig.parse(source.settings(Component.AUTOENCODER)),
                  Precision.Format.FLOAT32)
              .inStrips(64, 64);
      long stored = Files.size(TestModels.weights("tiny-sd1", "unet")); // in half precision
      total.set(decoding + 2 * stored);
      RecordingListener listener = new RecordingListener();
      assertThrows(OutOfMemoryException.class, () -> never.generate(List.of(REQUEST), listener));
      pipeline.generate(List.of(REQUEST), listener);
      assertEquals(1, listener.warnings.size());
    }
  }

  /** The larger pass is what must fit, which is told before the first one begins. */
  @Test
  void aSecondPassThatCannotFitIsRefusedBeforeTheFirst() {
    AtomicLong total = new AtomicLong(PLENTY);
    try (DiffusionPipeline pipeline = open("tiny-sd1", FP32, gauge(() -> PLENTY, total::get))) {
      ModelSource source = ModelFiles.of(TestModels.directory("tiny-sd1")).open();
      total.set(
          new AutoencoderMemory(
                  DecoderConfig.parse(source.settings(Component.AUTOENCODER)),
                  Precision.Format.FLOAT32)
              .inStrips(1024, 1024));
      RecordingListener listener = new RecordingListener();
      ImageRequest large =
          REQUEST.withSettings(REQUEST.settings().with(Setting.HIRES, HiresSize.parse("16")));
      String refusal =
          assertThrows(
                  OutOfMemoryException.class, () -> pipeline.generate(List.of(large), listener))
              .getMessage();
      assertTrue(refusal.startsWith("the model and a picture of 1024x1024 take "), refusal);
      assertTrue(refusal.contains(" would fit"), refusal);
      assertEquals(List.of(), listener.steps);
      pipeline.generate(List.of(REQUEST), listener);
    }
  }

  private static MemoryGauge gauge(LongSupplier free, LongSupplier total) {
    return new MemoryGauge() {
      @Override
      public OptionalLong free(Device device) {
        return OptionalLong.of(free.getAsLong());
      }

      @Override
      public OptionalLong total(Device device) {
        return OptionalLong.of(total.getAsLong());
      }
    };
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
