package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.darkroom.base.ModelException;
import io.darkroom.image.InputPictureReader;
import io.darkroom.image.Resampling;
import io.darkroom.image.RgbImage;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.request.Choices;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.Setting;
import io.darkroom.request.UpscaleRequest;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.sampling.SamplerChoice;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestDevice;
import io.darkroom.testing.TestModels;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Against diffusers 0.31's {@code StableDiffusionUpscalePipeline} and {@code
 * LDMSuperResolutionPipeline}, byte by byte.
 */
@Tag("slow")
class DiffusionUpscalerTest {
  private static final String ASTRONAUT = "a photograph of an astronaut riding a horse";
  private static final String STRAWBERRIES = "A bowl of strawberries & cream on a blue table";
  private static final String NEGATIVE = "blurry, low quality, watermark";
  private static final ComputeOptions HERE =
      new ComputeOptions(TestDevice.name(), TestDevice.dtype());

  private static ModelSource model(String name) {
    return ModelFiles.of(TestModels.directory(name)).openUpscaler();
  }

  private static RgbImage golden(String name) {
    try {
      return InputPictureReader.read(new ByteArrayInputStream(Golden.bytes(name + ".png"))).image();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Choices steps(int steps) {
    return Choices.NONE.with(Setting.STEPS, steps);
  }

  private static UpscaleRequest request(
      String prompt, int steps, double guidance, OptionalInt noiseLevel, long seed) {
    Choices choices =
        steps(steps).with(Setting.GUIDANCE_SCALE, guidance).with(Setting.NEGATIVE_PROMPT, NEGATIVE);
    return new UpscaleRequest(prompt, choices, noiseLevel, seed);
  }

  private static void assertLike(
      String model, String expected, String image, UpscaleRequest request) {
    try (DiffusionUpscaler upscaler = DiffusionUpscaler.open(model(model), HERE)) {
      RecordingListener listener = new RecordingListener();
      RgbImage large = upscaler.upscale(golden(model + "/" + image), request, listener);
      Pictures.assertAlike(expected, golden(model + "/" + expected), large);
      int steps = request.choices().get(Setting.STEPS).orElseThrow();
      assertEquals(steps + "/" + steps, listener.steps.get(steps - 1));
      assertEquals(steps, listener.steps.size());
    }
  }

  @Test
  void stableDiffusionsUpscaler() {
    assertLike(
        "tiny-x4-upscaler",
        "pipe_ddim8",
        "image",
        request(ASTRONAUT, 8, 7.5, OptionalInt.empty(), 51));
  }

  @Test
  void aNoiseLevel() {
    assertLike(
        "tiny-x4-upscaler",
        "pipe_ddim8_level",
        "image",
        request(ASTRONAUT, 8, 7.5, OptionalInt.of(100), 51));
  }

  @Test
  void withoutGuidance() {
    UpscaleRequest request =
        new UpscaleRequest(
            STRAWBERRIES, steps(6).with(Setting.GUIDANCE_SCALE, 1.0), OptionalInt.empty(), 52);
    assertLike("tiny-x4-upscaler", "pipe_ddim6_nocfg", "image", request);
  }

  @Test
  void aSizeThatIsNoMultipleIsResized() {
    assertLike(
        "tiny-x4-upscaler",
        "pipe_ddim6_odd",
        "image_odd",
        request(STRAWBERRIES, 6, 7.5, OptionalInt.empty(), 53));
  }

  @Test
  void anotherSampler() {
    UpscaleRequest usual = request(ASTRONAUT, 8, 7.5, OptionalInt.empty(), 54);
    UpscaleRequest euler =
        new UpscaleRequest(
            usual.prompt(),
            usual.choices().with(Setting.SAMPLER, SamplerChoice.of(SamplerKind.EULER)),
            usual.noiseLevel(),
            usual.seed());
    assertLike("tiny-x4-upscaler", "pipe_euler8", "image", euler);
  }

  @Test
  void latentSuperResolution() {
    assertLike(
        "tiny-ldm-sr",
        "pipe_ddim8",
        "image",
        new UpscaleRequest("", steps(8), OptionalInt.empty(), 566));
    assertLike(
        "tiny-ldm-sr",
        "pipe_ddim4_odd",
        "image_odd",
        new UpscaleRequest("", steps(4), OptionalInt.empty(), 573));
  }

  @Test
  void branchesThatHearTheSameAreOne() {
    RgbImage picture = golden("tiny-x4-upscaler/image");
    try (DiffusionUpscaler upscaler = DiffusionUpscaler.open(model("tiny-x4-upscaler"), HERE)) {
      Choices guided = steps(2).with(Setting.GUIDANCE_SCALE, 9.0);
      RgbImage same =
          upscaler.upscale(
              picture,
              new UpscaleRequest("", guided, OptionalInt.empty(), 1),
              new RecordingListener());
      RgbImage unguided =
          upscaler.upscale(
              picture,
              new UpscaleRequest(
                  "", steps(2).with(Setting.GUIDANCE_SCALE, 1.0), OptionalInt.empty(), 1),
              new RecordingListener());
      assertEquals(0, Pictures.difference(same, unguided).largest());
    }
  }

  /** Windows of small networks with random weights differ by much; there must be no seam. */
  @Test
  void largePicturesAreSeenInWindowsAndDecodedInTiles() {
    Tiling windows = new Tiling(48, new TiledSide.Overlap(8, 4));
    Tiling tiles = new Tiling(40, new TiledSide.Overlap(4, 8));
    for (String name : List.of("tiny-x4-upscaler", "tiny-ldm-sr")) {
      RgbImage picture = Resampling.LANCZOS.resize(golden("tiny-ldm-sr/image_odd"), 96, 64);
      UpscaleRequest request = new UpscaleRequest("", steps(2), OptionalInt.empty(), 3);
      RecordingListener listener = new RecordingListener();
      RgbImage whole;
      RgbImage tiled;
      try (DiffusionUpscaler upscaler = DiffusionUpscaler.open(model(name), HERE)) {
        whole = upscaler.upscale(picture, request, listener);
      }
      assertEquals(List.of("1/2", "2/2"), listener.steps);
      listener.steps.clear();
      try (DiffusionUpscaler upscaler =
          DiffusionUpscaler.open(model(name), HERE, windows, tiles, MemoryGauge.MACHINE)) {
        tiled = upscaler.upscale(picture, request, listener);
      }
      assertEquals(384, tiled.width());
      assertEquals(256, tiled.height());
      assertEquals("10/10", listener.steps.get(listener.steps.size() - 1)); // 4 by 2 tiles
      Pictures.Difference difference = Pictures.difference(whole, tiled);
      assertTrue(difference.signalToNoise() > 15, name + ": " + difference);
      double seam = steepness(tiled) / steepness(whole);
      assertTrue(seam < 1.1, name + " has edges that the whole has not: " + seam);
    }
  }

  /** How much the steepest column or row differs from its neighbour, on average over its pixels. */
  private static double steepness(RgbImage picture) {
    double steepest = 0;
    for (int x = 1; x < picture.width(); x++) {
      double sum = 0;
      for (int y = 0; y < picture.height(); y++) {
        sum += step(picture, 3 * (y * picture.width() + x), 3);
      }
      steepest = Math.max(steepest, sum / picture.height());
    }
    for (int y = 1; y < picture.height(); y++) {
      double sum = 0;
      for (int x = 0; x < picture.width(); x++) {
        sum += step(picture, 3 * (y * picture.width() + x), 3 * picture.width());
      }
      steepest = Math.max(steepest, sum / picture.width());
    }
    return steepest;
  }

  private static double step(RgbImage picture, int place, int back) {
    double sum = 0;
    for (int channel = 0; channel < 3; channel++) {
      sum +=
          (picture.rgb()[place + channel] & 0xFF) - (picture.rgb()[place + channel - back] & 0xFF);
    }
    return Math.abs(sum);
  }

  @Test
  void whatAModelHasNoUseForIsRefused() {
    try (DiffusionUpscaler x4 = DiffusionUpscaler.open(model("tiny-x4-upscaler"), HERE);
        DiffusionUpscaler ldm = DiffusionUpscaler.open(model("tiny-ldm-sr"), HERE)) {
      assertEquals(
          "tiny-ldm-sr reads no text; leave prompt, negative prompt and guidance scale out",
          refused(ldm, new UpscaleRequest("a", Choices.NONE, OptionalInt.empty(), 1)));
      assertEquals(
          "tiny-ldm-sr adds no noise to the picture; leave the noise level out",
          refused(ldm, new UpscaleRequest("", Choices.NONE, OptionalInt.of(1), 1)));
      assertEquals(
          "the noise level must be 0 to 350 for tiny-x4-upscaler, not 351",
          refused(x4, new UpscaleRequest("", Choices.NONE, OptionalInt.of(351), 1)));
      InvalidRequestException small =
          assertThrows(
              InvalidRequestException.class,
              () ->
                  ldm.upscale(
                      new RgbImage(40, 31, new byte[3 * 40 * 31]),
                      UpscaleRequest.plain(1),
                      new RecordingListener()));
      assertEquals(
          "a picture of 40x31 is too small for tiny-ldm-sr, which takes 32x32 or more",
          small.getMessage());
      assertEquals(
          "{\"prompt\":\"\",\"negative_prompt\":\"\",\"seed\":1,\"noise_level\":20,\"steps\":75,"
              + "\"sampler\":\"ddim\",\"guidance_scale\":9.0,\"eta\":0.0}",
          json(x4));
      assertEquals("{\"seed\":1,\"steps\":100,\"sampler\":\"ddim\",\"eta\":0.0}", json(ldm));
      assertNotEquals(x4.hash(), ldm.hash());
    }
  }

  private static String json(Upscaler upscaler) {
    JsonObject json = new JsonObject();
    upscaler.details(UpscaleRequest.plain(1)).forEach(json::add);
    return json.toString();
  }

  private static String refused(Upscaler upscaler, UpscaleRequest request) {
    return assertThrows(InvalidRequestException.class, () -> upscaler.check(request)).getMessage();
  }

  @Test
  void paintersAndUpscalersAreNotTakenForEachOther() {
    ModelException painter =
        assertThrows(
            ModelException.class,
            () -> ModelFiles.of(TestModels.directory("tiny-sd1")).openUpscaler());
    assertTrue(
        painter
            .getMessage()
            .startsWith(
                TestModels.directory("tiny-sd1")
                    + ": is a Stable Diffusion 1 or 2 model, which paints pictures but does not"
                    + " enlarge them; darkroom upscale takes an ESRGAN file"),
        painter.getMessage());
    for (String name : List.of("tiny-x4-upscaler", "tiny-ldm-sr")) {
      ModelException upscaler =
          assertThrows(
              ModelException.class, () -> ModelFiles.of(TestModels.directory(name)).open());
      assertTrue(
          upscaler.getMessage().endsWith("does not paint them; use it with darkroom upscale"),
          upscaler.getMessage());
    }
  }
}
