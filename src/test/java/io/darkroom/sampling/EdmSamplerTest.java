package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.ModelException;
import io.darkroom.testing.Golden;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** EDM's noise process: both of diffusers' schedulers, recorded in golden/schedulers-2. */
class EdmSamplerTest {
  private static final double TOLERANCE = 1e-4;
  private static final Shape LATENTS = new Shape(1, 4, 4, 4);
  private static final int ROW = 64;

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("runs")
  void followsTheReference(String file, String run, JsonObject about) {
    Golden golden = Golden.open("schedulers-2/" + file);
    SchedulerConfig config = config(about);
    SamplerKind kind = SamplerKind.publishedWith(config).orElseThrow();
    try (NDManager manager = NDManager.newBaseManager();
        Sampler sampler = kind.create(config, about.get("steps").getAsInt(), 0)) {
      assertEquals(about.get("model_evaluations").getAsInt(), sampler.evaluations());
      double initial = about.get("init_noise_sigma").getAsDouble();
      assertEquals(initial, sampler.initialNoiseSigma(), 1e-9 * initial);
      float[] timesteps = golden.floats(run + ".timesteps");
      float[] sigmas = golden.floats(run + ".sigmas");
      for (int i = 0; i < timesteps.length; i++) {
        assertEquals(timesteps[i], sampler.timestep(i), 1e-6);
        // The reference takes powers of seven in single precision.
        assertEquals(sigmas[i], sampler.sigma(i), 1e-5 * sigmas[i]);
      }

      List<float[]> actual =
          SyntheticRun.trajectory(
              sampler,
              manager.create(golden.floats("x0"), LATENTS),
              manager.create(golden.floats("noise"), LATENTS),
              new SyntheticRun.Recorded(manager, new float[0], LATENTS));

      float[] expected = golden.floats(run + ".samples");
      assertEquals(expected.length, actual.size() * ROW);
      for (int row = 0; row < actual.size(); row++) {
        float[] wanted = Arrays.copyOfRange(expected, row * ROW, (row + 1) * ROW);
        double largest = largestDifference(wanted, actual.get(row));
        // Each row by its own measure: the first is a hundred times the last.
        double limit = TOLERANCE * deviation(wanted);
        assertTrue(largest <= limit, "row %d is off by %g".formatted(row, largest));
      }
    }
  }

  @Test
  void theDefaultsAreThoseOfTheReferencesClass() {
    EdmConfig edm = parse("{'_class_name': 'EDMEulerScheduler'}").edm().orElseThrow();
    assertEquals(new EdmConfig(0.002, 80, 0.5, 7, Schedule.KARRAS, PredictionType.EPSILON), edm);
  }

  @ParameterizedTest
  @EnumSource(
      value = SamplerKind.class,
      names = {"EULER", "HEUN", "LMS", "DPMPP_2M", "UNIPC"})
  void allSamplersOfNoiseLevelsFindTheSameImage(SamplerKind kind) {
    // A model whose clean image is always 0.25 in every element, whatever it is shown.
    SchedulerConfig config =
        parse("{'_class_name': 'EDMEulerScheduler', 'sigma_data': 0.5, 'sigma_max': 80}");
    try (NDManager manager = NDManager.newBaseManager();
        Sampler sampler = kind.create(config, 12, 0)) {
      float[] latents = new float[ROW];
      for (int i = 0; i < ROW; i++) {
        latents[i] = (float) ((i - 32) / 16.0 * sampler.initialNoiseSigma());
      }
      for (int i = 0; i < sampler.evaluations(); i++) {
        double sigma = sampler.sigma(i);
        double spread = Math.hypot(sigma, 0.5);
        float[] prediction = new float[ROW];
        for (int j = 0; j < ROW; j++) {
          prediction[j] =
              (float) ((0.25 - 0.25 / (spread * spread) * latents[j]) * spread / (sigma * 0.5));
        }
        latents =
            sampler
                .step(
                    i,
                    manager.create(prediction, LATENTS),
                    manager.create(latents, LATENTS),
                    () -> manager.zeros(LATENTS))
                .toFloatArray();
      }
      for (float value : latents) {
        assertEquals(0.25, value, 2e-4);
      }
    }
  }

