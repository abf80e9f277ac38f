package io.darkroom.model;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a single file tells of what its U-Net predicts, the noise or the velocity. Its weights do
 * not: both kinds of Stable Diffusion 2 have the same names and shapes.
 *
 * @param type {@code prediction_type} as diffusers' schedulers have it
 * @param reason where the file says so, as the end of a sentence
 */
record ToldPrediction(String type, String reason) {
  static final String NOISE = "epsilon";
  static final String VELOCITY = "v_prediction";

  private static final String STEP = "global_step";

  /**
   * How many steps the training had gone when a published file was written. That of 2-base is in
   * diffusers' {@code single_file_utils.py} and {@code convert_from_ckpt.py}, which call the rule
   * brittle and take velocity for all others; that of 2.1-base is in InvokeAI's {@code
   * model_install_backend.py}. (A third number in both, 110000, is that of 2.1 at 768x768, which
   * predicts the velocity.)
   */
  private static final Map<String, String> STEPS_OF_BASE_MODELS =
      Map.of("875000", "2-base", "220000", "2.1-base");

  /**
   * Looks for what a file tells.
   *
   * @param family its family
   * @param names what is in it: some mark theirs by an empty tensor
   * @param metadata what was said beside its weights
   * @return what it predicts; empty if it does not tell
   * @see <a href="https://github.com/Stability-AI/ModelSpec">ModelSpec</a> for the keys in
   *     safetensors' headers
   */
  static Optional<ToldPrediction> of(
      CheckpointFamily family, Set<String> names, Map<String, String> metadata) {
    if (names.contains("v_pred")) {
      return Optional.of(new ToldPrediction(VELOCITY, "it is marked v_pred"));
    }
    Optional<ToldPrediction> told = told("modelspec.prediction_type", metadata);
    if (told.isPresent() || family != CheckpointFamily.STABLE_DIFFUSION_2) {
      return told;
    }
    return told("modelspec.architecture", metadata)
        .or(
            () ->
                Optional.ofNullable(metadata.get(STEP))
                    .filter(STEPS_OF_BASE_MODELS::containsKey)
                    .map(
                        step ->
                            new ToldPrediction(
                                NOISE,
                                "its %s %s is that of Stable Diffusion %s"
                                    .formatted(STEP, step, STEPS_OF_BASE_MODELS.get(step)))));
  }

  private static Optional<ToldPrediction> told(String key, Map<String, String> metadata) {
    String value = metadata.getOrDefault(key, "");
    Optional<String> type =
        switch (value) {
          case "epsilon", "stable-diffusion-v2-512" -> Optional.of(NOISE);
          case "v", "v_prediction", "stable-diffusion-v2-768-v" -> Optional.of(VELOCITY);
          default -> Optional.empty();
        };
    return type.map(known -> new ToldPrediction(known, "its " + key + " is " + value));
  }
}
