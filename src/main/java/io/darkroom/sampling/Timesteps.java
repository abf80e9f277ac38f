package io.darkroom.sampling;

/**
 * The whole-numbered training timesteps that a run visits, in falling order, as diffusers 0.31's
 * {@code set_timesteps} chooses them for DDIM and DDPM.
 */
public final class Timesteps {
  private final int[] values;

  private Timesteps(int[] values) {
    this.values = values;
  }

  /**
   * Spreads steps over the training timesteps.
   *
   * @param spacing how to spread them
   * @param trainTimesteps how many timesteps the model was trained on
   * @param steps how many to visit
   * @param offset what to add to each timestep; for {@link TimestepSpacing#LEADING} only
   * @return the timesteps; with an offset they may go past the last one of the training
   * @throws IllegalArgumentException if there are less than 1 or more than {@code trainTimesteps}
   *     steps
   */
  public static Timesteps spread(
      TimestepSpacing spacing, int trainTimesteps, int steps, int offset) {
    if (steps < 1 || steps > trainTimesteps) {
      throw new IllegalArgumentException(
          "steps must be between 1 and %d, not %d".formatted(trainTimesteps, steps));
    }
    return new Timesteps(
        switch (spacing) {
          case LEADING -> leading(trainTimesteps, steps, offset);
          case TRAILING -> trailing(trainTimesteps, steps);
          case LINSPACE -> linspace(trainTimesteps, steps);
        });
  }

  /**
   * How many there are.
   *
   * @return the number of steps
   */
  public int count() {
    return values.length;
  }

  /**
   * The timestep of a step.
   *
   * @param i the step, from 0
   * @return its training timestep
   */
  public int at(int i) {
    return values[i];
  }

  private static int[] leading(int trainTimesteps, int steps, int offset) {
    int stride = trainTimesteps / steps;
    int[] values = new int[steps];
    for (int i = 0; i < steps; i++) {
      values[i] = (steps - 1 - i) * stride + offset;
    }
    return values;
  }

  /**
   * {@code round(arange(T, 0, -T / N)) - 1}. The stride is taken as NumPy's arange takes it, as the
   * difference of its first two values, so that halves fall to the same side. (For some N, 61 of
   * 1000 among them, rounding makes NumPy's arange one element longer than N; the surplus timestep,
   * -1, is not wanted.)
   */
  private static int[] trailing(int trainTimesteps, int steps) {
    double start = trainTimesteps;
    double stride = start + -start / steps - start;
    int[] values = new int[steps];
    for (int i = 0; i < steps; i++) {
      values[i] = (int) Math.rint(start + i * stride) - 1;
    }
    return values;
  }

  /** {@code round(linspace(0, T - 1, N))}, backwards; a single step is at 0. */
  private static int[] linspace(int trainTimesteps, int steps) {
    double last = trainTimesteps - 1.0;
    int[] values = new int[steps];
    for (int i = 0; i < steps - 1; i++) {
      values[i] = (int) Math.rint((steps - 1 - i) * (last / (steps - 1)));
    }
    return values;
  }
}
