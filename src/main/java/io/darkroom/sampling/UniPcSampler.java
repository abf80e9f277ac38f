package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;
import io.darkroom.base.ModelException;
import io.darkroom.base.OpenResources;
import java.util.List;
import java.util.Set;

/**
 * The unified predictor-corrector (Zhao et al., arXiv 2302.04867) for models of the clean image, as
 * diffusers' {@code UniPCMultistepScheduler} runs it. Each evaluation first corrects the step that
 * led to it, for which it costs nothing, then predicts the next one. With h the step's length in
 * lambda, B = e^-h - 1 (bh2) or -h (bh1), r_k the place of an older image m_k in units of the step:
 *
 * <pre>
 * x' = (s' / s) x - alpha' (e^-h - 1) m_0 - alpha' B sum_k rho_k (m_k - m_0) / r_k
 * sum_k rho_k r_k^(n-1) = n! phi_(n+1)(-h) (-h) / B   for n = 1, 2, ...       (equation 9)
 * </pre>
 *
 * <p>where the corrector's sum has the image at the step's end, too, at r = 1.
 */
final class UniPcSampler extends MultistepSampler {
  private static final int USUAL_ORDER = 2;

  private final int order;
  private final boolean lowerOrderFinal;
  private final boolean bh1;
  private final Set<Integer> withoutCorrector;
  private final History images = new History(MOST_ORDER);
  private final History corrected = new History(1);
  private int lastOrder;

  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param schedule how to spread the noise levels
   * @param steps how many steps to take
   * @throws IllegalArgumentException if {@code steps} is out of range
   * @throws ModelException if the configuration wants the variant for models of the noise
   */
  UniPcSampler(SchedulerConfig config, Schedule schedule, int steps) {
    super(config, NoiseLevels.discrete(config, schedule.or(config), steps));
    if (!config.predictX0()) {
      throw new ModelException(
          config.source()
              + ": predict_x0 is false; the sampler unipc needs the prediction of the clean"
              + " image; choose another sampler");
    }
    this.order = config.solverOrder().orElse(USUAL_ORDER);
    this.lowerOrderFinal = config.lowerOrderFinal();
    this.bh1 = config.solverType().filter("bh1"::equals).isPresent();
    this.withoutCorrector = config.disableCorrector();
  }

  @Override
  public NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
    FusedUpdate update = new FusedUpdate(latents, prediction);
    FusedUpdate.Sum image = update.combination(clean(i));
    FusedUpdate.Sum start = update.sum();
    if (corrected.size() > 0 && !withoutCorrector.contains(i - 1)) {
      double[] weights = weights(i - 1, lastOrder, true);
      start.plus(update.given(corrected.get(0)), weights[0]);
      for (int age = 0; age < Math.min(images.size(), lastOrder); age++) {
        start.plus(update.given(images.get(age)), weights[age + 1]);
      }
      start.plus(image, weights[weights.length - 1]);
    } else {
      start.plus(update.latents(), 1);
    }
    lastOrder = orderAt(i);
    double[] weights = weights(i, lastOrder, false);
    FusedUpdate.Sum next = update.sum().plus(start, weights[0]).plus(image, weights[1]);
    for (int age = 1; age < Math.min(images.sizeAfterPush(), lastOrder); age++) {
      next.plus(update.given(images.get(age - 1)), weights[age + 1]);
    }
    NDArray[] results = update.compute(image, start, next);
    images.push(results[0]);
    corrected.push(results[1]);
    return results[2];
  }

  private int orderAt(int i) {
    int left = levels().steps() - i;
    int most = lowerOrderFinal ? Math.min(order, left) : order;
    // A step to sigma 0 is endlessly long in lambda: older images have no place on it.
    return levels().sigma(i + 1) == 0 ? 1 : Math.min(most, images.sizeAfterPush());
  }

  /**
   * The weights of a step.
   *
   * @param from the step
   * @param order its order
   * @param corrects whether the image at the step's end is known
   * @return those of the latents, of the last {@code order} images, the newest first, and for a
   *     corrector of the image at the step's end
   */
  private double[] weights(int from, int order, boolean corrects) {
    double h = levels().lambda(from + 1) - levels().lambda(from);
    double[] weights = new double[order + (corrects ? 2 : 1)];
    weights[0] = spread(from + 1) / spread(from);
    if (h == 0) {
      return weights; // a run that ends where its last step begins
    }
    double alpha = alpha(from + 1);
    weights[1] = -alpha * Math.expm1(-h);
    double[] places = new double[order];
    for (int k = 1; k < order; k++) {
      places[k - 1] = (levels().lambda(from - k) - levels().lambda(from)) / h;
    }
    places[order - 1] = 1;
    double scale = bh1 ? -h : Math.expm1(-h);
    double[] rho = rho(places, h, scale, corrects);
    for (int k = 0; k < rho.length; k++) {
      double weight = -alpha * scale * rho[k] / places[k];
      weights[1] -= weight;
      weights[k + 2] = weight;
    }
    return weights;
  }

  private static double[] rho(double[] places, double h, double scale, boolean corrects) {
    int unknowns = corrects ? places.length : places.length - 1;
    // Both are the paper's choice where one equation would do: section 3.4.
    if (unknowns == 0) {
      return new double[0];
    }
    if (unknowns == 1) {
      return new double[] {0.5};
    }
    double[][] rows = new double[unknowns][unknowns + 1];
    double phi = Math.expm1(-h) / -h - 1;
    double factorial = 1;
    for (int n = 0; n < unknowns; n++) {
      for (int k = 0; k < unknowns; k++) {
        rows[n][k] = Math.pow(places[k], n);
      }
      rows[n][unknowns] = phi * factorial / scale;
      factorial *= n + 2;
      phi = phi / -h - 1 / factorial;
    }
    return solved(rows);
  }

  /** Gauss' elimination; the places differ, so no pivot is 0. */
  private static double[] solved(double[][] rows) {
    int count = rows.length;
    for (int pivot = 0; pivot < count; pivot++) {
      for (int row = 0; row < count; row++) {
        if (row != pivot) {
          double factor = rows[row][pivot] / rows[pivot][pivot];
          for (int column = pivot; column <= count; column++) {
            rows[row][column] -= factor * rows[pivot][column];
          }
        }
      }
    }
    double[] solution = new double[count];
    for (int row = 0; row < count; row++) {
      solution[row] = rows[row][count] / rows[row][row];
    }
    return solution;
  }

  @Override
  public void close() {
    OpenResources.closeAll(List.of(images, corrected));
  }
}
