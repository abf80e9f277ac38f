package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonParser;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every sampler, and what the recorded trajectories leave out. */
class SamplerTest {
  private static final Noise NONE = () -> fail("no noise was to be drawn");
  private static final int STEPS = 6;

  /** Of all samplers: those of DPM++ SDE. */
  private static final int MOST_DRAWS = 2 * STEPS;

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({
    "DDIM, 0, false",
    "DDIM, 0.7, false",
    "DDIM, 0.7, true",
    "DDPM, 0, true",
    "EULER, 0, false",
    "EULER_ANCESTRAL, 0, false",
    "HEUN, 0, false",
    "PNDM, 0, false",
    "LMS, 0, false",
    "DPMPP_2M, 0, false",
    "DPMPP_2M_SDE, 0, false",
    "DPMPP_SDE, 0, false",
    "UNIPC, 0, false",
    "LCM, 0, true"
  })
  void anImageDoesNotDependOnItsNeighbours(SamplerKind kind, double eta, String clip) {
    SchedulerConfig config = parse("{clip_sample: %s, steps_offset: 1}".formatted(clip));
    // Sizes that fill no vector register evenly.
    Shape one = new Shape(1, 4, 3, 5);
    Shape three = new Shape(3, 4, 3, 5);
    int size = Math.toIntExact(one.size());
    float[] start = normal(3 * size, 1);
    float[] model = normal(size, 2);
    float[] draws = normal(3 * size * MOST_DRAWS, 3);

    List<float[]> together = run(kind.create(config, STEPS, eta), start, three, model, draws);

    for (int image = 0; image < 3; image++) {
      float[] itsDraws = new float[size * MOST_DRAWS];
      for (int i = 0; i < MOST_DRAWS; i++) {
        System.arraycopy(draws, (3 * i + image) * size, itsDraws, i * size, size);
      }
      int from = image * size;
      float[] itsStart = Arrays.copyOfRange(start, from, from + size);
      List<float[]> alone = run(kind.create(config, STEPS, eta), itsStart, one, model, itsDraws);
      assertEquals(together.size(), alone.size());
      for (int i = 0; i < together.size(); i++) {
        assertArrayEquals(alone.get(i), Arrays.copyOfRange(together.get(i), from, from + size));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DDIM, 0, false",
    "DDIM, 0, true",
    "DDIM, 1, false",
    "DDIM, 1, true",
    "DDPM, 0, false",
    "EULER, 0, false",
    "EULER_ANCESTRAL, 0, false",
    "HEUN, 0, false",
    "PNDM, 0, false",
    "LMS, 0, false",
    "DPMPP_2M, 0, false",
    "DPMPP_2M_SDE, 0, false",
    "DPMPP_SDE, 0, false",
    "UNIPC, 0, false",
    "LCM, 0, false",
    "LCM, 0, true"
  })
  void aStepLeavesItsResultAloneBehind(SamplerKind kind, double eta, String clip) {
    SchedulerConfig config = parse("{clip_sample: %s, steps_offset: 1}".formatted(clip));
    Shape shape = new Shape(2, 4, 3, 5);
    try (Sampler sampler = kind.create(config, STEPS, eta);
        NDManager predictions = manager.newSubManager();
        NDManager draws = manager.newSubManager();
        NDManager images = manager.newSubManager()) {
      NDArray latents = images.ones(shape);
      NDArray prediction = predictions.ones(shape).mul(0.5f);
      int inputs = predictions.getManagedArrays().size();
      for (int i = 0; i < sampler.evaluations(); i++) {
        NDArray next = sampler.step(i, prediction, latents, () -> draws.ones(shape));
        assertSame(images, next.getManager());
        assertEquals(shape, next.getShape());
        assertEquals(DataType.FLOAT32, next.getDataType());
        assertEquals(2, images.getManagedArrays().size());
        assertEquals(inputs, predictions.getManagedArrays().size());
        assertEquals(0, draws.getManagedArrays().size());
        latents.close();
        latents = next;
      }
    }
  }

  /** A step to the clean image takes the model's image as it is; the latents have no weight. */
  @Test
  void theResultIsTheLatentsManagersEvenWhereOnlyThePredictionCounts() {
    SchedulerConfig config =
        parse("{clip_sample: false, prediction_type: sample, set_alpha_to_one: true}");
    Sampler sampler = SamplerKind.DDIM.create(config, 1, 0);
    try (NDManager images = manager.newSubManager()) {
      NDArray latents = images.ones(new Shape(1, 4, 2, 2));
      NDArray next = sampler.step(0, manager.ones(new Shape(1, 4, 2, 2)), latents, NONE);
      assertSame(images, next.getManager());
    }
  }

  @ParameterizedTest
  @CsvSource({"epsilon", "v_prediction", "sample"})
  void ddimReachesTheImageOfAPerfectModel(String type) {
    SchedulerConfig config = parse("{clip_sample: false, prediction_type: %s}".formatted(type));
    NoiseSchedule schedule = NoiseSchedule.of(config);
    Shape shape = new Shape(1, 4, 3, 5);
    float[] clean = normal(60, 4);
    NDArray image = manager.create(clean, shape);
    Sampler sampler = SamplerKind.DDIM.create(config, STEPS, 0);
    NDArray latents = manager.create(normal(60, 5), shape);
    for (int i = 0; i < STEPS; i++) {
      double signal = Math.sqrt(schedule.alphaCumprod((int) sampler.timestep(i)));
      double spread = Math.sqrt(1 - signal * signal);
      NDArray noise = latents.sub(image.mul((float) signal)).div((float) spread);
      NDArray prediction =
          switch (type) {
            case "epsilon" -> noise;
            case "v_prediction" -> noise.mul((float) signal).sub(image.mul((float) spread));
            default -> image;
          };
      latents = sampler.step(i, prediction, latents, NONE);
    }
    assertArrayEquals(clean, latents.toFloatArray(), 1e-4f);
  }

  /** Whatever the way, it leads to the image where the model always sees it. */
  @ParameterizedTest
  @MethodSource("determinedKinds")
  void everySamplerReachesTheImageOfAPerfectModel(
      SamplerKind kind, Schedule schedule, String type) {
    SchedulerConfig config =
        parse(
            "{clip_sample: false, set_alpha_to_one: true, skip_prk_steps: true, solver_order: 3,"
                + " prediction_type: %s}".formatted(type));
    NoiseSchedule noise = NoiseSchedule.of(config);
    Shape shape = new Shape(1, 4, 3, 5);
    float[] clean = normal(60, 4);
    NDArray image = manager.create(clean, shape);
    try (Sampler sampler = kind.create(config, schedule, 8, 0)) {
      NDArray latents = manager.create(normal(60, 5), shape).mul(sampler.initialNoiseSigma());
      for (int i = 0; i < sampler.evaluations(); i++) {
        double signal =
            sampler.inputScale(i) == 1
                ? Math.sqrt(noise.alphaCumprod((int) sampler.timestep(i)))
                : sampler.inputScale(i);
        double spread = Math.sqrt(1 - signal * signal);
        NDArray input = latents.mul((float) sampler.inputScale(i));
        NDArray epsilon = input.sub(image.mul((float) signal)).div((float) spread);
        NDArray prediction =
            switch (type) {
              case "epsilon" -> epsilon;
              case "v_prediction" -> epsilon.mul((float) signal).sub(image.mul((float) spread));
              default -> image;
            };
        latents = sampler.step(i, prediction, latents, () -> manager.ones(shape));
      }
      assertArrayEquals(clean, latents.toFloatArray(), 2e-4f);
    }
  }

  static Stream<Arguments> determinedKinds() {
    return Stream.of(SamplerKind.values())
        .filter(kind -> kind != SamplerKind.DDPM && kind != SamplerKind.LCM)
        .flatMap(
            kind ->
                kind.schedules().stream()
                    // What whole timesteps make of these levels is not exactly theirs.
                    .filter(
                        schedule ->
                            schedule == Schedule.MODEL
                                || schedule == Schedule.TRAILING
                                || isContinuous(kind))
                    .flatMap(
                        schedule ->
                            Stream.of("epsilon", "v_prediction", "sample")
                                // Its mean of several v is not the v of any image.
                                .filter(
                                    type ->
                                        kind != SamplerKind.PNDM || !type.equals("v_prediction"))
                                .map(type -> Arguments.of(kind, schedule, type))));
  }

  private static boolean isContinuous(SamplerKind kind) {
    return switch (kind) {
      case EULER, EULER_ANCESTRAL, HEUN, LMS, DPMPP_SDE -> true;
      default -> false;
    };
  }

  /**
   * Of data that are normal with variance 1 the perfect model is known: x0 = x / (sigma^2 + 1). A
   * sampler that adds too much or too little noise gives another variance.
   */
  @ParameterizedTest
  @CsvSource({
    "EULER, 0.03",
    "EULER_ANCESTRAL, 0.06",
    "HEUN, 0.02",
    "LMS, 0.02",
    "DPMPP_2M, 0.02",
    "DPMPP_2M_SDE, 0.02",
    "DPMPP_SDE, 0.02",
    "UNIPC, 0.02"
  })
  void dataOfVarianceOneComeOutSo(SamplerKind kind, double tolerance) {
    SchedulerConfig config =
        parse("{beta_start: 0.00085, beta_end: 0.012, beta_schedule: scaled_linear}");
    NoiseSchedule noise = NoiseSchedule.of(config);
    int count = 40_000;
    Shape shape = new Shape(1, 4, 100, 100);
    long[] seed = {7};
    Noise draws = () -> manager.create(normal(count, seed[0]++), shape);
    try (Sampler sampler = kind.create(config, Schedule.MODEL, 60, 0)) {
      NDArray latents = draws.next().mul(sampler.initialNoiseSigma());
      for (int i = 0; i < sampler.evaluations(); i++) {
        double alphaCumprod =
            sampler.inputScale(i) == 1
                ? noise.alphaCumprod((int) sampler.timestep(i))
                : Math.pow(sampler.inputScale(i), 2);
        // x0 = sqrt(a) x, so epsilon = sqrt(1 - a) x, with x of variance 1.
        NDArray prediction =
            latents.mul((float) (sampler.inputScale(i) * Math.sqrt(1 - alphaCumprod)));
        NDArray next = sampler.step(i, prediction, latents, draws);
        latents.close();
        prediction.close();
        latents = next;
      }
      double squares = 0;
      for (float value : latents.toFloatArray()) {
        squares += (double) value * value;
      }
      assertEquals(1, Math.sqrt(squares / count), tolerance);
    }
  }

  /** The last step gives f = c_skip x + c_out x0 with the paper's weights. */
  @Test
  void lcmEndsWithTheConsistencyFunction() {
    Sampler sampler = SamplerKind.LCM.create(parse("{prediction_type: sample}"), 1, 0);
    assertEquals(999, sampler.timestep(0));
    Shape shape = new Shape(1, 1, 1, 2);
    NDArray image = manager.create(new float[] {-0.5f, 2}, shape);
    float[] last = sampler.step(0, image, manager.ones(shape), NONE).toFloatArray();
    double scaled = 9990;
    double skip = 0.25 / (scaled * scaled + 0.25);
    double out = scaled / Math.sqrt(scaled * scaled + 0.25);
    assertArrayEquals(
        new float[] {(float) (skip - 0.5 * out), (float) (skip + 2 * out)}, last, 1e-6f);
  }

  /**
   * The variances of Ho et al., section 3.2, at the first of two steps: t is 1 and a' that of 0.
   */
  @ParameterizedTest
  @CsvSource({"fixed_small, 0.2", "fixed_small_log, 0.2", "fixed_large, 0.25"})
  void ddpmScalesItsNoise(String type, double variance) {
    // a' = 0.5 and a = 0.375, so beta = 1 - a / a' = 0.25 and (1 - a') / (1 - a) = 0.8.
    SchedulerConfig config =
        parse("{trained_betas: [0.5, 0.25], variance_type: %s}".formatted(type));
    Sampler sampler = SamplerKind.DDPM.create(config, 2, 0);
    Shape shape = new Shape(1, 1, 1, 4);
    NDArray still = manager.zeros(shape);
    float[] next = sampler.step(0, still, still, () -> manager.ones(shape)).toFloatArray();
    assertEquals(1, sampler.timestep(0));
    for (float value : next) {
      assertEquals(Math.sqrt(variance), value, 1e-6);
    }
  }

  @Test
  void ddpmDrawsNothingAtTimestepZero() {
    Sampler sampler = SamplerKind.DDPM.create(parse("{}"), 1, 0);
    NDArray latents = manager.ones(new Shape(1, 4, 2, 2));
    assertEquals(0, sampler.timestep(0));
    sampler.step(0, latents, latents, NONE);
  }

  /** One step from timestep 0 to the clean image returns the clipped x0 itself. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DDIM | {prediction_type: sample} | 1",
        "LCM | {prediction_type: sample, clip_sample: true, timestep_scaling: 1e6} | 1",
        "LCM | {prediction_type: sample, timestep_scaling: 1e6} | 10",
        "DDPM | {prediction_type: sample} | 1",
        "DDPM | {prediction_type: sample, clip_sample_range: 1.5} | 1.5",
        "DDPM | {prediction_type: sample, clip_sample: false} | 10",
      })
  void theImageIsClipped(SamplerKind kind, String json, float range) {
    Sampler sampler = kind.create(parse(json), 1, 0);
    Shape shape = new Shape(1, 1, 1, 4);
    NDArray prediction = manager.create(new float[] {-7, -0.25f, 0.5f, 2}, shape);
    float[] next = sampler.step(0, prediction, manager.ones(shape), NONE).toFloatArray();
    float[] expected = {Math.max(-7, -range), -0.25f, 0.5f, Math.min(2, range)};
    assertArrayEquals(expected, next, 1e-6f);
  }

  private List<float[]> run(
      Sampler sampler, float[] start, Shape shape, float[] model, float[] draws) {
    Shape one = new Shape(1, shape.get(1), shape.get(2), shape.get(3));
    return SyntheticRun.trajectory(
        sampler,
        manager.create(start, shape),
        manager.create(model, one),
        new SyntheticRun.Recorded(manager, draws, shape));
  }

  private static float[] normal(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static SchedulerConfig parse(String json) {
    return SchedulerConfig.parse(JsonParser.parseString(json).getAsJsonObject(), "test.json");
  }
}
