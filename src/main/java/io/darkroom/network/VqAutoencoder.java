package io.darkroom.network;

import io.darkroom.torchscript.Cost;
import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Operand;
import io.darkroom.torchscript.Operator;
import io.darkroom.torchscript.OperatorCall;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Value;
import io.darkroom.torchscript.Value.Shaped;
import io.darkroom.torchscript.Weights;
import java.util.List;
import java.util.function.Function;

/**
 * The autoencoder whose latents become codes of a table before they are decoded (Rombach et al.,
 * arXiv 2112.10752, section 3.1, VQ-reg.; van den Oord et al., arXiv 1711.00937, equation 1): the
 * codes count as a part of the decoder, so that the U-Net works on latents that are not codes yet.
 * Names and behaviour as in diffusers' {@code VQModel}.
 */
public final class VqAutoencoder implements Decoder {
  /**
   * {@code (image [batch, 3, H, W] float32 in -1..1) -> latents [batch, C, h, w] float32}, not yet
   * codes.
   */
  public static final String ENCODE = "encode";

  /**
   * {@code (latents [batch, C, h, w] float32) -> [indices [batch, h, w] int64, codes [batch, C, h,
   * w] float32]}: the nearest code of each place.
   */
  public static final String QUANTISE = "quantise";

  private static final int IMAGE_CHANNELS = 3;

  private final VqAutoencoderConfig config;
  private final AutoencoderLayers layers;

  /**
   * Creates the architecture.
   *
   * @param config its sizes
   */
  public VqAutoencoder(VqAutoencoderConfig config) {
    this.config = config;
    this.layers =
        new AutoencoderLayers(
            config.blockChannels(),
            config.layersPerBlock(),
            config.normGroups(),
            config.middleAttention(),
            config.attentiveDown(),
            config.attentiveUp());
  }

  /**
   * Writes the methods {@link Autoencoder#DECODE}, {@link Autoencoder#DECODE_TO_BYTES} and {@link
   * Autoencoder#DECODE_TO_BYTES_IN_STRIPS}, which look codes up first, and {@link #QUANTISE}.
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
    Codebook.writeTo(script);
    Method quantise = script.method(QUANTISE);
    Codebook book = new Codebook(quantise, w, config);
    Tensor indices = book.nearest(latents(quantise));
    quantise.returns(List.of(indices, book.codes(indices)));

    Method decode = script.method(Autoencoder.DECODE);
    decode.returns(decode(w, latents(decode), layers::whole));

    writeBytes(w, script.method(Autoencoder.DECODE_TO_BYTES), layers::whole);
    writeBytes(
        w,
        script.method(Autoencoder.DECODE_TO_BYTES_IN_STRIPS),
        features -> layers.inStrips(features, strip));
    FeatureMapInStrips.writeLayersTo(script);
  }

  /** What is no number has a nearest code all the same. */
  private void writeBytes(Weights w, Method method, Function<Tensor, FeatureMap> computing) {
    Tensor latents = latents(method);
    Tensor image = decode(w, latents, computing);
    method.returns(List.of(image.toBytes(), image.isFinite().times(latents.isFinite())));
  }

  private Tensor latents(Method method) {
    return method.tensor("latents", config.latentChannels());
  }

  private Tensor decode(Weights w, Tensor latents, Function<Tensor, FeatureMap> computing) {
    Codebook book = new Codebook(latents.method(), w, config);
    Tensor z = book.codes(book.nearest(latents)).toCompute().channelsLast();
    z = z.conv2d(w.at("post_quant_conv"), config.innerChannels(), 1);
    return layers.decode(w.at("decoder"), z, computing).to(Precision.Format.FLOAT32);
  }

  /**
   * Writes the method {@link #ENCODE}.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  public void writeEncoderTo(Weights w, Script script) {
    Method encode = script.method(ENCODE);
    Tensor image = encode.tensor("image", IMAGE_CHANNELS).toCompute();
    Tensor latents =
        layers
            .encode(w.at("encoder"), image, config.innerChannels(), layers::whole)
            .conv2d(w.at("quant_conv"), config.latentChannels(), 1);
    encode.returns(latents.to(Precision.Format.FLOAT32));
  }

  /** Those of the encoder. */
  @Override
  public void claimOthers(Weights w) {
    writeEncoderTo(w, new Script(Precision.FLOAT32));
  }

  @Override
  public boolean isLeftover(String name) {
    return name.startsWith("quant_conv.");
  }

  /**
   * The table of codes, in a method. Distances are taken in float32 whatever the arithmetic: of two
   * codes that are nearly as near, another one would be seen.
   *
   * @param table {@code [codes, C]} float32
   */
  private record Codebook(Tensor table) {
    /** Elements of the table of distances that is computed at a time, 64 MiB. */
    private static final int DISTANCES = 1 << 24;

    /** {@code |x - c|^2} but for {@code |x|^2}, which is the same for all codes. */
    private static final String SOURCE =
        """
          def nearest_codes(self: __torch__.M, x: Tensor, codes: Tensor, most: int) -> Tensor:
            places = torch.reshape(torch.permute(x, [0, 2, 3, 1]), [-1, torch.size(x, 1)])
            lengths = torch.sum(torch.square(codes), [1])
            rows = max(1, most // torch.size(codes, 0))
            count = (torch.size(places, 0) + rows - 1) // rows
            parts = annotate(List[Tensor], [])
            for i in range(count):
              first = i * rows
              part = torch.slice(places, 0, first, min(torch.size(places, 0), first + rows))
              products = torch.matmul(part, torch.t(codes))
              distances = torch.sub(lengths, torch.mul(products, 2.))
              _0 = torch.append(parts, torch.argmin(distances, 1))
            return torch.reshape(torch.cat(parts),
                [torch.size(x, 0), torch.size(x, 2), torch.size(x, 3)])
          def codes_of(self: __torch__.M, indices: Tensor, codes: Tensor) -> Tensor:
            return torch.contiguous(torch.permute(torch.embedding(codes, indices), [0, 3, 1, 2]))
        """;

    Codebook(Method method, Weights w, VqAutoencoderConfig config) {
      this(
          method
              .weight(w.at("quantize.embedding.weight"), config.codes(), config.latentChannels())
              .to(Precision.Format.FLOAT32));
    }

    /** Once a script. */
    static void writeTo(Script script) {
      script.raw(SOURCE);
    }

    Tensor nearest(Tensor latents) {
      return table.method().call(1, Look.UP, latents, table, Operand.of(DISTANCES));
    }

    Tensor codes(Tensor indices) {
      return table.method().call(table.channels(), Look.TAKE, indices, table);
    }
  }

  /** What is written in TorchScript itself. */
  private enum Look implements Operator {
    UP("nearest_codes"),
    TAKE("codes_of");

    private final String method;

    Look(String method) {
      this.method = method;
    }

    @Override
    public String function() {
      return Operator.ofModule(method);
    }

    @Override
    public Value count(OperatorCall call) {
      Shaped in = call.tensor(0);
      Shaped codes = call.tensor(1);
      if (this == TAKE) {
        Shaped out =
            Shaped.of(codes.elementBytes(), in.size(0), codes.size(1), in.size(1), in.size(2));
        call.note(new Cost(Kind.OTHER, 0, 2 * out.bytes()));
        return out;
      }
      long places = in.size(0) * in.size(2) * in.size(3);
      call.note(new Cost(Kind.MATRIX_PRODUCT, 2 * places * codes.elements(), in.bytes()));
      return Shaped.of(Long.BYTES, in.size(0), in.size(2), in.size(3));
    }
  }
}
