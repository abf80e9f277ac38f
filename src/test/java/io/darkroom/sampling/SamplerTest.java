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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds for every sampler, and what the recorded trajectories leave out. */
class SamplerTest {
  private static final Noise NONE = () -> fail("no noise was to be drawn");
  private static final int STEPS = 6;

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
  @CsvSource({"DDIM, 0, false", "DDIM, 0.7, false", "DDIM, 0.7, true", "DDPM, 0, true"})
  void anImageDoesNotDependOnItsNeighbours(SamplerKind kind, double eta, String clip) {
    SchedulerConfig config = parse("{clip_sample: %s, steps_offset: 1}".formatted(clip));
    // Sizes that fill no vector register evenly.
    Shape one = new Shape(1, 4, 3, 5);
    Shape three = new Shape(3, 4, 3, 5);
    int size = Math.toIntExact(one.size());
    float[] start = normal(3 * size, 1);
    float[] model = normal(size, 2);
    float[] draws = normal(3 * size * STEPS, 3);

    List<float[]> together = run(kind.create(config, STEPS, eta), start, three, model, draws);

    for (int image = 0; image < 3; image++) {
      float[] itsDraws = new float[size * STEPS];
      for (int i = 0; i < STEPS; i++) {
        System.arraycopy(draws, (3 * i + image) * size, itsDraws, i * size, size);
      }
      int from = image * size;
      float[] itsStart = Arrays.copyOfRange(start, from, from + size);
      List<float[]> alone = run(kind.create(config, STEPS, eta), itsStart, one, model, itsDraws);
      for (int i = 0; i <= STEPS; i++) {
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
    "DDPM, 0, false"
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
