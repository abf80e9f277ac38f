package io.darkroom.pipeline;

import io.darkroom.model.AutoencoderFacts;
import io.darkroom.request.PictureSettings;
import java.util.List;
import java.util.Optional;

/** What a model is, and where and how it is run. */
public interface ModelDescription {
  /**
   * What the model would choose where a user chooses nothing.
   *
   * @return the defaults
   */
  PictureSettings defaults();

  /**
   * The model's name for people: the directory's or file's name.
   *
   * @return the name
   */
  String modelName();

  /**
   * The first ten hexadecimal digits of the SHA-256 of the U-Net's weights file.
   *
   * @return the hash
   */
  String modelHash();

  /**
   * Tells the model from all others that would paint differently. May take as long as reading all
   * of the model's files.
   *
   * @return 64 hexadecimal digits
   */
  String fingerprint();

  /**
   * The autoencoder that the user chose in place of the model's own. Reads it at the first call.
   *
   * @return its name and hash, if there is one
   */
  default Optional<AutoencoderFacts> separateAutoencoder() {
    return Optional.empty();
  }

  /**
   * The model that goes on with this one's latents. Reads its U-Net at the first call.
   *
   * @return its name and hash, if there is one
   */
  default Optional<RefinerFacts> refiner() {
    return Optional.empty();
  }

  /**
   * What the user should know of how the model opened.
   *
   * @return a line each
   */
  default List<String> warnings() {
    return List.of();
  }

  /**
   * The device in use, such as {@code cpu} or {@code cuda:0}.
   *
   * @return the device
   */
  String device();

  /**
   * The precision in use: {@code fp32}, {@code fp16} or {@code bf16}.
   *
   * @return the precision
   */
  String dtype();

  /**
   * What the sides of a picture must be multiples of.
   *
   * @return the autoencoder's scale factor, in pixels
   */
  default int sizeFactor() {
    return 8;
  }
}
