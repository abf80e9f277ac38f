package io.darkroom.network;

import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The KL-regularised autoencoder whose latent space the diffusion works in (Rombach et al., arXiv
 * 2112.10752, section 3.1); names and behaviour as in diffusers' {@code AutoencoderKL}.
 */
public final class Autoencoder implements Decoder {
  /**
   * {@code (latents [batch, C, h, w] float32) -> [image [batch, 3, H, W] float32 in -1..1]}, the
   * latents as the U-Net has them, that is, scaled.
   */
  public static final String DECODE = "decode";

  /**
   * {@code (latents [batch, C, h, w] float32) -> [bytes [batch, H, W, 3] uint8, finite bool]}: the
   * picture as it goes into a file, and whether every value of it was a number.
   */
  public static final String DECODE_TO_BYTES = "decode_to_bytes";

  /**
   * {@link #DECODE_TO_BYTES} in a fraction of its memory, and a little slower: the same picture but
   * for rounding.
   */
  public static final String DECODE_TO_BYTES_IN_STRIPS = "decode_to_bytes_in_strips";

  /**
   * {@code (image [batch, 3, H, W] float32) -> [mean, log variance]}, each {@code [batch, C, h, w]}
   * float32, not scaled.
   */
  public static final String ENCODE = "encode";

  /**
   * {@code (image [1, 3, H, W] float32 in -1..1, noise [batch, C, h, w] float32) -> [latents
   * [batch, C, h, w] float32, finite bool]}: for each unit noise a sample of the image's posterior,
   * as the U-Net has latents, that is, scaled; and whether every value of them is a number.
   */
  public static final String SAMPLE_LATENTS = "sample_latents";

  /** {@link #SAMPLE_LATENTS} in a fraction of its memory: the same but for rounding. */
  public static final String SAMPLE_LATENTS_IN_STRIPS = "sample_latents_in_strips";

  private static final int IMAGE_CHANNELS = 3;

  private final AutoencoderConfig config;
  private final AutoencoderLayers layers;

  /**
   * Creates the architecture.
   *
   * @param config its sizes
   */
  public Autoencoder(AutoencoderConfig config) {
    this.config = config;
    this.layers =
        new AutoencoderLayers(
            config.blockChannels(),
            config.layersPerBlock(),
            config.normGroups(),
            config.middleAttention(),
            Set.of(),
            Set.of());
  }

  /**
   * Writes the methods {@link #DECODE}, {@link #DECODE_TO_BYTES} and {@link
   * #DECODE_TO_BYTES_IN_STRIPS}.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  @Override
  public void writeDecoderTo(Weights w, Script script) {
    writeDecoderTo(w, script, FeatureMapInStrips.STRIP);
  }

  /**
   * The same with strips of a certain size.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   * @param strip the elements of a strip
   */
  void writeDecoderTo(Weights w, Script script, int strip) {
    Method decode = script.method(DECODE);
    decode.returns(decode(w, decode.tensor("latents", config.latentChannels())));

    Method bytes = script.method(DECODE_TO_BYTES);
    Tensor image = decode(w, bytes.tensor("latents", config.latentChannels()));
    bytes.returns(List.of(image.toBytes(), image.isFinite()));

    Method strips = script.method(DECODE_TO_BYTES_IN_STRIPS);
    Tensor latents = unscaled(strips.tensor("latents", config.latentChannels()));
    Tensor joined =
        decode(w, latents, features -> layers.inStrips(features, strip))
            .to(Precision.Format.FLOAT32);
    strips.returns(List.of(joined.toBytes(), joined.isFinite()));
    FeatureMapInStrips.writeLayersTo(script);
  }

