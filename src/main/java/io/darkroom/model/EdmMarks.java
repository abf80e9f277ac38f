package io.darkroom.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.weights.WeightsFile;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the marks in a single file tell of EDM's noise process (Karras et al., arXiv 2206.00364),
 * which some models of Stable Diffusion XL were trained on: small tensors beside the weights, as
 * ComfyUI's {@code supported_models.py} reads them and diffusers' {@code single_file_utils.py} the
 * first pair of them.
 *
 * @param scheduler the settings of diffusers' scheduler for it
 * @param autoencoder what is to be changed in the autoencoder's settings
 * @param wishes how the model likes to be used, as {@code darkroom.json} has it
 * @param reason where the file says so, as the end of a sentence
 */
record EdmMarks(JsonObject scheduler, JsonObject autoencoder, JsonObject wishes, String reason) {
  private static final String MEAN = "edm_mean";
  private static final String DEVIATION = "edm_std";
  private static final String GREATEST = "edm_vpred.sigma_max";
  private static final String LEAST = "edm_vpred.sigma_min";

  /** Where {@link #LEAST} is not there; CosXL's. */
  private static final double USUAL_LEAST = 0.002;

  /** What Playground 2.5 scales its latents with: diffusers' PLAYGROUND_VAE_SCALING_FACTOR. */
  private static final double PLAYGROUND_SCALING_FACTOR = 0.5;

  /** The guidance scale on Playground 2.5's model card. */
  private static final double PLAYGROUND_GUIDANCE_SCALE = 3;

  /**
   * Looks for marks.
   *
   * @param file an open checkpoint
   * @return what they tell; empty if there are none
   * @throws ModelException if they cannot be read
   */
  static Optional<EdmMarks> of(WeightsFile file) {
    Set<String> names = file.shapes().keySet();
    if (names.contains(MEAN) && names.contains(DEVIATION)) {
      return Optional.of(playground(file));
    }
    return names.contains(GREATEST) ? Optional.of(cosXl(file, names)) : Optional.empty();
  }

  /** Playground 2.5: EDM as it was published, on latents of each channel's own measure. */
  private static EdmMarks playground(WeightsFile file) {
    JsonObject scheduler = scheduler("EDMDPMSolverMultistepScheduler", "epsilon", 0.5, "karras");
    scheduler.addProperty("sigma_min", 0.002);
    scheduler.addProperty("sigma_max", 80);
    JsonObject autoencoder = new JsonObject();
    autoencoder.add("latents_mean", list(file.numbers(MEAN)));
    autoencoder.add("latents_std", list(file.numbers(DEVIATION)));
    autoencoder.addProperty("scaling_factor", PLAYGROUND_SCALING_FACTOR);
    JsonObject wishes = new JsonObject();
    wishes.addProperty("guidance_scale", PLAYGROUND_GUIDANCE_SCALE);
    return new EdmMarks(
        scheduler, autoencoder, wishes, "it is marked " + MEAN + " and " + DEVIATION);
  }

  /** CosXL: a prediction of the velocity, at levels that the file tells. */
  private static EdmMarks cosXl(WeightsFile file, Set<String> names) {
    JsonObject scheduler = scheduler("EDMEulerScheduler", "v_prediction", 1, "exponential");
    scheduler.addProperty("sigma_min", names.contains(LEAST) ? number(file, LEAST) : USUAL_LEAST);
    scheduler.addProperty("sigma_max", number(file, GREATEST));
    return new EdmMarks(scheduler, new JsonObject(), new JsonObject(), "it is marked " + GREATEST);
  }

  private static JsonObject scheduler(
      String name, String prediction, double deviation, String spacing) {
    JsonObject scheduler = new JsonObject();
    scheduler.addProperty("_class_name", name);
    scheduler.addProperty("prediction_type", prediction);
    scheduler.addProperty("sigma_data", deviation);
    scheduler.addProperty("sigma_schedule", spacing);
    scheduler.addProperty("num_train_timesteps", 1000);
    return scheduler;
  }

  private static double number(WeightsFile file, String name) {
    List<Double> numbers = file.numbers(name);
    if (numbers.size() != 1) {
      throw new ModelException(
          "%s: %s has %d numbers, not one".formatted(file.path(), name, numbers.size()));
    }
    return numbers.get(0);
  }

  private static JsonArray list(List<Double> numbers) {
    JsonArray list = new JsonArray();
    numbers.forEach(list::add);
    return list;
  }

  /**
   * The settings of a component, with what the marks tell better. A config that was made for such a
   * model tells it best.
   *
   * @param component its name
   * @param usual those of a config, or of the family's usual model
   * @return the settings
   */
  JsonConfig settings(Component component, JsonConfig usual) {
    return switch (component) {
      case SCHEDULER ->
          usual.text("_class_name", "").startsWith("EDM")
              ? usual
              : JsonConfig.of(usual.source(), scheduler.deepCopy());
      case AUTOENCODER -> {
        if (usual.has("latents_mean")) {
          yield usual;
        }
        JsonObject changed = usual.json().deepCopy();
        autoencoder.asMap().forEach(changed::add);
        yield JsonConfig.of(usual.source(), changed);
      }
      default -> usual;
    };
  }
}
