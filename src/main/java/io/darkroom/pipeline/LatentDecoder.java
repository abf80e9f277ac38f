package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.darkroom.image.RgbImage;
import io.darkroom.network.Autoencoder;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** From latents to pictures. */
final class LatentDecoder {
  private final LoadedModule decoder;
  private final Compute compute;
  private final Supplier<LoadedModule> inFloat32;

  /**
   * Joins the parts.
   *
   * @param decoder the decoder; still the caller's
   * @param compute what it computes in
   * @param inFloat32 loads it once more, in float32
   */
  LatentDecoder(LoadedModule decoder, Compute compute, Supplier<LoadedModule> inFloat32) {
    this.decoder = decoder;
    this.compute = compute;
    this.inFloat32 = inFloat32;
  }

  /** What the decoder computes in, where nothing overflows. */
  Precision precision() {
    return compute.precision();
  }

  /**
   * Decodes latents. What overflows in a half precision is decoded once more in float32.
   *
   * @param latents float32 [pictures, channels, height, width]
   * @param listener hears of it
   * @return a picture for each
   * @throws BrokenPictureException if a picture is not made of numbers
   */
  List<RgbImage> decode(NDArray latents, PipelineListener listener) {
    List<RgbImage> images = new ArrayList<>();
    // One by one: the decoder's memory, not its speed, is what limits a batch.
    for (int i = 0; i < latents.getShape().get(0); i++) {
      try (NDArray latent = latents.get(i + ":" + (i + 1))) {
        images.add(decodeOne(decoder, latent).orElseGet(() -> decodeInFloat32(latent, listener)));
      }
    }
    return images;
  }

  private RgbImage decodeInFloat32(NDArray latent, PipelineListener listener) {
    if (!compute.precision().equals(Precision.FLOAT32)) {
      listener.onWarning(
          "the decoder overflowed in " + compute.dtype() + "; decoding once more in fp32");
      try (LoadedModule precise = inFloat32.get()) {
        Optional<RgbImage> image = decodeOne(precise, latent);
        if (image.isPresent()) {
          return image.get();
        }
      }
    }
    throw new BrokenPictureException(
        "the picture came out as NaN (not a number); the model's weights are damaged, or the"
            + " precision is too low: try --dtype fp32");
  }

  private static Optional<RgbImage> decodeOne(LoadedModule decoder, NDArray latent) {
    List<NDArray> results = decoder.callForTensors(Autoencoder.DECODE_TO_BYTES, latent);
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
}