  /**
   * Writes the methods {@link #ENCODE}, {@link #SAMPLE_LATENTS} and {@link
   * #SAMPLE_LATENTS_IN_STRIPS}.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  public void writeEncoderTo(Weights w, Script script) {
    writeEncoderTo(w, script, FeatureMapInStrips.STRIP);
  }

  /**
   * The same with strips of a certain size.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   * @param strip the elements of a strip
   */
  void writeEncoderTo(Weights w, Script script, int strip) {
    Method encode = script.method(ENCODE);
    Posterior posterior = encode(w, encode.tensor("image", IMAGE_CHANNELS).toCompute());
    encode.returns(
        List.of(
            posterior.mean().to(Precision.Format.FLOAT32),
            posterior.logVariance().to(Precision.Format.FLOAT32)));

    writeSampling(w, script.method(SAMPLE_LATENTS), layers::whole);
    writeSampling(
        w, script.method(SAMPLE_LATENTS_IN_STRIPS), features -> layers.inStrips(features, strip));
    FeatureMapInStrips.writeLayersTo(script);
  }

  private void writeSampling(Weights w, Method sample, Function<Tensor, FeatureMap> computing) {
    Tensor image = sample.tensor("image", IMAGE_CHANNELS).toCompute();
    Tensor noise = sample.tensor("noise", config.latentChannels());
    Posterior posterior = encode(w, image, computing);
    Tensor deviation = posterior.logVariance().to(Precision.Format.FLOAT32).times(0.5).exp();
    Tensor latents = posterior.mean().to(Precision.Format.FLOAT32).plus(deviation.times(noise));
    if (config.shiftFactor() != 0) {
      latents = latents.plus(-config.shiftFactor());
    }
    Tensor scaled = latents.times(config.scalingFactor());
    sample.returns(List.of(scaled, scaled.isFinite()));
  }

  /** Those of the encoder. */
  @Override
  public void claimOthers(Weights w) {
    writeEncoderTo(w, new Script(Precision.FLOAT32));
  }

  /** What follows the encoder stays in some files that have lost it. */
  @Override
  public boolean isLeftover(String name) {
    return name.startsWith("quant_conv.");
  }

  private Tensor decode(Weights w, Tensor scaled) {
    return decodeLatents(w, unscaled(scaled)).to(Precision.Format.FLOAT32);
  }

  private Tensor unscaled(Tensor scaled) {
    if (config.latentsMean().isEmpty()) {
      return scaled.times(1 / config.scalingFactor()).plus(config.shiftFactor()).toCompute();
    }
    Tensor[] channels = scaled.chunk(config.latentChannels(), 1).toArray(Tensor[]::new);
    for (int i = 0; i < channels.length; i++) {
      channels[i] =
          channels[i]
              .times(config.latentsDeviation().get(i) / config.scalingFactor())
              .plus(config.latentsMean().get(i) + config.shiftFactor());
    }
    return Tensor.concatenate(1, channels).toCompute();
  }

  /**
   * Writes the decoder.
   *
   * @param w the checkpoint's root
   * @param latents {@code [batch, C, h, w]}, not scaled
   * @return the image, {@code [batch, 3, H, W]}, -1 to 1
   */
  public Tensor decodeLatents(Weights w, Tensor latents) {
    return decode(w, latents, layers::whole);
  }

  private Tensor decode(Weights w, Tensor latents, Function<Tensor, FeatureMap> computing) {
    Tensor z = latents.channelsLast();
    if (config.postQuantizationConvolution()) {
      z = z.conv2d(w.at("post_quant_conv"), config.latentChannels(), 1);
    }
    return layers.decode(w.at("decoder"), z, computing);
  }

  /**
   * A Gaussian over latents.
   *
   * @param mean {@code [batch, C, h, w]}
   * @param logVariance the same shape
   */
  public record Posterior(Tensor mean, Tensor logVariance) {}

  /**
   * Writes the encoder.
   *
   * @param w the checkpoint's root
   * @param image {@code [batch, 3, H, W]}, -1 to 1
   * @return the posterior over latents, not scaled
   */
  public Posterior encode(Weights w, Tensor image) {
    return encode(w, image, layers::whole);
  }

  private Posterior encode(Weights w, Tensor image, Function<Tensor, FeatureMap> computing) {
    int momentChannels = 2 * config.latentChannels();
    Tensor moments = layers.encode(w.at("encoder"), image, momentChannels, computing);
    if (config.quantizationConvolution()) {
      moments = moments.conv2d(w.at("quant_conv"), momentChannels, 1);
    }
    List<Tensor> halves = moments.chunk(2, 1);
    return new Posterior(halves.get(0), halves.get(1).clamp(-30, 20));
  }
}
