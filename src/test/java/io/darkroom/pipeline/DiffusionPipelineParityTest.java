package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.darkroom.checkpoint.DiffusersDirectory;
import io.darkroom.image.PngReader;
import io.darkroom.image.RgbImage;
import io.darkroom.sampling.Sampler;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.SchedulerConfig;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestModels;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * From prompt to picture against diffusers 0.31's {@code StableDiffusionPipeline} and {@code
 * StableDiffusionXLPipeline}, byte by byte.
 *
 * <p>The reference also has runs of what Darkroom does not do ({@code clip_skip}, {@code
 * guidance_rescale}) and {@code ddim5_batch2}, whose two pictures share one generator where here
 * each has its own; and of tiny-sdxl {@code emptyneg}, where an empty negative prompt that was
 * given is told from none, and {@code cond}, whose sizes are not the picture's ({@link
 * PromptEncoderTest} and the U-Net's test have these).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DiffusionPipelineParityTest {
  private final Map<String, DiffusionPipeline> pipelines = new HashMap<>();

  @AfterAll
  void close() {
    pipelines.values().forEach(DiffusionPipeline::close);
  }

  @ParameterizedTest
  @CsvSource({
    "tiny-sd1, ddim10_64x64",
    "tiny-sd1, ddim10_96x96",
    "tiny-sd1, ddim10_eta1_64x64",
    "tiny-sd1, ddim10_nocfg_64x48",
    "tiny-sd1, ddim10_noneg_64x64",
    "tiny-sd1, ddim5_long_64x64",
    "tiny-sd1, ddpm20_64x64",
    "tiny-sd1, ddpm20_96x96",
    "tiny-sd2, ddim10_64x64",
    "tiny-sd2, ddim10_96x96",
    "tiny-sd2, ddpm20_64x64",
    "tiny-sdxl, ddim10_64x64",
    "tiny-sdxl, ddpm20_64x64",
  })
  void makesTheReferencesPicture(String model, String run) throws IOException {
    JsonObject about = about(model, run);
    RecordingListener listener = new RecordingListener();
    RenderedImage picture = pipeline(model).generate(List.of(request(about)), listener).get(0);
    Pictures.assertAlike(model + " " + run, golden(model, run), picture.image());

    int steps = about.getAsJsonArray("timesteps").size();
    assertEquals(steps, listener.steps.size());
    assertEquals(steps + "/" + steps, listener.steps.get(steps - 1));
    assertEquals(run.contains("long") ? 1 : 0, listener.warnings.size());
  }

  /** The reference changed nothing in the models' own scheduler configs for these runs. */
  @ParameterizedTest
  @CsvSource({
    "tiny-sd1, ddim10_64x64",
    "tiny-sd1, ddpm20_64x64",
    "tiny-sd2, ddim10_64x64",
    "tiny-sdxl, ddim10_64x64",
    "tiny-sdxl, ddpm20_64x64"
  })
  void theModelsOwnSchedulerGivesTheReferencesTimesteps(String model, String run) {
    JsonObject about = about(model, run);
    assertTrue(about.getAsJsonObject("from_config_overrides").isEmpty());
    SchedulerConfig config =
        SchedulerConfig.parse(
            DiffusersDirectory.open(TestModels.directory(model)).settings("scheduler").json(),
            model);
    float[] expected = new float[about.getAsJsonArray("timesteps").size()];
    SamplerKind kind = SamplerKind.named(about.get("scheduler").getAsString());
    try (Sampler sampler = kind.create(config, expected.length, 0)) {
      assertEquals(expected.length, sampler.evaluations());
      assertEquals(about.get("init_noise_sigma").getAsDouble(), sampler.initialNoiseSigma());
      for (int i = 0; i < expected.length; i++) {
        assertEquals(about.getAsJsonArray("timesteps").get(i).getAsDouble(), sampler.timestep(i));
      }
    }
  }

  private DiffusionPipeline pipeline(String model) {
    return pipelines.computeIfAbsent(
        model,
        name ->
            DiffusionPipeline.open(TestModels.directory(name), new ComputeOptions("cpu", "fp32")));
  }

  private static JsonObject about(String model, String run) {
    return Golden.json(model + "/golden.json")
        .getAsJsonObject("files")
        .getAsJsonObject("pipe_" + run + ".safetensors")
        .getAsJsonObject("params");
  }

  private static ImageRequest request(JsonObject about) {
    JsonObject call = about.getAsJsonObject("call");
    return new ImageRequest(
        call.get("prompt").getAsString(),
        call.has("negative_prompt") ? call.get("negative_prompt").getAsString() : "",
        about.get("seed").getAsLong(),
        call.get("width").getAsInt(),
        call.get("height").getAsInt(),
        call.get("num_inference_steps").getAsInt(),
        call.get("guidance_scale").getAsDouble(),
        about.get("scheduler").getAsString(),
        call.has("eta") ? call.get("eta").getAsDouble() : 0);
  }

  private static RgbImage golden(String model, String run) throws IOException {
    byte[] png = Golden.bytes(model + "/pipe_" + run + ".png");
    return new PngReader(new ByteArrayInputStream(png)).read().image();
  }
}
