package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.darkroom.testing.Golden;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole trajectories against diffusers 0.31's, recorded in golden/schedulers. */
class SamplerParityTest {
  private static final double TOLERANCE = 1e-5;
  private static final Shape LATENTS = new Shape(1, 4, 4, 4);
  private static final int ROW = 64;

  private static final List<String> FILES =
      List.of(
          "ddim_eta0",
          "ddim_eta1",
          "ddim_alpha1_offset0",
          "ddim_clip",
          "ddim_zsnr",
          "ddpm",
          "pndm",
          "pndm_prk",
          "euler",
          "euler_karras",
          "euler_a",
          "heun",
          "lms",
          "dpmpp_2m",
          "dpmpp_2m_karras",
          "dpmpp_2m_sde",
          "dpmpp_3m",
          "unipc",
          "lcm");

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("runs")
  void followsTheReference(String file, String run, JsonObject about) {
    Golden golden = Golden.open("schedulers/" + file + ".safetensors");
    JsonObject json = about.getAsJsonObject("config").deepCopy();
    json.add("_class_name", about.get("class"));
    SchedulerConfig config = SchedulerConfig.parse(json, file);
    SamplerKind kind = SamplerKind.publishedWith(config).orElseThrow();
    JsonElement eta = about.getAsJsonObject("step_kwargs").get("eta");
    boolean draws = golden.names().contains(run + ".noise");

    try (NDManager manager = NDManager.newBaseManager();
        Sampler sampler =
            kind.create(
                config, about.get("steps").getAsInt(), eta == null ? 0 : eta.getAsDouble())) {
      assertEquals(about.get("model_evaluations").getAsInt(), sampler.evaluations());
      double sigma = about.get("init_noise_sigma").getAsDouble();
      assertEquals(sigma, sampler.initialNoiseSigma(), 1e-6 * sigma);
      float[] timesteps = golden.floats(run + ".timesteps");
      for (int i = 0; i < timesteps.length; i++) {
        // Fractions come out of logarithms, which the reference takes in single precision.
        boolean whole = timesteps[i] == Math.rint(timesteps[i]);
        assertEquals(timesteps[i], sampler.timestep(i), whole ? 1e-5 : 2e-3);
      }

      SyntheticRun.Recorded noise =
          new SyntheticRun.Recorded(
              manager, draws ? golden.floats(run + ".noise") : new float[0], LATENTS);
      List<float[]> actual =
          SyntheticRun.trajectory(
              sampler,
              manager.create(golden.floats("x0"), LATENTS),
              manager.create(golden.floats("noise"), LATENTS),
              noise);

      assertEquals(0, noise.remaining(), "values of noise not drawn");
      compare(golden.floats(run + ".samples"), actual);
    }
  }

  private static void compare(float[] expected, List<float[]> actual) {
    assertEquals(expected.length, actual.size() * ROW);
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int row = 0; row < actual.size(); row++) {
      for (int i = 0; i < ROW; i++) {
        double difference = Math.abs(actual.get(row)[i] - expected[row * ROW + i]);
        int step = row;
        assertTrue(
            difference <= TOLERANCE * largest,
            () -> "row %d is off by %g".formatted(step, difference));
      }
    }
  }

  static Stream<Arguments> runs() {
    JsonObject files = Golden.json("schedulers/golden.json").getAsJsonObject("files");
    return FILES.stream().flatMap(file -> runs(file, files.getAsJsonObject(file + ".safetensors")));
  }

  private static Stream<Arguments> runs(String file, JsonObject about) {
    JsonObject runs = about.getAsJsonObject("params").getAsJsonObject("runs");
    // The skipped ones are not finite in the reference either; see DdimSamplerTest.
    return runs.entrySet().stream()
        .filter(run -> !run.getValue().getAsJsonObject().has("skipped"))
        .map(run -> Arguments.of(file, run.getKey(), run.getValue().getAsJsonObject()));
  }
}
