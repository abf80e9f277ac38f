package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.ModelException;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.runtime.Compute;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.text.PromptSyntax;
import io.darkroom.torchscript.Precision;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class DiffusionPipelineTest {
  private static final ComputeOptions FP32 = new ComputeOptions("cpu", "fp32");

  private static DiffusionPipeline pipeline;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    pipeline = DiffusionPipeline.open(TestModels.directory("tiny-sd1"), FP32);
  }

  @AfterAll
  static void close() {
    pipeline.close();
  }

  @Test
  void factsAboutTheModel() {
    assertEquals("tiny-sd1", pipeline.modelName());
    assertTrue(pipeline.modelHash().matches("[0-9a-f]{10}"));
    assertEquals("cpu", pipeline.device());
    assertEquals("fp32", pipeline.dtype());
    assertEquals(Requests.settings(64, 64, 50, 7.5, "pndm", 0), pipeline.defaults());
  }

  @Test
  void severalThreadsMayAskForTheHash() throws Exception {
    try (DiffusionPipeline open = DiffusionPipeline.open(TestModels.directory("tiny-sd1"), FP32)) {
      List<FutureTask<String>> asking =
          Stream.generate(() -> new FutureTask<>(open::modelHash)).limit(4).toList();
      asking.forEach(task -> new Thread(task).start());
      for (FutureTask<String> task : asking) {
        assertEquals(pipeline.modelHash(), task.get());
      }
    }
  }

  @Test
  void aHashThatCannotBeTakenIsToldToEachWhoAsks() throws Exception {
    TestModels.copy("tiny-sd1", folder);
    try (DiffusionPipeline open = DiffusionPipeline.open(folder, FP32)) {
      Path weights = folder.resolve("unet").resolve("diffusion_pytorch_model.safetensors");
      Files.delete(weights);
      for (int i = 0; i < 2; i++) {
        ModelException failure = assertThrows(ModelException.class, open::modelHash);
        assertTrue(failure.getMessage().contains("unet"), failure::getMessage);
      }
    }
  }

  @Test
  void aPictureDoesNotDependOnItsNeighbours() {
    List<ImageRequest> requests =
        List.of(request("a cat", 1), request("a house by the sea", 2), request("", 3));
    RecordingListener listener = new RecordingListener();
    List<RenderedImage> together = pipeline.generate(requests, listener);
    assertEquals(List.of("1/3", "2/3", "3/3"), listener.steps);
    for (int i = 0; i < requests.size(); i++) {
      assertEquals(requests.get(i), together.get(i).request());
      Pictures.assertAlike(
          "picture " + i, generate(pipeline, requests.get(i)), together.get(i).image());
    }
    assertNotEquals(
        Arrays.hashCode(together.get(0).image().rgb()),
        Arrays.hashCode(together.get(1).image().rgb()));
  }

  @Test
  void aNegativePromptBelongsToItsPicture() {
    ImageRequest with = Requests.of("a cat", "a dog", 1, 64, 64, 3, 7.5, "ddim", 0);
    List<RenderedImage> together =
        pipeline.generate(List.of(request("a cat", 1), with), new RecordingListener());
    Pictures.assertAlike(
        "without", generate(pipeline, request("a cat", 1)), together.get(0).image());
    Pictures.assertAlike("with", generate(pipeline, with), together.get(1).image());
    assertTrue(Pictures.difference(together.get(0).image(), together.get(1).image()).share() > 0.1);
  }

  /** SDXL: no negative prompt is zeros, which some of a batch may have; sizes join in. */
  @Test
  void negativePromptsAndNoneShareAnSdxlBatch() {
    ImageRequest none = Requests.of("a cat", "", 1, 64, 48, 3, 7.5, "ddim", 0);
    ImageRequest with = Requests.of("a house", "a dog", 2, 64, 48, 3, 7.5, "ddim", 0);
    try (DiffusionPipeline xl = DiffusionPipeline.open(TestModels.directory("tiny-sdxl"), FP32);
        DiffusionPipeline half =
            DiffusionPipeline.open(
                TestModels.directory("tiny-sdxl"), new ComputeOptions("cpu", "fp16"))) {
      List<RenderedImage> together = xl.generate(List.of(none, with), new RecordingListener());
      Pictures.assertAlike("none", generate(xl, none), together.get(0).image());
      Pictures.assertAlike("with", generate(xl, with), together.get(1).image());
      assertEquals("fp16", half.dtype());
      // Stored as F16: on a processor nothing is rounded.
      Pictures.assertAlike("fp16", generate(xl, with), generate(half, with));
    }
  }

  @Test
  void theSamePictureComesOutTwice() {
    ImageRequest request = Requests.of("a cat", "", 5, 72, 40, 3, 4, "ddpm", 0);
    RgbImage first = generate(pipeline, request);
    assertEquals(72, first.width());
    assertEquals(40, first.height());
    assertArrayEquals(first.rgb(), generate(pipeline, request).rgb());
  }

  @Test
  void theWorkCanBeStoppedAndTakenUpAgain() {
    ImageRequest request = request("a cat", 1);
    RgbImage undisturbed = generate(pipeline, request);
    RecordingListener listener = new RecordingListener();
    PipelineListener impatient =
        new PipelineListener() {
          @Override
          public void onStep(int step, int steps) {
            listener.onStep(step, steps);
            if (step == 2) {
              throw new CancellationException("enough");
            }
          }

          @Override
          public void onWarning(String message) {}
        };
    assertThrows(CancellationException.class, () -> pipeline.generate(List.of(request), impatient));
    assertEquals(List.of("1/3", "2/3"), listener.steps);
    assertArrayEquals(undisturbed.rgb(), generate(pipeline, request).rgb());
  }

  @Test
  void whatAPromptLosesIsSaidOnce() {
    ImageRequest request =
        request("a castle on a hill ".repeat(20) + "at the very end", 1)
            .withPromptSyntax(PromptSyntax.PLAIN);
    RecordingListener listener = new RecordingListener();
    pipeline.generate(List.of(request, request), listener);
    assertEquals(1, listener.warnings.size());
    String warning = listener.warnings.get(0);
    assertTrue(warning.startsWith("the prompt is longer than 75 tokens"), warning);
    assertTrue(warning.endsWith("at the very end"), warning);
    assertEquals(1, warning.lines().count());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "65 | 64 | 3 | ddim | width 65 is not a multiple of 8; the nearest is 64 or 72",
        "64 | 100 | 3 | ddim | height 100 is not a multiple of 8; the nearest is 96 or 104",
        "7 | 64 | 3 | ddim | width 7 is not a multiple of 8; the nearest is 8",
        "64 | 64 | 1001 | ddim | steps must be between 1 and 1000, not 1001",
        "65536 | 32768 | 3 | ddim | a picture of 65536x32768 is too large",
        "65536 | 65536 | 3 | ddim | a picture of 65536x65536 is too large"
      })
  void whatCannotBeMadeIsRefusedAtOnce(
      int width, int height, int steps, String sampler, String says) {
    ImageRequest request = Requests.of("a cat", "", 1, width, height, steps, 7.5, sampler, 0);
    InvalidRequestException refused =
        assertThrows(InvalidRequestException.class, () -> pipeline.check(request));
    assertTrue(refused.getMessage().startsWith(says), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
    assertThrows(
        InvalidRequestException.class,
        () -> pipeline.generate(List.of(request), new RecordingListener()));
  }

  @Test
  void batchesStayWithinWhatWasAskedFor() {
    ImageRequest small = request("a cat", 1);
    assertEquals(1, pipeline.chooseBatchSize(small, 1));
    assertTrue(pipeline.chooseBatchSize(small, 100) > 1);
    ImageRequest large = Requests.of("a cat", "", 1, 4096, 4096, 3, 7.5, "ddim", 0);
    assertEquals(1, pipeline.chooseBatchSize(large, 100));
  }

  @Test
  void requestsThatDifferInSizeShareNoBatch() {
    ImageRequest other = Requests.of("a cat", "", 1, 64, 48, 3, 7.5, "ddim", 0);
    assertThrows(
        IllegalArgumentException.class,
        () -> pipeline.generate(List.of(request("", 1), other), new RecordingListener()));
  }

  /** The model's weights are F16 as they are, so keeping them so costs no precision. */
  @Test
  void weightsKeptInTheirOwnHalfPrecisionChangeNothing() {
    try (DiffusionPipeline half = open(TestModels.directory("tiny-sd1"), "fp16")) {
      assertEquals("fp16", half.dtype());
      Pictures.assertAlike(
          "fp16", generate(pipeline, request("a cat", 1)), generate(half, request("a cat", 1)));
    }
  }

  /** Where the processor computes in bfloat16, the arithmetic is rounded too. */
  @Test
  void bfloat16GivesNearlyTheSamePicture() {
    ComputeOptions options = new ComputeOptions("cpu", "bf16");
    boolean storedOnly =
        Compute.choose(options.device(), options.dtype()).precision().compute()
            == Precision.Format.FLOAT32;
    try (DiffusionPipeline half = open(TestModels.directory("tiny-sd1"), "bf16")) {
      assertEquals("bf16", half.dtype());
      Pictures.Difference difference =
          Pictures.difference(
              generate(pipeline, request("a cat", 1)), generate(half, request("a cat", 1)));
      assertTrue(
          difference.signalToNoise() > (storedOnly ? 30 : 20),
          "bf16 is %.1f dB from fp32".formatted(difference.signalToNoise()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp32", "fp16"})
  void aPictureOfNoNumbersIsAnErrorNotABlackPicture(String dtype) throws IOException {
    damageDecoder(Float.NaN);
    try (DiffusionPipeline damaged = open(folder, dtype)) {
      RecordingListener listener = new RecordingListener();
      BrokenPictureException failure =
          assertThrows(
              BrokenPictureException.class,
              () -> damaged.generate(List.of(request("a cat", 1)), listener));
      assertTrue(failure.getMessage().contains("came out as NaN"), failure.getMessage());
      assertEquals(1, failure.getMessage().lines().count());
    }
  }

  /** A bias that float16 cannot hold: the decoder is loaded again in float32. */
  @Test
  void aDecoderThatOverflowsDecodesOnceMoreInFloat32() throws IOException {
    damageDecoder(1e5f);
    try (DiffusionPipeline damaged = open(folder, "fp16")) {
      RecordingListener listener = new RecordingListener();
      RgbImage image = damaged.generate(List.of(request("a cat", 1)), listener).get(0).image();
      assertEquals((byte) 255, image.rgb()[0]);
      assertEquals(
          List.of("the decoder overflowed in fp16; decoding again in fp32"), listener.warnings);
    }
  }

  private void damageDecoder(float bias) throws IOException {
    TestModels.copy("tiny-sd1", folder);
    TestModels.rewrite(
        TestModels.weights(folder, "vae"),
        tensors ->
            tensors.put("decoder.conv_out.bias", TensorData.of(new float[] {bias, bias, bias}, 3)));
  }

  private static DiffusionPipeline open(Path model, String dtype) {
    return DiffusionPipeline.open(model, new ComputeOptions("cpu", dtype));
  }

  private static RgbImage generate(DiffusionPipeline pipeline, ImageRequest request) {
    return pipeline.generate(List.of(request), new RecordingListener()).get(0).image();
  }

  private static ImageRequest request(String prompt, long seed) {
    return Requests.of(prompt, "", seed, 64, 64, 3, 7.5, "ddim", 0);
  }
}
