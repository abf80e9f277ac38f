package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.image.RgbImage;
import io.darkroom.network.Autoencoder;
import io.darkroom.network.DecoderConfig;
import io.darkroom.runtime.AutoencoderMemory;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.torchscript.ConvolutionPadding;
import io.darkroom.torchscript.LoadedModule;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.IntPredicate;

/**
 * From pictures to latents. The encoder is loaded for each use: most runs need none, and none needs
 * it for long.
 */
final class LatentEncoder {
  private final Function<ConvolutionPadding, LoadedModule> encoder;
  private final Compute compute;
  private final DecoderConfig config;
  private final MemoryGauge gauge;
  private final double scale;

  /**
   * Joins the parts.
   *
   * @param encoder loads it, for what its convolutions are to see beyond the borders
   * @param compute what it computes in
   * @param config the autoencoder's sizes
   * @param scale what latents are multiplied by behind it
   * @param gauge tells how much memory there is
   */
  LatentEncoder(
      Function<ConvolutionPadding, LoadedModule> encoder,
      Compute compute,
      DecoderConfig config,
      double scale,
      MemoryGauge gauge) {
    this.encoder = encoder;
    this.compute = compute;
    this.config = config;
    this.scale = scale;
    this.gauge = gauge;
  }

  /** The encoder, loaded for a while. For one thread. */
  final class Session implements AutoCloseable {
    private final ConvolutionPadding padding;
    private final LoadedModule module;
    private final PipelineListener listener;

    private Session(ConvolutionPadding padding, PipelineListener listener) {
      this.padding = padding;
      this.module = encoder.apply(padding);
      this.listener = listener;
    }

    /**
     * Samples the posterior of a picture.
     *
     * @param image values -1 to 1, float32 {@code [1, 3, height, width]}
     * @param noise unit noise, float32 {@code [batch, C, h, w]}
     * @return scaled latents of the noise's shape, in its manager
     * @throws BrokenPictureException if they are no numbers
     */
    NDArray sample(NDArray image, NDArray noise) {
      List<NDArray> results = module.callForTensors(method(image), image, noise);
      NDArray latents = results.get(0);
      latents.attach(noise.getManager());
      try (NDArray finite = results.get(1)) {
        if (!finite.getBoolean()) {
          throw new BrokenPictureException(
              "the source picture became NaN (not a number) in the encoder; try --dtype fp32");
        }
      }
      return latents;
    }

    /**
     * The mode of a picture's posterior.
     *
     * @param image values -1 to 1, float32 {@code [1, 3, height, width]}
     * @param shape {@code [batch, C, h, w]}
     * @return latents of that shape, each picture's the same, not scaled, in the image's manager
     * @throws BrokenPictureException if they are no numbers
     */
    NDArray mode(NDArray image, Shape shape) {
      try (NDArray zeros = image.getManager().zeros(shape);
          NDArray scaled = sample(image, zeros)) {
        return scaled.div((float) scale);
      }
    }

    private String method(NDArray image) {
      if (padding != ConvolutionPadding.ZEROS) {
        return Autoencoder.SAMPLE_LATENTS;
      }
      Shape shape = image.getShape();
      AutoencoderMemory memory = new AutoencoderMemory(config, compute.precision().compute());
      long whole = memory.encodingWhole((int) shape.get(3), (int) shape.get(2));
      OptionalLong free = gauge.freeFor(compute.device(), whole);
      if (free.isEmpty() || free.getAsLong() >= whole) {
        return Autoencoder.SAMPLE_LATENTS;
      }
      listener.onDetail(
          "encoding %dx%d in strips: in one piece it would need %s, but only %s are free"
              .formatted(
                  shape.get(3),
                  shape.get(2),
                  MemoryPlan.gibibytes(whole),
                  MemoryPlan.gibibytes(free.getAsLong())));
      return Autoencoder.SAMPLE_LATENTS_IN_STRIPS;
    }

    @Override
    public void close() {
      module.close();
    }
  }

  /**
   * Loads the encoder.
   *
   * @param padding what its convolutions see beyond the borders
   * @param listener hears of pictures that are encoded in strips
   * @return the encoder, which the caller closes
   */
  Session open(ConvolutionPadding padding, PipelineListener listener) {
    return new Session(padding, listener);
  }

  /**
   * A picture as the encoder takes it: {@code 2 (x / 255) - 1}.
   *
   * @param picture any picture
   * @param manager owns the result
   * @return float32 {@code [1, 3, height, width]}
   */
  static NDArray input(RgbImage picture, NDManager manager) {
    return input(picture, place -> false, manager);
  }

  /**
   * The same with a part of it grey, which is 0.
   *
   * @param picture any picture
   * @param isHidden tells of each pixel, counted row by row, whether it is grey
   * @param manager owns the result
   * @return float32 {@code [1, 3, height, width]}
   */
  static NDArray input(RgbImage picture, IntPredicate isHidden, NDManager manager) {
    int pixels = picture.width() * picture.height();
    float[] values = new float[3 * pixels];
    for (int place = 0; place < pixels; place++) {
      if (!isHidden.test(place)) {
        for (int channel = 0; channel < 3; channel++) {
          float share = (picture.rgb()[3 * place + channel] & 0xFF) / 255f;
          values[channel * pixels + place] = 2 * share - 1;
        }
      }
    }
    return manager.create(values, new Shape(1, 3, picture.height(), picture.width()));
  }
}
