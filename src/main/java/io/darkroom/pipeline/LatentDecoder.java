package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.darkroom.image.RgbImage;
import io.darkroom.network.Autoencoder;
import io.darkroom.network.DecoderConfig;
import io.darkroom.runtime.AutoencoderMemory;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.runtime.OffloadableNetwork;
import io.darkroom.torchscript.ConvolutionPadding;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;

/**
 * From latents to pictures. Where the memory would not hold the whole images of the decoder's
 * layers, these are computed in strips, which gives the same picture but for rounding.
 */
final class LatentDecoder {
  private final OffloadableNetwork decoder;
  private final Compute compute;
  private final BiFunction<Precision, ConvolutionPadding, LoadedModule> other;
  private final DecoderConfig config;
  private final MemoryGauge gauge;

  /**
   * Joins the parts.
   *
   * @param decoder the decoder; still the caller's
   * @param compute what it computes in
   * @param other loads it once more, in another precision, or to see something else beyond the
   *     borders
   * @param config its sizes
   * @param gauge tells how much memory there is
   */
  LatentDecoder(
      OffloadableNetwork decoder,
      Compute compute,
      BiFunction<Precision, ConvolutionPadding, LoadedModule> other,
      DecoderConfig config,
      MemoryGauge gauge) {
    this.decoder = decoder;
    this.compute = compute;
    this.other = other;
    this.config = config;
    this.gauge = gauge;
  }

  /** What the decoder computes in, where nothing overflows. */
  Precision precision() {
    return compute.precision();
  }

  /**
   * Decodes latents. What overflows in a half precision is decoded once more in float32.
   *
   * @param latents float32 [pictures, channels, height, width]
   * @param padding what the convolutions see beyond the borders
   * @param listener hears of it, and of pictures that are decoded in strips
   * @return a picture for each
   * @throws BrokenPictureException if a picture is not made of numbers
   */
  List<RgbImage> decode(NDArray latents, ConvolutionPadding padding, PipelineListener listener) {
    List<Optional<RgbImage>> decoded = decodeAll(latents, padding, listener);
    List<RgbImage> images = new ArrayList<>();
    for (int i = 0; i < decoded.size(); i++) {
      try (NDArray latent = picture(latents, i)) {
        images.add(decoded.get(i).orElseGet(() -> decodeInFloat32(latent, padding, listener)));
      }
    }
    return images;
  }

  private List<Optional<RgbImage>> decodeAll(
      NDArray latents, ConvolutionPadding padding, PipelineListener listener) {
    if (padding == ConvolutionPadding.ZEROS) {
      return decoder.use(module -> decodeAll(module, latents, padding, listener));
    }
    try (LoadedModule module = other.apply(compute.precision(), padding)) {
      return decodeAll(module, latents, padding, listener);
    }
  }

  /** One by one: the decoder's memory, not its speed, is what limits a batch. */
  private List<Optional<RgbImage>> decodeAll(
      LoadedModule module, NDArray latents, ConvolutionPadding padding, PipelineListener listener) {
    List<Optional<RgbImage>> decoded = new ArrayList<>();
    for (int i = 0; i < latents.getShape().get(0); i++) {
      try (NDArray latent = picture(latents, i)) {
        decoded.add(decodeOne(module, latent, compute.precision(), padding, listener));
      }
    }
    return decoded;
  }

  private static NDArray picture(NDArray latents, int index) {
    return latents.get(index + ":" + (index + 1));
  }

  private RgbImage decodeInFloat32(
      NDArray latent, ConvolutionPadding padding, PipelineListener listener) {
    if (!compute.precision().equals(Precision.FLOAT32)) {
      listener.onWarning(
          "the decoder overflowed in " + compute.dtype() + "; decoding again in fp32");
      try (LoadedModule precise = other.apply(Precision.FLOAT32, padding)) {
        Optional<RgbImage> image = decodeOne(precise, latent, Precision.FLOAT32, padding, listener);
        if (image.isPresent()) {
          return image.get();
        }
      }
    }
    throw new BrokenPictureException(
        "the picture came out as NaN (not a number); the model's weights are damaged, or the"
            + " precision is too low: try --dtype fp32");
  }

  private Optional<RgbImage> decodeOne(
      LoadedModule module,
      NDArray latent,
      Precision precision,
      ConvolutionPadding padding,
      PipelineListener listener) {
    String method =
        padding == ConvolutionPadding.ZEROS
            ? method(latent.getShape(), precision, listener)
            : Autoencoder.DECODE_TO_BYTES;
    List<NDArray> results = module.callForTensors(method, latent);
    try (NDArray pixels = results.get(0);
        NDArray finite = results.get(1)) {
      if (!finite.getBoolean()) {
        return Optional.empty();
      }
      Shape shape = pixels.getShape();
      byte[] rgb = pixels.toByteArray();
      return Optional.of(new RgbImage((int) shape.get(2), (int) shape.get(1), rgb));
    }
  }

  private String method(Shape latent, Precision precision, PipelineListener listener) {
    AutoencoderMemory memory = new AutoencoderMemory(config, precision.compute());
    int height = (int) latent.get(2) * config.vaeScaleFactor();
    int width = (int) latent.get(3) * config.vaeScaleFactor();
    long whole = memory.whole(width, height);
    OptionalLong free =
        memory.knowsStrips() ? gauge.freeFor(compute.device(), whole) : OptionalLong.empty();
    if (free.isEmpty() || free.getAsLong() >= whole) {
      return Autoencoder.DECODE_TO_BYTES;
    }
    listener.onDetail(
        "decoding %dx%d in strips: in one piece it would need %s, but only %s are free"
            .formatted(
                width,
                height,
                MemoryPlan.gibibytes(whole),
                MemoryPlan.gibibytes(free.getAsLong())));
    return Autoencoder.DECODE_TO_BYTES_IN_STRIPS;
  }
}
