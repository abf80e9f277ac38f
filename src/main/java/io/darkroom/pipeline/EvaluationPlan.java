package io.darkroom.pipeline;

import io.darkroom.network.StepVariant.DeepLayers;
import io.darkroom.request.GuidanceInterval;
import io.darkroom.request.PictureSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * What the U-Net does at each evaluation of a run.
 *
 * @param first the evaluation that the run begins with
 * @param evaluations from there to the sampler's last
 */
record EvaluationPlan(int first, List<Evaluation> evaluations) {
  /** The share of the work that is left without the deep layers: 0.08 for Stable Diffusion 1.5. */
  private static final double REUSING = 0.1;

  /**
   * One call of the U-Net.
   *
   * @param guided whether it sees each latent twice
   * @param deepLayers what becomes of them
   */
  record Evaluation(boolean guided, DeepLayers deepLayers) {}

  /** Takes its own copy. */
  EvaluationPlan {
    evaluations = List.copyOf(evaluations);
  }

  /**
   * Plans a run. What was found with guidance does not serve without it, and the other way round:
   * at a border of the interval the deep layers are computed anew.
   *
   * @param settings the pictures'
   * @param guided whether there are two branches at all
   * @param first the evaluation that the run begins with
   * @param count how often the model is evaluated in a run from the beginning
   * @param sigmas the noise level of each evaluation
   * @return the plan
   */
  static EvaluationPlan of(
      PictureSettings settings, boolean guided, int first, int count, IntToDoubleFunction sigmas) {
    GuidanceInterval interval = settings.guidance().interval();
    boolean[] guidedAt = new boolean[count];
    for (int i = first; i < count; i++) {
      guidedAt[i] = guided && interval.contains(sigmas.applyAsDouble(i));
    }
    List<Evaluation> evaluations = new ArrayList<>();
    int age = 0;
    for (int i = first; i < count; i++) {
      boolean isFresh = i == first || guidedAt[i] != guidedAt[i - 1] || age == settings.deepCache();
      age = isFresh ? 1 : age + 1;
      boolean isLast = i + 1 == count || guidedAt[i + 1] != guidedAt[i];
      boolean isKept = settings.deepCache() > 1 && !isLast;
      evaluations.add(
          new Evaluation(
              guidedAt[i],
              !isFresh ? DeepLayers.REUSED : isKept ? DeepLayers.KEPT : DeepLayers.COMPUTED));
    }
    return new EvaluationPlan(first, evaluations);
  }

  /**
   * What the U-Net does at an evaluation.
   *
   * @param i the evaluation, as the sampler counts
   * @return one call
   */
  Evaluation at(int i) {
    return evaluations.get(i - first);
  }

  /** Whether the U-Net sees a latent without the unconditional branch at some evaluation. */
  boolean hasUnguided() {
    return evaluations.stream().anyMatch(evaluation -> !evaluation.guided());
  }

  /** Whether it sees one twice at some evaluation. */
  boolean hasGuided() {
    return evaluations.stream().anyMatch(Evaluation::guided);
  }

  /** So many passes of one latent through the whole U-Net. */
  double work() {
    return evaluations.stream()
        .mapToDouble(
            evaluation ->
                (evaluation.guided() ? 2 : 1)
                    * (evaluation.deepLayers() == DeepLayers.REUSED ? REUSING : 1))
        .sum();
  }
}
