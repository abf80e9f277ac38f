package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.ModelException;
import io.darkroom.image.Fit;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import io.darkroom.model.ModelFiles;
import io.darkroom.request.HiresSize;
import io.darkroom.request.HiresUpscaler;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.Mask;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.request.SourcePicture;
import io.darkroom.request.Start;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A second, larger pass, with the small models. */
class HiresPassTest {
  private static final DiffusionPipeline PIPELINE =
      DiffusionPipeline.open(TestModels.directory("tiny-sd1"), new ComputeOptions("cpu", "fp32"));

  private final RecordingListener listener = new RecordingListener();

  @AfterAll
  static void close() {
    PIPELINE.close();
  }

  private static ImageRequest request(String sampler, int steps, String hires) {
    ImageRequest plain = Requests.of("a red circle", "", 7, 64, 64, steps, 7.5, sampler, 0);
    return plain.withSettings(plain.settings().with(Setting.HIRES, HiresSize.parse(hires)));
  }

  private static <T> ImageRequest with(ImageRequest request, Setting<T> setting, T value) {
    return request.withSettings(request.settings().with(setting, value));
  }

  private RgbImage paint(ImageRequest request) {
    return PIPELINE.generate(List.of(request), listener).get(0).image();
  }

  private static PassPlan plan(ImageRequest request) {
    ModelConfigs configs =
        ModelConfigs.read(ModelFiles.of(TestModels.directory("tiny-sd1")).open());
    return new RequestChecks(configs, Optional.empty()).plan(request);
  }

  /** N steps at a strength d are the last N of int(N / d), as in AUTOMATIC1111's web UI. */
  @ParameterizedTest
  @CsvSource({
    "10, 0, 0.5, 20, 10, 10",
    "10, 6, 0.5, 12, 6, 6",
    "20, 0, 0.3, 66, 20, 46",
    "10, 4, 1, 4, 4, 0",
    "3, 0, 0.999, 3, 3, 0",
  })
  void theSecondPassMakesTheLastStepsOfALongerRun(
      int steps, int hiresSteps, double strength, int planned, int made, int first) {
    ImageRequest request = with(request("ddim", steps, "2"), Setting.HIRES_STRENGTH, strength);
    if (hiresSteps > 0) {
      request = with(request, Setting.HIRES_STEPS, hiresSteps);
    }
    try (PassPlan plan = plan(request)) {
      assertEquals(2, plan.passes().size());
      assertEquals(steps, plan.first().evaluations());
      DenoisingPass second = plan.last();
      assertEquals(planned, second.settings().steps());
      assertEquals(made, second.evaluations());
      assertEquals(first, second.first());
      assertEquals(128, second.settings().width());
      assertEquals(steps + made, plan.evaluations());
    }
  }

