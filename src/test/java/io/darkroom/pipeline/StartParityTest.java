package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.darkroom.image.Fit;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.Mask;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.request.SourcePicture;
import io.darkroom.request.Start;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestDevice;
import io.darkroom.testing.TestModels;
import io.darkroom.text.PromptSyntax;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole pictures that begin with a picture, against diffusers 0.31's pipelines for image to image
 * and inpainting; recorded in golden/starts.
 */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StartParityTest {
  private final Map<String, DiffusionPipeline> pipelines = new HashMap<>();
  @TempDir private static Path scratch;

  @AfterAll
  void close() {
    pipelines.values().forEach(DiffusionPipeline::close);
  }

  static List<String> runs() {
    return List.copyOf(Golden.json("starts/golden.json").keySet());
  }

  @ParameterizedTest
  @MethodSource("runs")
  void makesTheReferencesPicture(String run) throws IOException {
    JsonObject about = Golden.json("starts/golden.json").getAsJsonObject(run);
    DiffusionPipeline pipeline = pipeline(about);
    RgbImage expected = source(run + ".png").picture().image();
    ImageRequest request = request(about, run, expected);
    RecordingListener listener = new RecordingListener();
    RgbImage picture = pipeline.generate(List.of(request), listener).get(0).image();
    Pictures.assertAlike(run, expected, picture);
    int evaluations = about.get("evaluations").getAsInt();
    assertEquals(evaluations, listener.steps.size());
    assertEquals(evaluations + "/" + evaluations, listener.steps.get(evaluations - 1));
    assertFalse(listener.steps.isEmpty());
  }

  private DiffusionPipeline pipeline(JsonObject about) throws IOException {
    JsonObject overrides = about.getAsJsonObject("overrides").deepCopy();
    overrides.remove("use_karras_sigmas");
    overrides.remove("skip_prk_steps"); // the models say so themselves
    String model = about.get("model").getAsString();
    DiffusionPipeline known = pipelines.get(model);
    if (known != null) {
      return known;
    }
    Path directory = TestModels.directory(model);
    boolean isOfSdxl = model.equals("tiny-sdxl-inpaint");
    if (isOfSdxl || model.equals("tiny-pix2pix")) {
      // All but the U-Net is that of the plain model.
      directory = Files.createDirectory(scratch.resolve(model));
      TestModels.copy(isOfSdxl ? "tiny-sdxl" : "tiny-sd1", directory);
      Path own = TestModels.directory(model);
      for (String file :
          List.of(
              "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors")) {
        Files.write(directory.resolve(file), Files.readAllBytes(own.resolve(file)));
      }
    }
    DiffusionPipeline opened =
        DiffusionPipeline.open(
            directory, new ComputeOptions(TestDevice.name(), TestDevice.dtype()));
    pipelines.put(model, opened);
    return opened;
  }

  private static ImageRequest request(JsonObject about, String run, RgbImage expected)
      throws IOException {
    JsonObject call = about.getAsJsonObject("call");
    boolean karras = about.getAsJsonObject("overrides").has("use_karras_sigmas");
    PictureSettings settings =
        PictureSettings.of(
                expected.width(),
                expected.height(),
                call.get("num_inference_steps").getAsInt(),
                call.get("guidance_scale").getAsDouble(),
                SamplerKind.named(about.get("scheduler").getAsString()),
                0)
            .with(Setting.SCHEDULE, karras ? Schedule.KARRAS : Schedule.MODEL)
            .with(
                Setting.IMAGE_GUIDANCE_SCALE,
                call.has("image_guidance_scale")
                    ? call.get("image_guidance_scale").getAsDouble()
                    : Setting.IMAGE_GUIDANCE_SCALE.unlessGiven().orElseThrow());
    ImageRequest noise =
        new ImageRequest(
            call.get("prompt").getAsString(),
            Optional.ofNullable(call.get("negative_prompt")).map(JsonElement::getAsString),
            PromptSyntax.PLAIN,
            about.get("seed").getAsLong(),
            settings);
    JsonElement strength = call.get("strength");
    // The defaults of diffusers' pipelines for SDXL.
    double share =
        strength != null
            ? strength.getAsDouble()
            : call.has("image_guidance_scale") ? 1 : about.has("mask") ? 0.9999 : 0.3;
    Start.Image image =
        new Start.Image(source(about.get("image").getAsString()), share, Fit.STRETCH);
    if (!about.has("mask")) {
      return noise.withStart(image);
    }
    Start.MaskEdge edge = run.contains("legacy") ? Start.MaskEdge.SOFT : Start.MaskEdge.HARD;
    Mask mask = new Mask.Painted(source(about.get("mask").getAsString()));
    return noise.withStart(new Start.Inpaint(image, mask, edge, false, 0, false));
  }

  private static SourcePicture source(String file) throws IOException {
    return SourcePicture.read(file, new ByteArrayInputStream(Golden.bytes("starts/" + file)));
  }
}
