package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/**
 * DPM-Solver++, multistep (Lu et al., arXiv 2211.01095), as diffusers' {@code
 * DPMSolverMultistepScheduler} runs it. With lambda = ln(alpha / s), h the step's length in lambda,
 * D0 the last x0, and D1, D2 its derivatives by divided differences, the ordinary equation's step
 * is
 *
 * <pre>
 * x' = (s' / s) x - alpha' (e^-h - 1) D0 + c1 D1 + c2 D2
 * order 2: c1 = -alpha' (e^-h - 1) / 2 (midpoint), or alpha' ((e^-h - 1) / h + 1) (heun)
 * order 3: c1 = alpha' ((e^-h - 1) / h + 1),  c2 = -alpha' ((e^-h - 1 + h) / h^2 - 1/2)
 * </pre>
 *
 * <p>and the stochastic one's, of order 1 or 2,
 *
 * <pre>
 * x' = (s' / s) e^-h x + alpha' (1 - e^-2h) D0 + c1 D1 + s' sqrt(1 - e^-2h) z
 * c1 = alpha' (1 - e^-2h) / 2 (midpoint), or alpha' (1 - (1 - e^-2h) / 2h) (heun)
 * </pre>
 *
 * <p>whose noise is drawn at every step, the last included.
 */
final class DpmSolverSampler extends MultistepSampler {
  /** Which differential equation is solved. */
  enum Equation {
    /** The ordinary one: no noise but the first. */
    ORDINARY,
    /** The stochastic one. */
    STOCHASTIC
  }

  /** Runs shorter than this end with lower orders, which is more stable. */
  private static final int FEW_STEPS = 15;

  private static final int USUAL_ORDER = 2;

  private final Equation equation;
  private final int order;
  private final boolean lowerOrderFinal;
  private final boolean firstOrderFinal;
  private final boolean heun;
  private final History images = new History(MOST_ORDER);

  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param schedule how to spread the noise levels
   * @param steps how many steps to take
   * @param equation which one to solve
   * @throws IllegalArgumentException if {@code steps} is out of range
   */
  DpmSolverSampler(SchedulerConfig config, Schedule schedule, int steps, Equation equation) {
    super(config, NoiseLevels.discrete(config, schedule.or(config), steps));
    this.equation = equation;
    int most = equation == Equation.STOCHASTIC ? 2 : MOST_ORDER;
    this.order = Math.min(config.solverOrder().orElse(USUAL_ORDER), most);
    this.lowerOrderFinal = config.lowerOrderFinal() && steps < FEW_STEPS;
    this.firstOrderFinal = config.eulerAtFinal() || lowerOrderFinal || levels().sigma(steps) == 0;
    this.heun = config.solverType().filter("heun"::equals).isPresent();
  }

  @Override
  public NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
    double h = levels().lambda(i + 1) - levels().lambda(i);
    double gain = equation == Equation.ORDINARY ? -Math.expm1(-h) : -Math.expm1(-2 * h);
    double left = spread(i + 1) / spread(i);
    if (equation == Equation.STOCHASTIC) {
      left *= Math.exp(-h);
    }
    double[] weights = imageWeights(i, h, gain);
    FusedUpdate update = new FusedUpdate(latents, prediction);
    FusedUpdate.Sum image = update.combination(clean(i));
    FusedUpdate.Sum next = update.sum().plus(update.latents(), left).plus(image, weights[0]);
    for (int age = 1; age < weights.length; age++) {
      next.plus(update.given(images.get(age - 1)), weights[age]);
    }
    if (equation == Equation.STOCHASTIC) {
      next.plus(update.drawn(noise), spread(i + 1) * Math.sqrt(gain));
    }
    NDArray[] results = update.compute(image, next);
    images.push(results[0]);
    return results[1];
  }

  private int orderAt(int i) {
    int left = levels().steps() - i;
    if (left == 1 && firstOrderFinal) {
      return 1;
    }
    int most = left == 2 && lowerOrderFinal ? 2 : order;
    return Math.min(Math.min(order, most), images.sizeAfterPush());
  }

  /** The weights of the last images, the newest first. */
  private double[] imageWeights(int i, double h, double gain) {
    double alpha = alpha(i + 1);
    double whole = alpha * gain;
    int order = orderAt(i);
    if (order == 1) {
      return new double[] {whole};
    }
    double r0 = (levels().lambda(i) - levels().lambda(i - 1)) / h;
    // What remains of the gain where the image changes linearly in lambda.
    double slope = alpha * (1 - gain / (equation == Equation.ORDINARY ? h : 2 * h));
    if (order == 2) {
      double first = (heun ? slope : whole / 2) / r0;
      return new double[] {whole + first, -first};
    }
    double r1 = (levels().lambda(i - 1) - levels().lambda(i - 2)) / h;
    double bend = -alpha * ((h - gain) / (h * h) - 0.5);
    double newer = (slope * (1 + r0 / (r0 + r1)) + bend / (r0 + r1)) / r0;
    double older = (-slope * r0 / (r0 + r1) - bend / (r0 + r1)) / r1;
    return new double[] {whole + newer, older - newer, -older};
  }

  @Override
  public void close() {
    images.close();
  }
}
