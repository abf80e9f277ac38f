package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Seamless;
import io.darkroom.request.Setting;
import io.darkroom.request.SourcePicture;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestDevice;
import io.darkroom.testing.TestModels;
import io.darkroom.text.PromptSyntax;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures whose copies join, against diffusers 0.31 with circular padding in its convolutions. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SeamlessParityTest {
  private final Map<String, DiffusionPipeline> pipelines = new HashMap<>();

  @AfterAll
  void close() {
    pipelines.values().forEach(DiffusionPipeline::close);
  }

  static List<String> runs() {
    return List.copyOf(Golden.json("seamless/golden.json").keySet());
  }

  private DiffusionPipeline pipeline(String model) {
    return pipelines.computeIfAbsent(
        model,
        name ->
            DiffusionPipeline.open(
                TestModels.directory(name),
                new ComputeOptions(TestDevice.name(), TestDevice.dtype())));
  }

  private static ImageRequest request(JsonObject about) {
    JsonObject call = about.getAsJsonObject("call");
    PictureSettings settings =
        PictureSettings.of(
                call.get("width").getAsInt(),
                call.get("height").getAsInt(),
                call.get("num_inference_steps").getAsInt(),
                call.get("guidance_scale").getAsDouble(),
                SamplerKind.named(about.get("scheduler").getAsString()),
                0)
            .with(Setting.SEAMLESS, Seamless.named(about.get("seamless").getAsString()));
    return new ImageRequest(
        call.get("prompt").getAsString(),
        Optional.of(call.get("negative_prompt").getAsString()),
        PromptSyntax.PLAIN,
        about.get("seed").getAsLong(),
        settings);
  }

  @ParameterizedTest
  @MethodSource("runs")
  void makesTheReferencesPicture(String run) throws IOException {
    JsonObject about = Golden.json("seamless/golden.json").getAsJsonObject(run);
    RgbImage expected =
        SourcePicture.read(run, new ByteArrayInputStream(Golden.bytes("seamless/" + run + ".png")))
            .picture()
            .image();
    RgbImage picture =
        pipeline(about.get("model").getAsString())
            .generate(List.of(request(about)), new RecordingListener())
            .get(0)
            .image();
    Pictures.assertAlike(run, expected, picture);
  }

  /** A picture of the model's own size is one window; seen so, it is the same to the byte. */
  @Test
  void aTiledPictureOfTheModelsOwnSizeIsTheUsualOne() {
    DiffusionPipeline pipeline = pipeline("tiny-sd1");
    PictureSettings usual = pipeline.defaults().with(Setting.STEPS, 3);
    RgbImage whole = picture(pipeline, usual);
    RgbImage tiled = picture(pipeline, usual.with(Setting.TILED, true));
    assertEquals(new Pictures.Difference(0, 0, Double.POSITIVE_INFINITY), difference(whole, tiled));
  }

  /** Wider than a window it is another picture than the whole at once, and goes through. */
  @Test
  void aTiledPictureMayBeWiderThanAWindow() {
    DiffusionPipeline pipeline = pipeline("tiny-sd1");
    int width = pipeline.defaults().width();
    PictureSettings wide =
        pipeline.defaults().with(Setting.STEPS, 3).with(Setting.WIDTH, 5 * width / 2);
    RgbImage tiled = picture(pipeline, wide.with(Setting.TILED, true));
    assertEquals(5 * width / 2, tiled.width());
    assertTrue(difference(picture(pipeline, wide), tiled).largest() > 1);
    RgbImage round =
        picture(pipeline, wide.with(Setting.TILED, true).with(Setting.SEAMLESS, Seamless.X));
    assertTrue(difference(tiled, round).largest() > 1);
  }

  @Test
  void aTiledPictureHasNoDeepCache() {
    DiffusionPipeline pipeline = pipeline("tiny-sd1");
    PictureSettings both =
        pipeline.defaults().with(Setting.TILED, true).with(Setting.DEEP_CACHE, 2);
    InvalidRequestException refusal =
        assertThrows(InvalidRequestException.class, () -> pipeline.check(both.request("x", 1)));
    assertTrue(refusal.getMessage().contains("deep cache"), refusal.getMessage());
  }

  private static RgbImage picture(DiffusionPipeline pipeline, PictureSettings settings) {
    return pipeline
        .generate(List.of(settings.request("a house", 7)), new RecordingListener())
        .get(0)
        .image();
  }

  private static Pictures.Difference difference(RgbImage one, RgbImage other) {
    return Pictures.difference(one, other);
  }
}