  @Test
  void noiseIsAddedByTheSamplersThatDraw() {
    SchedulerConfig config = parse("{'_class_name': 'EDMEulerScheduler'}");
    for (SamplerKind kind :
        List.of(SamplerKind.EULER_ANCESTRAL, SamplerKind.DPMPP_2M_SDE, SamplerKind.DPMPP_SDE)) {
      try (NDManager manager = NDManager.newBaseManager();
          Sampler sampler = kind.create(config, 4, 0)) {
        float[] after =
            sampler
                .step(
                    0, manager.zeros(LATENTS), manager.zeros(LATENTS), () -> manager.ones(LATENTS))
                .toFloatArray();
        assertTrue(after[0] > 1, kind + " adds " + after[0]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = SamplerKind.class,
      names = {"DDIM", "DDPM", "PNDM", "LCM"})
  void samplersOfTimestepsAreRefused(SamplerKind kind) {
    SchedulerConfig config = parse("{'_class_name': 'EDMEulerScheduler'}");
    String message =
        assertThrows(IllegalArgumentException.class, () -> kind.create(config, 10, 0)).getMessage();
    assertTrue(message.startsWith(kind.optionName()), message);
    assertTrue(message.contains("euler"), message);
  }

  @Test
  void schedulesOfOtherNoiseAreRefused() {
    SchedulerConfig config = parse("{'_class_name': 'EDMEulerScheduler'}");
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> SamplerKind.EULER.create(config, Schedule.ALIGN_YOUR_STEPS, 10, 0))
            .getMessage();
    assertEquals(
        "an EDM model has no schedule 'align-your-steps'; use one of model, karras, exponential",
        message);
    assertThrows(
        IllegalArgumentException.class,
        () -> SamplerKind.EULER.create(config, Schedule.MODEL, Integer.MAX_VALUE, 0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'sigma_min': 3, 'sigma_max': 2 | sigma_min 3.0 must be below sigma_max 2.0",
        "'sigma_data': 0 | sigma_data is 0; it must be a number above 0",
        "'prediction_type': 'sample' | prediction_type is \"sample\"; an EDM scheduler has",
        "'sigma_schedule': 'lu' | sigma_schedule is \"lu\"; Darkroom knows karras"
      })
  void whatMakesNoSenseIsRefused(String settings, String expected) {
    String json = "{'_class_name': 'EDMEulerScheduler', " + settings + "}";
    String message = assertThrows(ModelException.class, () -> parse(json)).getMessage();
    assertTrue(message.contains(expected), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\"} | FlowMatchEulerDiscreteScheduler",
        "{\"_class_name\": \"FlowMatchHeunDiscreteScheduler\"} | FlowMatchHeunDiscreteScheduler",
        "{\"_class_name\": \"UniPCMultistepScheduler\", \"use_flow_sigmas\": true} | UniPC",
        "{\"_class_name\": \"DPMSolverMultistepScheduler\", \"prediction_type\": \"flow_prediction\"} | DPM"
      })
  void flowMatchingIsRefusedByName(String json, String name) {
    String message =
        assertThrows(
                ModelException.class,
                () -> SchedulerConfig.parse(JsonParser.parseString(json).getAsJsonObject(), "s"))
            .getMessage();
    assertTrue(message.startsWith("s: " + name), message);
    assertTrue(message.contains("flow matching"), message);
  }

  @Test
  void continuousTimestepsAreRefused() {
    assertThrows(
        ModelException.class,
        () -> parse("{'_class_name': 'EulerDiscreteScheduler', 'timestep_type': 'continuous'}"));
    parse("{'_class_name': 'EulerDiscreteScheduler', 'timestep_type': 'discrete'}");
  }

  private static SchedulerConfig parse(String json) {
    return SchedulerConfig.parse(
        JsonParser.parseString(json.replace('\'', '"')).getAsJsonObject(), "scheduler_config.json");
  }

  private static SchedulerConfig config(JsonObject about) {
    JsonObject json = about.getAsJsonObject("config").deepCopy();
    json.add("_class_name", about.get("class"));
    return SchedulerConfig.parse(json, "golden");
  }

  private static double deviation(float[] values) {
    double mean = IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElse(0);
    return Math.sqrt(
        IntStream.range(0, values.length)
            .mapToDouble(i -> (values[i] - mean) * (values[i] - mean))
            .average()
            .orElse(0));
  }

  private static double largestDifference(float[] one, float[] other) {
    return IntStream.range(0, one.length)
        .mapToDouble(i -> Math.abs(one[i] - other[i]))
        .max()
        .orElse(0);
  }

  static Stream<Arguments> runs() {
    JsonObject files = Golden.json("schedulers-2/golden.json").getAsJsonObject("files");
    return Stream.of("edm_euler.safetensors", "edm_dpmpp_2m.safetensors")
        .flatMap(
            file ->
                files
                    .getAsJsonObject(file)
                    .getAsJsonObject("params")
                    .getAsJsonObject("runs")
                    .entrySet()
                    .stream()
                    .map(
                        run -> Arguments.of(file, run.getKey(), run.getValue().getAsJsonObject())));
  }
}
