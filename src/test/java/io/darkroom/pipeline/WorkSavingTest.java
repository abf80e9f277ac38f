package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.Setting;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures whose noise is predicted with less work: guidance now and then, deep layers reused. */
@Tag("slow")
class WorkSavingTest {
  private static final int STEPS = 8;

  private static ImageRequest request(double guidance, String interval, int deepCache) {
    return request(
        Requests.of("a cat", "fog", 3, 64, 48, STEPS, guidance, "ddim", 0), interval, deepCache);
  }

  private static ImageRequest request(ImageRequest old, String interval, int deepCache) {
    return old.withSettings(Requests.settings(old.settings(), interval, deepCache));
  }

  private static RgbImage paint(DiffusionPipeline pipeline, ImageRequest request) {
    RecordingListener listener = new RecordingListener();
    RgbImage image = pipeline.generate(List.of(request), listener).get(0).image();
    assertEquals(List.of(), listener.warnings);
    return image;
  }

  /**
   * The ends of the interval are known: everywhere, nowhere. SDXL's branches hear different things.
   */
  @ParameterizedTest
  @CsvSource({"tiny-sd1, fp32", "tiny-sdxl, fp32", "tiny-sd2, bf16"})
  void guidanceNowhereIsNoGuidance(String model, String dtype) {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(TestModels.directory(model), new ComputeOptions("cpu", dtype))) {
      RgbImage unguided = paint(pipeline, request(1, ":", 1));
      RgbImage guided = paint(pipeline, request(7.5, ":", 1));
      assertSame(unguided, paint(pipeline, request(7.5, "1000:", 1)));
      assertSame(guided, paint(pipeline, request(7.5, "0:1000", 1)));
      RgbImage inBetween = paint(pipeline, request(7.5, "0.5:5", 1));
      assertOther(unguided, inBetween);
      assertOther(guided, inBetween);
    }
  }

  /**
   * In one run of a whole: guidance from the second step on is what it does to what the first left.
   */
  @Test
  void thePromptAloneSteersOutside() {
    try (DiffusionPipeline pipeline = open("tiny-sd1", "fp32")) {
      // Only the first steps are above it.
      RgbImage first = paint(pipeline, request(7.5, ":5", 1));
      RgbImage otherNegative =
          paint(
              pipeline,
              request(Requests.of("a cat", "a dog", 3, 64, 48, STEPS, 7.5, "ddim", 0), "5:", 1));
      RgbImage negative = paint(pipeline, request(7.5, "5:", 1));
      assertOther(negative, otherNegative);
      assertOther(first, negative);
      ImageRequest nowhere =
          request(Requests.of("a cat", "a dog", 3, 64, 48, STEPS, 7.5, "ddim", 0), "1000:", 1);
      assertSame(paint(pipeline, nowhere), paint(pipeline, request(7.5, "1000:", 1)));
    }
  }

  private static void assertSame(RgbImage expected, RgbImage actual) {
    assertArrayEquals(expected.rgb(), actual.rgb());
  }

  private static void assertOther(RgbImage one, RgbImage other) {
    assertFalse(Arrays.equals(one.rgb(), other.rgb()));
  }

  /** Less for pictures that are more alike. */
  private static double distance(RgbImage one, RgbImage other) {
    return -Pictures.difference(one, other).signalToNoise();
  }

  private static DiffusionPipeline open(String model, String dtype) {
    return DiffusionPipeline.open(TestModels.directory(model), new ComputeOptions("cpu", dtype));
  }

  @ParameterizedTest
  @CsvSource({"tiny-sd1, fp32", "tiny-sdxl, fp32", "tiny-sd2, bf16"})
  void deepLayersAreReused(String model, String dtype) {
    try (DiffusionPipeline pipeline = open(model, dtype)) {
      ImageRequest whole = request(7.5, ":", 1);
      ImageRequest half = request(7.5, ":", 2);
      RgbImage expected = paint(pipeline, whole);
      RgbImage reused = paint(pipeline, half);
      assertOther(expected, reused);
      assertSame(reused, paint(pipeline, half));
      assertSame(expected, paint(pipeline, whole));
      // Both at once, and neighbours do not matter.
      ImageRequest both = request(7.5, "0.5:5", 3);
      ImageRequest other =
          request(Requests.of("a boat", "", 9, 64, 48, STEPS, 7.5, "ddim", 0), "0.5:5", 3);
      List<RenderedImage> together =
          pipeline.generate(List.of(other, both), new RecordingListener());
      RenderedImage alone = pipeline.generate(List.of(both), new RecordingListener()).get(0);
      Pictures.assertAlike("both", alone.image(), together.get(1).image());
    }
  }

  /**
   * With the model that paints real pictures: close to the whole one, and the closer the less is
   * reused.
   */
  @Test
  void whatIsReusedIsNearlyWhatWouldBeFound() {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(Path.of("models", "scenes"), new ComputeOptions("cpu", "fp32"))) {
      ImageRequest request =
          pipeline
              .defaults()
              .with(Setting.STEPS, 24)
              .request("a red house and a green tree in snow", 4);
      RgbImage whole = paint(pipeline, request);
      double two = distance(whole, paint(pipeline, request(request, ":", 2)));
      double four = distance(whole, paint(pipeline, request(request, ":", 4)));
      double other =
          distance(
              whole,
              paint(
                  pipeline,
                  pipeline.defaults().with(Setting.STEPS, 24).request("a boat at sea", 4)));
      assertTrue(two < four && four < other, two + ", " + four + ", " + other);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"heun", "dpm++sde", "unipc", "pndm", "lcm"})
  void everySamplerDoes(String sampler) {
    try (DiffusionPipeline pipeline = open("tiny-sd1", "fp32")) {
      ImageRequest plain = Requests.of("a cat", "", 1, 64, 64, 5, 7.5, sampler, 0);
      ImageRequest saving = request(plain, "0.2:8", 2);
      assertOther(paint(pipeline, plain), paint(pipeline, saving));
      assertTrue(pipeline.work(saving) < pipeline.work(plain) * 0.8);
    }
  }

  @Test
  void workIsCountedInPassesOfTheUNet() {
    try (DiffusionPipeline pipeline = open("tiny-sd1", "fp32")) {
      assertEquals(2 * STEPS, pipeline.work(request(7.5, ":", 1)));
      assertEquals(STEPS, pipeline.work(request(1, ":", 1)));
      assertEquals(STEPS, pipeline.work(request(7.5, "1000:", 1)));
      double half = pipeline.work(request(7.5, ":", 2));
      assertTrue(STEPS < half && half < 1.5 * STEPS, () -> "work " + half);
      assertEquals(
          2 * (2 * STEPS - 1),
          pipeline.work(Requests.of("a cat", "", 3, 64, 48, STEPS, 7.5, "heun", 0)));
    }
  }
}