  /** Of 20 steps at 1000 timesteps, offset 1, the tenth is told 451. */
  @Test
  void theSecondPassBeginsAtItsStrengthsTimestep() {
    try (PassPlan plan = plan(request("ddim", 10, "2"))) {
      assertEquals(451, plan.last().sampler().timestep(plan.last().first()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ddim, latent",
    "euler-a, latent",
    "heun, lanczos",
    "dpm++2m, lanczos",
    "pndm, latent"
  })
  void thePictureIsLargerAndAllStepsAreTold(String sampler, String upscaler) {
    ImageRequest request =
        with(request(sampler, 4, "128x96"), Setting.HIRES_UPSCALER, HiresUpscaler.parse(upscaler));
    RgbImage picture = paint(request);
    assertEquals(128, picture.width());
    assertEquals(96, picture.height());
    int all;
    try (PassPlan plan = plan(request)) {
      all = plan.evaluations();
    }
    assertEquals(all, listener.steps.size());
    assertEquals(all + "/" + all, listener.steps.get(all - 1));
    assertEquals(List.of("1/2", "2/2"), listener.passes);
    assertArrayEquals(picture.rgb(), paint(request).rgb());
    assertFalse(
        Arrays.equals(picture.rgb(), paint(with(request, Setting.HIRES_STRENGTH, 0.3)).rgb()));
  }

  /** The picture's own generator goes on: neighbours do not matter. */
  @ParameterizedTest
  @ValueSource(strings = {"latent", "lanczos"})
  void aPictureDoesNotDependOnItsNeighbours(String upscaler) {
    ImageRequest request =
        with(request("euler-a", 3, "1.5"), Setting.HIRES_UPSCALER, HiresUpscaler.parse(upscaler));
    ImageRequest other =
        new ImageRequest(
            "a blue square",
            Optional.empty(),
            request.promptSyntax(),
            8,
            request.settings(),
            Start.NOISE);
    List<RenderedImage> both = PIPELINE.generate(List.of(other, request), listener);
    assertNearlySame(paint(request), both.get(1).image());
    assertNearlySame(paint(other), both.get(0).image());
  }

  /** Rounding of a batch of another size goes through two networks more than in one pass. */
  private static void assertNearlySame(RgbImage expected, RgbImage actual) {
    Pictures.Difference difference = Pictures.difference(expected, actual);
    assertTrue(difference.largest() <= 1 && difference.share() < 0.05, difference::toString);
  }

  /**
   * One step of a hundred leaves the enlarged picture nearly as it is: what goes in is the first
   * pass's picture and no other.
   */
  @ParameterizedTest
  @ValueSource(strings = {"latent", "lanczos"})
  void aLittleStrengthKeepsThePicture(String upscaler) {
    ImageRequest large = request("ddim", 4, "2");
    large = with(large, Setting.HIRES_UPSCALER, HiresUpscaler.parse(upscaler));
    large = with(large, Setting.HIRES_STEPS, 1);
    RgbImage slight = paint(with(large, Setting.HIRES_STRENGTH, 0.01));
    RgbImage slighter = paint(with(large, Setting.HIRES_STRENGTH, 0.005));
    RgbImage strong = paint(with(large, Setting.HIRES_STRENGTH, 0.9));
    double near = Pictures.difference(slighter, slight).signalToNoise();
    double far = Pictures.difference(slighter, strong).signalToNoise();
    assertTrue(near > far + 6, near + " and " + far);
  }

  /** A network enlarges by its own factor, and Lanczos' filter brings that to the size. */
  @Test
  void aFileMayEnlargeThePicture() {
    Path file = TestModels.directory("tiny-esrgan").resolve("x4_middle.pth");
    ImageRequest request = with(request("ddim", 4, "2"), Setting.HIRES_STEPS, 1);
    request = with(request, Setting.HIRES_STRENGTH, 0.01);
    ImageRequest network =
        with(request, Setting.HIRES_UPSCALER, HiresUpscaler.parse(file.toString()));
    RgbImage picture = paint(network);
    assertEquals(128, picture.width());
    assertEquals(5, listener.steps.size(), "tiles are no steps");
    RgbImage lanczos = paint(with(request, Setting.HIRES_UPSCALER, HiresUpscaler.LANCZOS));
    assertFalse(Arrays.equals(lanczos.rgb(), picture.rgb()));
    assertTrue(PIPELINE.upscalerHash(network).isPresent());
  }

  @ParameterizedTest
  @CsvSource({
    "src/test/resources/models/tiny-sd1.safetensors, an ESRGAN upscaler is wanted here",
    "nothing.pth, nothing.pth: "
  })
  void whatIsNoUpscalerIsNamed(String file, String message) {
    ImageRequest request =
        with(request("ddim", 4, "2"), Setting.HIRES_UPSCALER, HiresUpscaler.parse(file));
    String refusal = assertThrows(ModelException.class, () -> PIPELINE.check(request)).getMessage();
    assertTrue(refusal.contains(message), refusal);
  }

  /** Image to image, inpainting and the pixels that a mask keeps. */
  @Test
  void aMaskCountsInBothPasses() throws IOException {
    SourcePicture photo = source("photo", 96);
    SourcePicture black = black(96);
    Start.Image image = new Start.Image(photo, 0.8, Fit.STRETCH);
    Start kept =
        new Start.Inpaint(image, new Mask.Painted(black), Start.MaskEdge.HARD, false, 0, true);
    ImageRequest request = request("ddim", 4, "2");
    RgbImage picture = paint(request.withStart(kept));
    assertArrayEquals(image.fitted(128, 128).rgb(), picture.rgb());
    Start open =
        new Start.Inpaint(image, new Mask.Painted(black), Start.MaskEdge.HARD, false, 0, false);
    RgbImage decoded = paint(request.withStart(open));
    RgbImage once = paint(request.withSettings(at128(request.settings())).withStart(open));
    // Nothing is painted: both are the original through the autoencoder.
    assertTrue(Pictures.difference(once, decoded).signalToNoise() > 25);
    RgbImage free = paint(request.withStart(image));
    assertTrue(Pictures.difference(once, free).signalToNoise() < 25);
  }

  private static PictureSettings at128(PictureSettings settings) {
    return settings.without(Setting.HIRES).with(Setting.WIDTH, 128).with(Setting.HEIGHT, 128);
  }

  private static SourcePicture source(String name, int side) throws IOException {
    byte[] rgb = new byte[3 * side * side];
    Random random = new Random(3);
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (40 + i / 3 % side + random.nextInt(30));
    }
    return source(name, new RgbImage(side, side, rgb));
  }

  private static SourcePicture black(int side) throws IOException {
    return source("mask", new RgbImage(side, side, new byte[3 * side * side]));
  }

  private static SourcePicture source(String name, RgbImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new PngWriter(bytes).write(new Png(image, Map.of()));
    return SourcePicture.read(name, new ByteArrayInputStream(bytes.toByteArray()));
  }

  /** The network doubles; its tiles are no steps. */
  @Test
  void aNetworkEnlargesThePictureBetweenThePasses() {
    Path file = TestModels.directory("tiny-esrgan").resolve("x2_old.safetensors");
    ImageRequest plain = with(request("ddim", 4, "128x96"), Setting.HIRES_STRENGTH, 0.5);
    ImageRequest request =
        with(plain, Setting.HIRES_UPSCALER, new HiresUpscaler.Network("x2", file));
    RgbImage picture = paint(request);
    assertEquals(128, picture.width());
    assertEquals(96, picture.height());
    assertEquals("8/8", listener.steps.get(listener.steps.size() - 1));
    assertFalse(
        Arrays.equals(
            picture.rgb(),
            paint(with(plain, Setting.HIRES_UPSCALER, HiresUpscaler.LANCZOS)).rgb()));
    ImageRequest other =
        with(
            plain,
            Setting.HIRES_UPSCALER,
            new HiresUpscaler.Network("vae", TestModels.weights("tiny-sd1", "vae")));
    ModelException refusal = assertThrows(ModelException.class, () -> PIPELINE.check(other));
    assertTrue(
        refusal.getMessage().endsWith("an ESRGAN upscaler is wanted here"), refusal.getMessage());
  }

  @Test
  void aSecondPassIsWorkOfItsPixels() {
    ImageRequest request = request("ddim", 10, "2");
    ImageRequest plain = request.withSettings(request.settings().without(Setting.HIRES));
    assertEquals(20, PIPELINE.work(plain));
    assertEquals(20 + 4 * 20, PIPELINE.work(request), 1e-9);
    assertTrue(PIPELINE.chooseBatchSize(request, 64) <= PIPELINE.chooseBatchSize(plain, 64));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1001x1024 | the high-resolution pass: width 1001 is not a multiple of 8; the nearest is",
        "64x56 | the high-resolution pass must not be smaller than the first: 64x56 comes after",
        "65536x65536 | the high-resolution pass: a picture of 65536x65536 is too large to be made",
      })
  void whatCannotBePaintedIsToldInOneLine(String hires, String message) {
    InvalidRequestException refusal =
        assertThrows(
            InvalidRequestException.class, () -> PIPELINE.check(request("ddim", 4, hires)));
    assertTrue(refusal.getMessage().startsWith(message), refusal.getMessage());
  }

  @Test
  void aStrengthThatNeedsTooManyStepsIsTold() {
    ImageRequest request = with(request("ddim", 50, "2"), Setting.HIRES_STRENGTH, 0.01);
    InvalidRequestException refusal =
        assertThrows(InvalidRequestException.class, () -> PIPELINE.check(request));
    assertTrue(
        refusal
            .getMessage()
            .startsWith(
                "the high-resolution pass makes the last 50 of 5000 steps (strength 0.01): "),
        refusal.getMessage());
  }
}
