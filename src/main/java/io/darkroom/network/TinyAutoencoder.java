package io.darkroom.network;

import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Size;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.List;

/**
 * The decoder of a tiny autoencoder: a small network that was taught to decode as a family's own
 * autoencoder does, in a fraction of the time and with less detail. Names and behaviour as in
 * diffusers' {@code AutoencoderTiny} ({@code autoencoder_tiny.py}; {@code DecoderTiny} in {@code
 * vae.py}), which has it from Ollin Boer Bohan's <a
 * href="https://github.com/madebyollin/taesd">TAESD</a>.
 *
 * <p>Its layers are a sequence and numbered through, those without weights too. It takes latents as
 * the U-Net has them.
 */
public final class TinyAutoencoder implements Decoder {
  /**
   * {@code (latents [batch, C, h, w] float32, height, width) -> bytes [batch, factor height, factor
   * width, 3] uint8}: a smaller picture, of latents that are averaged to {@code height} by {@code
   * width} first.
   */
  public static final String DECODE_SMALLER = "decode_smaller";

  private static final int IMAGE_CHANNELS = 3;

  /** Beyond thrice the usual deviation a latent counts less and less. */
  private static final double CLAMP = 3;

  /** Of a block. */
  private static final int CONVOLUTIONS = 3;

  private final TinyAutoencoderConfig config;

  /**
   * Creates the architecture.
   *
   * @param config its sizes
   */
  public TinyAutoencoder(TinyAutoencoderConfig config) {
    this.config = config;
  }

  /**
   * Writes the methods {@link Autoencoder#DECODE} and {@link Autoencoder#DECODE_TO_BYTES}.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  @Override
  public void writeDecoderTo(Weights w, Script script) {
    Method decode = script.method(Autoencoder.DECODE);
    decode.returns(decode(w, decode.tensor("latents", config.latentChannels())));

    Method bytes = script.method(Autoencoder.DECODE_TO_BYTES);
    Tensor image = decode(w, bytes.tensor("latents", config.latentChannels()));
    bytes.returns(List.of(image.toBytes(), image.isFinite()));
  }

  @Override
  public void claimOthers(Weights w) {}

  /** Those of the encoder, which many files lack. */
  @Override
  public boolean isLeftover(String name) {
    return name.startsWith("encoder.");
  }

  /**
   * Writes the method {@link #DECODE_SMALLER}.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  public void writePreviewTo(Weights w, Script script) {
    Method preview = script.method(DECODE_SMALLER);
    Tensor latents = preview.tensor("latents", config.latentChannels());
    Size height = preview.integer("height");
    Size width = preview.integer("width");
    preview.returns(decode(w, latents.averagedTo(height, width)).toBytes());
  }

  /** {@code [batch, C, h, w]} as the U-Net has them to {@code [batch, 3, H, W]}, -1 to 1. */
  private Tensor decode(Weights w, Tensor scaled) {
    Tensor latents = scaled.times(1 / config.scalingFactor()).plus(config.shiftFactor());
    Tensor x = latents.times(1 / CLAMP).tanh().times(CLAMP).toCompute().channelsLast();
    Weights layers = w.at("decoder.layers");
    x = x.conv2d(layers.at(0), config.channels(), 3).relu();
    int layer = 2; // the activation is number 1
    int levels = config.blocks().size();
    for (int level = 0; level < levels; level++) {
      for (int i = 0; i < config.blocks().get(level); i++) {
        x = block(layers.at(layer++), x);
      }
      if (level < levels - 1) {
        // The enlargement has a number, too.
        x = x.upsampleTwice().conv2dWithoutBias(layers.at(layer + 1), config.channels(), 3);
        layer += 2;
      }
    }
    Tensor unit = x.conv2d(layers.at(layer), IMAGE_CHANNELS, 3).to(Precision.Format.FLOAT32);
    return unit.times(2).plus(-1);
  }

  /** Convolutions with an activation behind each; the last one is that of the sum. */
  private Tensor block(Weights w, Tensor input) {
    Tensor x = input;
    for (int i = 0; i < CONVOLUTIONS; i++) {
      x = (i == 0 ? x : x.relu()).conv2d(w.at("conv").at(2 * i), config.channels(), 3);
    }
    return x.plus(input).relu();
  }
}
