package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.image.PngReader;
import io.darkroom.image.RgbImage;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.sampling.Sampler;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
import io.darkroom.sampling.SchedulerConfig;
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
import org.junit.jupiter.params.provider.CsvSource;

/**
 * From prompt to picture against diffusers 0.31's {@code StableDiffusionPipeline} and {@code
 * StableDiffusionXLPipeline}, byte by byte.
 *
 * <p>The reference also has {@code ddim5_batch2}, whose two pictures share one generator where here
 * each has its own; and of tiny-sdxl {@code cond}, whose sizes are not the picture's ({@link
 * SdxlConditioningTest} and the U-Net's test have these).
 */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DiffusionPipelineParityTest {
  private final Map<String, DiffusionPipeline> pipelines = new HashMap<>();

  @TempDir static Path scratch;

  @AfterAll
  void close() {
    pipelines.values().forEach(DiffusionPipeline::close);
  }

  @ParameterizedTest
  @CsvSource({
    "tiny-sd1, ddim10_64x64",
    "tiny-sd1, ddim10_96x96",
    "tiny-sd1, ddim10_clipskip1_64x64",
    "tiny-sd1, ddim10_eta1_64x64",
    "tiny-sd1, ddim10_nocfg_64x48",
    "tiny-sd1, ddim10_noneg_64x64",
    "tiny-sd1, ddim5_long_64x64",
    "tiny-sd1, ddpm20_64x64",
    "tiny-sd1, ddpm20_96x96",
    "tiny-sd1, euler10_64x64",
    "tiny-sd1, euler10_96x96",
    "tiny-sd1, euler_a10_64x64",
    "tiny-sd1, pndm10_64x64",
    "tiny-sd1, pndm10_96x96",
    "tiny-sd1, dpmpp2m_karras10_64x64",
    "tiny-sd1, dpmpp2m_karras10_96x96",
    "tiny-sd1, unipc10_64x64",
    "tiny-sd1, lcm4_64x64",
    "tiny-sd1, default5_64x64",
    "tiny-sd2, ddim10_64x64",
    "tiny-sd2, ddim10_96x96",
    "tiny-sd2, ddpm20_64x64",
    "tiny-sd2, euler10_64x64",
    "tiny-sd2, euler10_96x96",
    "tiny-sd2, pndm10_64x64",
    "tiny-sd2, pndm10_96x96",
    "tiny-sd2, dpmpp2m_karras10_64x64",
    "tiny-sd2, ddim10_zsnr_rescale_64x64",
    "tiny-sdxl, ddim10_64x64",
    "tiny-sdxl, ddpm20_64x64",
    "tiny-sdxl, euler10_64x64",
    "tiny-sdxl, euler10_96x96",
    "tiny-sdxl, euler10_noneg_64x64",
    "tiny-sdxl, euler10_emptyneg_64x64",
    "tiny-sdxl, euler10_nocfg_64x64",
    "tiny-sdxl, dpmpp2m_karras10_64x64",
  })
  void makesTheReferencesPicture(String model, String run) throws IOException {
    JsonObject about = about(model, run);
    RecordingListener listener = new RecordingListener();
    DiffusionPipeline pipeline = pipeline(model, about);
    ImageRequest request = request(about, PromptSyntax.PLAIN);
    if (run.startsWith("default")) {
      assertEquals(request.settings().sampler(), pipeline.defaults().sampler());
    }
    RenderedImage picture = pipeline.generate(List.of(request), listener).get(0);
    Pictures.assertAlike(model + " " + run, golden(model, run), picture.image());

    int steps = about.getAsJsonArray("timesteps").size();
    assertEquals(steps, listener.steps.size());
    assertEquals(steps + "/" + steps, listener.steps.get(steps - 1));
    assertEquals(run.contains("long") ? 1 : 0, listener.warnings.size());
  }

  /** Where nothing is emphasized the syntax makes no difference, not even in a bit. */
  @ParameterizedTest
  @CsvSource({"tiny-sd1, ddim10_64x64", "tiny-sd1, ddim10_noneg_64x64", "tiny-sd2, ddim10_64x64"})
  void theSyntaxOfWeightsChangesNothingWhereThereAreNone(String model, String run)
      throws IOException {
    DiffusionPipeline pipeline = pipeline(model, about(model, run));
    ImageRequest plain = request(about(model, run), PromptSyntax.PLAIN);
    ImageRequest weighted = plain.withPromptSyntax(PromptSyntax.WEIGHTED);
    RecordingListener listener = new RecordingListener();
    assertFalse(pipeline.dependsOnPromptSyntax(weighted, List.of()));
    assertArrayEquals(
        pipeline.generate(List.of(plain), listener).get(0).image().rgb(),
        pipeline.generate(List.of(weighted), listener).get(0).image().rgb());
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
            DiffusersDirectory.open(TestModels.directory(model))
                .settings(Component.SCHEDULER)
                .json(),
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

  /** The model, with what the reference changed in its scheduler config, the schedule aside. */
  private DiffusionPipeline pipeline(String model, JsonObject about) throws IOException {
    JsonObject overrides = about.getAsJsonObject("from_config_overrides").deepCopy();
    overrides.remove("use_karras_sigmas");
    overrides.remove("skip_prk_steps"); // the models say so themselves
    String name = model + overrides;
    DiffusionPipeline known = pipelines.get(name);
    if (known != null) {
      return known;
    }
    Path directory = TestModels.directory(model);
    if (overrides.size() > 0) {
      directory = Files.createTempDirectory(scratch, model);
      TestModels.copy(model, directory);
      Path file = directory.resolve("scheduler/scheduler_config.json");
      JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      overrides.entrySet().forEach(entry -> config.add(entry.getKey(), entry.getValue()));
      Files.writeString(file, config.toString());
    }
    DiffusionPipeline opened =
        DiffusionPipeline.open(
            directory, new ComputeOptions(TestDevice.name(), TestDevice.dtype()));
    pipelines.put(name, opened);
    return opened;
  }

  private static boolean karras(JsonObject about) {
    return about.getAsJsonObject("from_config_overrides").has("use_karras_sigmas");
  }

  private static JsonObject about(String model, String run) {
    return Golden.json(model + "/golden.json")
        .getAsJsonObject("files")
        .getAsJsonObject("pipe_" + run + ".safetensors")
        .getAsJsonObject("params");
  }

  private static ImageRequest request(JsonObject about, PromptSyntax syntax) {
    JsonObject call = about.getAsJsonObject("call");
    PictureSettings settings =
        PictureSettings.of(
                call.get("width").getAsInt(),
                call.get("height").getAsInt(),
                call.get("num_inference_steps").getAsInt(),
                call.get("guidance_scale").getAsDouble(),
                SamplerKind.named(about.get("scheduler").getAsString()),
                call.has("eta") ? call.get("eta").getAsDouble() : 0)
            .with(Setting.SCHEDULE, karras(about) ? Schedule.KARRAS : Schedule.MODEL)
            .with(
                Setting.GUIDANCE_RESCALE,
                call.has("guidance_rescale") ? call.get("guidance_rescale").getAsDouble() : 0)
            // diffusers counts the layers that are left out.
            .with(
                Setting.CLIP_SKIP,
                call.has("clip_skip") ? call.get("clip_skip").getAsInt() + 1 : 0);
    return new ImageRequest(
        call.get("prompt").getAsString(),
        Optional.ofNullable(call.get("negative_prompt")).map(JsonElement::getAsString),
        syntax,
        about.get("seed").getAsLong(),
        settings);
  }

  private static RgbImage golden(String model, String run) throws IOException {
    byte[] png = Golden.bytes(model + "/pipe_" + run + ".png");
    return new PngReader(new ByteArrayInputStream(png)).read().image();
  }
}
