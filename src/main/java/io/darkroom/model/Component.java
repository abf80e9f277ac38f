package io.darkroom.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * A part of a model. Its folder in diffusers' layout gives it its name, whatever layout the model
 * has.
 */
public enum Component {
  /** The network that predicts the noise. */
  UNET("unet", Type.DIFFUSERS_NETWORK),
  /** The autoencoder between pictures and latents. */
  AUTOENCODER("vae", Type.DIFFUSERS_NETWORK),
  /** The autoencoder of the first latent diffusion models, whose latents become codes. */
  VQ_AUTOENCODER("vqvae", Type.DIFFUSERS_NETWORK),
  /** The whole network of an upscaler that works in one pass; it has no folder in diffusers. */
  UPSCALER("upscaler", Type.DIFFUSERS_NETWORK),
  /** The only text encoder, or the first of two. */
  TEXT_ENCODER("text_encoder", Type.TEXT_ENCODER),
  /** The second text encoder. */
  TEXT_ENCODER_2("text_encoder_2", Type.TEXT_ENCODER),
  /** The tokenizer of {@link #TEXT_ENCODER}. */
  TOKENIZER("tokenizer", Type.TOKENIZER),
  /** The tokenizer of {@link #TEXT_ENCODER_2}. */
  TOKENIZER_2("tokenizer_2", Type.TOKENIZER),
  /** The noise schedule and the sampler that the model was published with. */
  SCHEDULER("scheduler", Type.SCHEDULER),
  /** The noise schedule by which an upscaler's small picture is noised. */
  LOW_RES_SCHEDULER("low_res_scheduler", Type.SCHEDULER);

  /** What the files of a component are called depends on the library that writes them. */
  private enum Type {
    DIFFUSERS_NETWORK,
    TEXT_ENCODER,
    TOKENIZER,
    SCHEDULER
  }

  private final String folder;
  private final Type type;

  Component(String folder, Type type) {
    this.folder = folder;
    this.type = type;
  }

  /**
   * Finds a component.
   *
   * @param folder the name of its folder
   * @return the component; empty if no component has this name
   */
  public static Optional<Component> of(String folder) {
    return Arrays.stream(values()).filter(one -> one.folder.equals(folder)).findFirst();
  }

  /**
   * The name of its folder, which is also its key in {@code model_index.json}.
   *
   * @return such as {@code unet}
   */
  public String folder() {
    return folder;
  }

  /**
   * Tells whether it is a text encoder. The transformers library writes those; diffusers writes the
   * other networks.
   *
   * @return whether it is
   */
  public boolean isTextEncoder() {
    return type == Type.TEXT_ENCODER;
  }

  /**
   * Tells whether it is a tokenizer.
   *
   * @return whether it is
   */
  public boolean isTokenizer() {
    return type == Type.TOKENIZER;
  }

  /**
   * The name of its config file.
   *
   * @return the file's path from the model's directory, with slashes, such as {@code
   *     unet/config.json}
   */
  public String config() {
    return folder + (type == Type.SCHEDULER ? "/scheduler_config.json" : "/config.json");
  }

  /**
   * The place of its config file.
   *
   * @param model the model's directory
   * @return the file, which need not exist
   */
  Path config(Path model) {
    return model.resolve(config());
  }

  /**
   * The name of its weights' files.
   *
   * @return the name without variant and ending, such as {@code diffusion_pytorch_model}
   */
  public String weightsStem() {
    return isTextEncoder() ? "model" : "diffusion_pytorch_model";
  }

  @Override
  public String toString() {
    return folder;
  }
}
