package io.darkroom.network;

import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.List;
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
  private static final double EPSILON = 1e-6;

  private final AutoencoderConfig config;
  private final ResidualBlock residualBlock;

  /**
   * Creates the architecture.
   *
   * @param config its sizes
   */
  public Autoencoder(AutoencoderConfig config) {
    this.config = config;
    this.residualBlock = new ResidualBlock(config.normGroups(), EPSILON);
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
        decode(w, latents, features -> inStrips(features, strip)).to(Precision.Format.FLOAT32);
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

    writeSampling(w, script.method(SAMPLE_LATENTS), this::whole);
    writeSampling(
        w, script.method(SAMPLE_LATENTS_IN_STRIPS), features -> inStrips(features, strip));
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
    return decode(w, latents, this::whole);
  }

  private Tensor decode(Weights w, Tensor latents, Function<Tensor, FeatureMap> computing) {
    Weights decoder = w.at("decoder");
    int levels = config.blockChannels().size();
    FeatureMap x = computing.apply(deepest(w, latents));
    for (int level = 0; level < levels; level++) {
      Weights block = decoder.at("up_blocks").at(level);
      int channels = config.blockChannels().get(levels - 1 - level);
      x = residuals(block, x, config.layersPerBlock() + 1, channels);
      Weights larger = block.at("upsamplers.0.conv");
      if (level < levels - 2) {
        x = x.upsample(larger);
      } else if (level == levels - 2) {
        x = x.upsampleToFinest(larger);
      }
    }
    return x.head(decoder, IMAGE_CHANNELS);
  }

  private FeatureMap whole(Tensor features) {
    return new WholeFeatureMap(features, residualBlock);
  }

  private FeatureMap inStrips(Tensor features, int strip) {
    return new FeatureMapInStrips(features, List.of(), residualBlock, strip);
  }

  /** What happens in the latent's size, up to the middle block. */
  private Tensor deepest(Weights w, Tensor latents) {
    Tensor z = latents.channelsLast();
    if (config.postQuantizationConvolution()) {
      z = z.conv2d(w.at("post_quant_conv"), config.latentChannels(), 1);
    }
    Weights decoder = w.at("decoder");
    int channels = config.blockChannels().get(config.blockChannels().size() - 1);
    return middle(decoder.at("mid_block"), z.conv2d(decoder.at("conv_in"), channels, 3));
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
    return encode(w, image, this::whole);
  }

  private Posterior encode(Weights w, Tensor image, Function<Tensor, FeatureMap> computing) {
    Weights encoder = w.at("encoder");
    int finest = config.blockChannels().get(0);
    int levels = config.blockChannels().size();
    FeatureMap x = computing.apply(image.channelsLast().conv2d(encoder.at("conv_in"), finest, 3));
    for (int level = 0; level < levels; level++) {
      Weights block = encoder.at("down_blocks").at(level);
      x = residuals(block, x, config.layersPerBlock(), config.blockChannels().get(level));
      if (level < levels - 1) {
        x = x.downsample(block.at("downsamplers.0.conv"));
      }
    }
    int momentChannels = 2 * config.latentChannels();
    Tensor moments =
        whole(middle(encoder.at("mid_block"), x.tensor())).head(encoder, momentChannels);
    if (config.quantizationConvolution()) {
      moments = moments.conv2d(w.at("quant_conv"), momentChannels, 1);
    }
    List<Tensor> halves = moments.chunk(2, 1);
    return new Posterior(halves.get(0), halves.get(1).clamp(-30, 20));
  }

  private static FeatureMap residuals(Weights block, FeatureMap x, int count, int channels) {
    for (int i = 0; i < count; i++) {
      x = x.residual(block.at("resnets").at(i), channels);
    }
    return x;
  }

  private Tensor middle(Weights w, Tensor x) {
    x = residualBlock.apply(w.at("resnets.0"), x, x.channels());
    if (config.middleAttention()) {
      x = attention(w.at("attentions.0"), x);
    }
    return residualBlock.apply(w.at("resnets.1"), x, x.channels());
  }

  /** Self-attention over all pixels with one head, the residual inside. */
  private Tensor attention(Weights w, Tensor image) {
    int channels = image.channels();
    Tensor x = image.groupNorm(w.at("group_norm"), config.normGroups(), EPSILON).pixelsToSequence();
    Tensor queries = x.linear(w.at("to_q"), channels).splitHeads(1);
    Tensor keys = x.linear(w.at("to_k"), channels).splitHeads(1);
    Tensor values = x.linear(w.at("to_v"), channels).splitHeads(1);
    Tensor seen = queries.attention(keys, values).joinHeads().linear(w.at("to_out.0"), channels);
    return image.plus(seen.sequenceToPixels(image));
  }
}
