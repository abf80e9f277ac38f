package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.testing.Golden;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class NoiseLevelsTest {
  private static final String STABLE_DIFFUSION =
      "beta_start: 0.00085, beta_end: 0.012, beta_schedule: scaled_linear, steps_offset: 1";

  private static final Map<String, SamplerKind> KINDS =
      Map.ofEntries(
          Map.entry("pndm", SamplerKind.PNDM),
          Map.entry("pndm_prk", SamplerKind.PNDM),
          Map.entry("euler", SamplerKind.EULER),
          Map.entry("euler_karras", SamplerKind.EULER),
          Map.entry("euler_a", SamplerKind.EULER_ANCESTRAL),
          Map.entry("heun", SamplerKind.HEUN),
          Map.entry("lms", SamplerKind.LMS),
          Map.entry("dpmpp_2m", SamplerKind.DPMPP_2M),
          Map.entry("dpmpp_2m_karras", SamplerKind.DPMPP_2M),
          Map.entry("dpmpp_2m_sde", SamplerKind.DPMPP_2M_SDE),
          Map.entry("dpmpp_3m", SamplerKind.DPMPP_2M),
          Map.entry("unipc", SamplerKind.UNIPC),
          Map.entry("lcm", SamplerKind.LCM));

  /**
   * The reference's timesteps for many numbers of steps. Where the reference itself fails, leaves
   * the training or stands still, a run is refused here.
   */
  @ParameterizedTest
  @MethodSource("sweep")
  void timestepsAreTheReferences(Map.Entry<String, JsonElement> entry) {
    String[] name = entry.getKey().split("\\.", 0);
    SchedulerConfig config =
        parse(
            "{%s, timestep_spacing: %s, skip_prk_steps: %s, solver_order: %d}"
                .formatted(
                    STABLE_DIFFUSION,
                    name[1],
                    name[0].equals("pndm"),
                    name[0].equals("dpmpp_3m") ? 3 : 2));
    Schedule schedule = name[0].endsWith("karras") ? Schedule.KARRAS : Schedule.MODEL;
    int steps = Integer.parseInt(name[2]);
    SamplerKind kind = KINDS.get(name[0]);
    JsonElement reference = entry.getValue();
    if (reference.isJsonPrimitive()) {
      assertThrows(IllegalArgumentException.class, () -> kind.create(config, schedule, steps, 0));
      return;
    }
    List<Double> head = doubles(reference, "head");
    List<Double> tail = doubles(reference, "tail");
    double[] actual;
    try (Sampler sampler = kind.create(config, schedule, steps, 0)) {
      actual = IntStream.range(0, sampler.evaluations()).mapToDouble(sampler::timestep).toArray();
    } catch (IllegalArgumentException e) {
      boolean pastTheTraining = head.get(0) > 999;
      boolean stands = steps > 500 && e.getMessage().contains("distinct noise levels");
      assertTrue(pastTheTraining || stands, e.getMessage());
      return;
    }
    int count = reference instanceof JsonObject ends ? ends.get("len").getAsInt() : head.size();
    assertEquals(count, actual.length);
    for (int i = 0; i < head.size(); i++) {
      assertEquals(head.get(i), actual[i], 2e-3);
    }
    for (int i = 0; i < tail.size(); i++) {
      assertEquals(tail.get(i), actual[actual.length - tail.size() + i], 2e-3);
    }
  }

  static Stream<Map.Entry<String, JsonElement>> sweep() {
    return Golden.json("schedulers/timesteps_sweep.json").entrySet().stream()
        .filter(entry -> KINDS.containsKey(entry.getKey().split("\\.", 0)[0]));
  }

  @Test
  void theWholeSweepIsTested() {
    Set<String> files = new java.util.TreeSet<>();
    Golden.json("schedulers/timesteps_sweep.json")
        .keySet()
        .forEach(name -> files.add(name.split("\\.", 0)[0]));
    files.removeIf(name -> name.startsWith("ddim") || name.startsWith("ddpm"));
    assertEquals(KINDS.keySet(), files);
  }

  @ParameterizedTest
  @EnumSource
  void fallToTheCleanImage(Schedule schedule) {
    SchedulerConfig config = parse("{%s}".formatted(STABLE_DIFFUSION));
    for (int steps : List.of(1, 2, 7, 10, 50)) {
      for (NoiseLevels levels :
          List.of(
              NoiseLevels.continuous(config, schedule, steps),
              NoiseLevels.discrete(config, schedule, steps))) {
        assertEquals(steps, levels.steps());
        assertEquals(0, levels.sigma(steps));
        for (int i = 0; i < steps; i++) {
          assertTrue(levels.sigma(i) > levels.sigma(i + 1));
          assertTrue(levels.timestep(i) >= 0 && levels.timestep(i) <= 999);
        }
      }
    }
  }

  /** Computed by hand: 10 to 0.1 in three. */
  @Test
  void karrasAndExponentialAreEvenInTheirOwnMeasure() {
    SchedulerConfig config = parse("{%s}".formatted(STABLE_DIFFUSION));
    NoiseLevels exponential = NoiseLevels.discrete(config, Schedule.EXPONENTIAL, 3);
    assertEquals(14.614648, exponential.sigma(0), 1e-5);
    assertEquals(Math.sqrt(14.614648 * 0.029167533), exponential.sigma(1), 1e-6);
    assertEquals(0.029167533, exponential.sigma(2), 1e-7);
    NoiseLevels karras = NoiseLevels.discrete(config, Schedule.KARRAS, 3);
    double middle =
        Math.pow((Math.pow(14.614648, 1 / 7.0) + Math.pow(0.029167533, 1 / 7.0)) / 2, 7);
    assertEquals(middle, karras.sigma(1), 1e-6);
  }

  @Test
  void tenStepsTakeThePublishedTable() {
    SchedulerConfig config = parse("{%s}".formatted(STABLE_DIFFUSION));
    NoiseLevels levels = NoiseLevels.continuous(config, Schedule.ALIGN_YOUR_STEPS, 10);
    assertEquals(14.6146412293, levels.sigma(0), 1e-9);
    assertEquals(0.1515232662, levels.sigma(9), 1e-9);
    // The paper's timesteps for Stable Diffusion 1, to the nearest.
    int[] published = {999, 850, 736, 645, 545, 455, 343, 233, 124, 24};
    for (int i = 0; i < published.length; i++) {
      assertEquals(published[i], levels.timestep(i), 2.5);
    }
    NoiseLevels twice = NoiseLevels.continuous(config, Schedule.ALIGN_YOUR_STEPS, 20);
    assertEquals(Math.sqrt(14.6146412293 * 6.4745760956), twice.sigma(1), 1e-9);
  }

  @Test
  void aRunMayEndAtTheLeastLevel() {
    SchedulerConfig config =
        parse("{%s, final_sigmas_type: sigma_min}".formatted(STABLE_DIFFUSION));
    assertEquals(0.029167533, NoiseLevels.discrete(config, Schedule.MODEL, 5).sigma(5), 1e-7);
  }

  /** diffusers: 2^-24 in place of 0. */
  @Test
  void zeroSnrBeginsAtAFiniteLevel() {
    SchedulerConfig config =
        parse(
            "{%s, rescale_betas_zero_snr: true, timestep_spacing: trailing,"
                    .formatted(STABLE_DIFFUSION)
                + " prediction_type: v_prediction}");
    assertEquals(4096, NoiseLevels.continuous(config, Schedule.MODEL, 5).sigma(0), 1e-3);
  }

  @ParameterizedTest
  @CsvSource({"use_beta_sigmas", "use_lu_lambdas"})
  void refusesLevelsThatItDoesNotHave(String key) {
    SchedulerConfig config = parse("{%s: true}".formatted(key));
    assertThrows(
        io.darkroom.base.ModelException.class, () -> SamplerKind.EULER.create(config, 5, 0));
    // Who names a schedule does not ask for the model's.
    SamplerKind.EULER.create(config, Schedule.KARRAS, 5, 0).close();
  }

  private static List<Double> doubles(JsonElement reference, String end) {
    JsonArray array =
        reference instanceof JsonObject ends
            ? ends.getAsJsonArray(end)
            : reference.getAsJsonArray();
    return array.asList().stream().map(JsonElement::getAsDouble).toList();
  }

  private static SchedulerConfig parse(String json) {
    return SchedulerConfig.parse(JsonParser.parseString(json).getAsJsonObject(), "test.json");
  }
}
