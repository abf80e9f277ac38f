package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonParser;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** There is no recorded trajectory of this one: its reference draws from a Brownian tree. */
class DpmSdeSamplerTest {
  private static final Shape ONE = new Shape(1, 1, 1, 1);
  private static final int STEPS = 5;

  private final SchedulerConfig config =
      SchedulerConfig.parse(
          JsonParser.parseString(
                  "{beta_start: 0.00085, beta_end: 0.012, beta_schedule: scaled_linear}")
              .getAsJsonObject(),
          "test.json");

  /** The algorithm as k-diffusion's {@code sample_dpmpp_sde} has it, with r = 1/2, on numbers. */
  @Test
  void followsTheAlgorithmOnNumbers() {
    NoiseLevels levels = NoiseLevels.continuous(config, Schedule.KARRAS, STEPS);
    double[] draws = new Random(1).doubles(2 * STEPS, -2, 2).toArray();
    double[] trajectory = new double[2 * STEPS - 1];
    double x = 3;
    for (int i = 0; i < STEPS; i++) {
      double from = levels.sigma(i);
      double to = levels.sigma(i + 1);
      double clean = denoised(x, from);
      if (to == 0) {
        trajectory[2 * i] = x + (x - clean) / from * (to - from);
        break;
      }
      double time = -Math.log(from);
      double next = -Math.log(to);
      double middle = time + (next - time) / 2;
      double between = Math.exp(-middle);
      double half = down(from, between);
      double u = half / from * x - Math.expm1(time + Math.log(half)) * clean;
      u += up(from, between) * draws[2 * i];
      trajectory[2 * i] = u;
      double whole = down(from, to);
      double motion =
          (Math.sqrt(from - between) * draws[2 * i] + Math.sqrt(between - to) * draws[2 * i + 1])
              / Math.sqrt(from - to);
      x = whole / from * x - Math.expm1(time + Math.log(whole)) * denoised(u, between);
      x += up(from, to) * motion;
      trajectory[2 * i + 1] = x;
    }

    try (NDManager manager = NDManager.newBaseManager();
        Sampler sampler = SamplerKind.DPMPP_SDE.create(config, Schedule.KARRAS, STEPS, 0)) {
      assertEquals(trajectory.length, sampler.evaluations());
      int[] drawn = {0};
      Noise noise = () -> manager.create(new float[] {(float) draws[drawn[0]++]}, ONE);
      NDArray latents = manager.create(new float[] {3}, ONE);
      for (int i = 0; i < trajectory.length; i++) {
        double sigma = Math.sqrt(1 / Math.pow(sampler.inputScale(i), 2) - 1);
        double value = latents.getFloat();
        double epsilon = (value - denoised(value, sigma)) / sigma;
        NDArray prediction = manager.create(new float[] {(float) epsilon}, ONE);
        latents = sampler.step(i, prediction, latents, noise);
        assertEquals(trajectory[i], latents.getFloat(), 1e-5 * Math.max(1, Math.abs(value)));
      }
      assertEquals(2 * STEPS - 2, drawn[0]);
    }
  }

  /** The model is told a time between those of the step's ends, at the middle of lambda. */
  @Test
  void theMiddleIsTold() {
    TrainingSigmas training = new TrainingSigmas(NoiseSchedule.of(config));
    try (Sampler sampler = SamplerKind.DPMPP_SDE.create(config, STEPS, 0)) {
      double before = training.at(sampler.timestep(0));
      double after = training.at(sampler.timestep(2));
      assertEquals(Math.sqrt(before * after), training.at(sampler.timestep(1)), 1e-3);
    }
  }

  @Test
  void aStepToTheImageDrawsNothing() {
    try (NDManager manager = NDManager.newBaseManager();
        Sampler sampler = SamplerKind.DPMPP_SDE.create(config, 1, 0)) {
      NDArray latents = manager.ones(ONE);
      sampler.step(0, latents, latents, () -> fail("no noise was to be drawn"));
    }
  }

  private static double denoised(double x, double sigma) {
    return 0.3 + Math.sin(x / Math.hypot(sigma, 1));
  }

  private static double up(double from, double to) {
    return Math.min(to, Math.sqrt(to * to * (from * from - to * to) / (from * from)));
  }

  private static double down(double from, double to) {
    double up = up(from, to);
    return Math.sqrt(to * to - up * up);
  }
}
