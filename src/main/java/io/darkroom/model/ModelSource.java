package io.darkroom.model;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A model, in whatever layout its files lie. The components are {@code unet}, {@code vae}, {@code
 * text_encoder}, {@code tokenizer} and {@code scheduler}; an SDXL model has {@code text_encoder_2}
 * and {@code tokenizer_2} as well. Not for use by several threads.
 */
public interface ModelSource {
  /**
   * The model's name for people.
   *
   * @return such as the name of its directory
   */
  String name();

  /**
   * Tells the model's weights from all others. Reads the whole file at the first call.
   *
   * @return the first ten hexadecimal digits of the U-Net's file's SHA-256, in lower case; where
   *     weights of other models stand in place of the model's own, other digits, for then the file
   *     alone does not paint the same
   * @throws ModelException if the file cannot be read
   */
  String hash();

  /**
   * Tells this model from all others that would paint differently: by every weight, every setting
   * and the tokenizer. Reads all of these files.
   *
   * @return 64 hexadecimal digits
   * @throws ModelException if a file cannot be read
   */
  String fingerprint();

  /**
   * The autoencoder that stands in place of the model's own. Reads the whole file at the first
   * call.
   *
   * @return by what it is known; empty for the model's own
   * @throws ModelException if the file cannot be read
   */
  default Optional<AutoencoderFacts> separateAutoencoder() {
    return Optional.empty();
  }

  /**
   * The model's kind.
   *
   * @return the kind
   */
  ModelKind kind();

  /**
   * Tells whether zeros stand for a negative prompt where the user gives none. Else the empty text
   * stands for it, as if the user had given that.
   *
   * @return whether zeros do
   * @throws io.darkroom.base.ModelException if the model's index is malformed
   */
  default boolean zeroesNoNegative() {
    return kind().zeroesNoNegative();
  }

  /**
   * How much an upscaler's small picture may be noised.
   *
   * @return {@code max_noise_level}: the greatest timestep of the noise
   * @throws ModelException if the model's index is malformed
   */
  default int mostNoise() {
    return 350;
  }

  /**
   * A component's settings, as diffusers' config file has them.
   *
   * @param component its name
   * @return the settings, with messages that name their source
   * @throws ModelException if they are missing or malformed
   */
  JsonConfig settings(Component component);

  /**
   * Opens a component's weights, under the names that diffusers has for them.
   *
   * @param component its name
   * @return the weights; the caller closes them
   * @throws ModelException if they are missing or malformed
   */
  ComponentWeights weights(Component component);

  /**
   * A tokenizer's files.
   *
   * @param component its name
   * @return their directory
   * @throws ModelException if there are none
   */
  Path tokenizer(Component component);

  /**
   * What a tokenizer fills short prompts up with, where its files were not made for this model and
   * may say otherwise.
   *
   * @param component its name, {@code tokenizer} or {@code tokenizer_2}
   * @return the token, or empty where the files are right
   */
  default Optional<String> paddingToken(Component component) {
    return Optional.empty();
  }

  /**
   * How many tokens a prompt has, where the tokenizer's files were not made for this model and may
   * say otherwise.
   *
   * @param component its name, {@code tokenizer} or {@code tokenizer_2}
   * @return tokens, beginning and end included, or empty where the files are right
   */
  default OptionalInt promptLength(Component component) {
    return OptionalInt.empty();
  }

  /**
   * The model that goes on with this one's latents.
   *
   * @return the refiner, if there is one
   */
  default Optional<ModelSource> refiner() {
    return Optional.empty();
  }

  /**
   * What had to be taken for granted, and may be otherwise.
   *
   * @return a line for each
   */
  default List<String> warnings() {
    return List.of();
  }

  /**
   * How the model likes to be used, where its makers say so: the keys {@code steps}, {@code
   * guidance_scale}, {@code sampler}, {@code eta}, {@code width}, {@code height} and {@code
   * preview}, as {@code darkroom.json} has them.
   *
   * @return those wishes, or empty if there are none
   * @throws ModelException if they are malformed
   */
  Optional<JsonObject> generationDefaults();
}
