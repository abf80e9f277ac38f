package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.image.GreyImage;
import io.darkroom.image.RgbImage;
import io.darkroom.request.Start;
import io.darkroom.sampling.KnownRegion;
import io.darkroom.sampling.Noised;
import io.darkroom.sampling.Sampler;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Where a run of the sampler begins.
 *
 * @param latents float32 [batch, channels, height / factor, width / factor]
 * @param evaluation the first evaluation that is made
 * @param hooks what changes the latents after each step, in order
 * @param extraChannels what the U-Net sees beside the latents: mask and masked latents, float32
 *     [batch, 5, height / factor, width / factor]
 */
record StartingPoint(
    NDArray latents, int evaluation, List<StepHook> hooks, Optional<NDArray> extraChannels) {
  /**
   * Puts a known region back after each step: inpainting with a U-Net that sees no mask.
   *
   * @param region the region
   * @param edge what the mask's greys mean: a hard mask has the noise level after the step put
   *     back, a soft one that before it, and at the end the clean latents
   */
  record Known(KnownRegion region, Start.MaskEdge edge) implements StepHook {
    @Override
    public NDArray after(NDArray latents, Sampler sampler, int evaluation) {
      if (edge == Start.MaskEdge.HARD) {
        return region.restore(latents, sampler.noised(evaluation + 1));
      }
      NDArray restored = region.restore(latents, sampler.noised(evaluation));
      return evaluation + 1 == sampler.evaluations()
          ? region.restore(restored, Noised.CLEAN)
          : restored;
    }
  }

  /**
   * Draws and mixes what a run begins with. The order of the draws is that of diffusers' pipelines:
   * the posterior of the picture, the noise, the posterior of the masked picture. In a pass that
   * goes on with enlarged latents these stand for the picture's; a mask still leaves the original
   * as it is.
   */
  static final class Builder {
    private final DenoisingPass pass;
    private final Optional<PassResult> before;
    private final Optional<NDArray> enlarged;
    private final SeededNoise noise;
    private final LatentEncoder encoder;
    private final int unetExtraChannels;
    private final PipelineListener listener;
    private final NDManager scratch;

    /**
     * Prepares.
     *
     * @param pass the pass
     * @param before what the pass before left, in this one's size; latents that are enlarged stay
     *     the caller's
     * @param noise draws for all pictures
     * @param encoder makes latents of pictures
     * @param unetExtraChannels how many the U-Net sees beside the latents
     * @param listener hears of what takes time or memory
     * @param scratch owns the result
     */
    Builder(
        DenoisingPass pass,
        Optional<PassResult> before,
        SeededNoise noise,
        LatentEncoder encoder,
        int unetExtraChannels,
        PipelineListener listener,
        NDManager scratch) {
      this.pass = pass;
      this.before = before;
      this.enlarged =
          pass.beginning() == DenoisingPass.Beginning.ENLARGED
              ? before.map(PassResult::latents)
              : Optional.empty();
      this.noise = noise;
      this.encoder = encoder;
      this.unetExtraChannels = unetExtraChannels;
      this.listener = listener;
      this.scratch = scratch;
    }

    /** Draws and mixes. */
    StartingPoint build() {
      if (pass.beginning() == DenoisingPass.Beginning.HANDED_OVER) {
        PassResult result = before.orElseThrow();
        return new StartingPoint(result.latents(), pass.first(), result.hooks(), Optional.empty());
      }
      Start start = pass.start();
      if (start instanceof Start.Inpaint inpaint) {
        return fromMaskedPicture(inpaint);
      }
      if (start instanceof Start.Image image && unetExtraChannels > 0) {
        return fromInstructedPicture(image);
      }
      if (enlarged.isPresent()) {
        return fromLatents(enlarged.get());
      }
      if (start instanceof Start.Image image) {
        return fromPicture(image);
      }
      return new StartingPoint(pureNoise(drawn()), 0, List.of(), Optional.empty());
    }

    private StartingPoint fromPicture(Start.Image image) {
      try (LatentEncoder.Session session = encoder.open(pass.padding(), listener);
          NDArray input = LatentEncoder.input(image.fitted(width(), height()), scratch);
          NDArray clean = session.sample(input, noise.next())) {
        return fromLatents(clean);
      }
    }

    private StartingPoint fromLatents(NDArray clean) {
      return new StartingPoint(noised(clean), pass.first(), List.of(), Optional.empty());
    }

    private NDArray noised(NDArray clean) {
      try (NDArray drawn = drawn()) {
        return mixed(clean, drawn, pass.sampler().noised(pass.first()));
      }
    }

    /** Variations differ in what the first pass begins with. */
    private NDArray drawn() {
      return pass.beginning() == DenoisingPass.Beginning.START ? noise.beginning() : noise.next();
    }

    /** The U-Net sees the picture's latents: the posterior's mode, which nothing scales. */
    private StartingPoint fromInstructedPicture(Start.Image image) {
      try (LatentEncoder.Session session = encoder.open(pass.padding(), listener);
          NDArray input = LatentEncoder.input(image.fitted(width(), height()), scratch)) {
        Optional<NDArray> seen = Optional.of(session.mode(input, noise.shape()));
        if (enlarged.isPresent()) {
          return new StartingPoint(noised(enlarged.get()), pass.first(), List.of(), seen);
        }
        if (image.strength() == 1) {
          return new StartingPoint(pureNoise(drawn()), pass.first(), List.of(), seen);
        }
        try (NDArray clean = session.sample(input, noise.next())) {
          return new StartingPoint(noised(clean), pass.first(), List.of(), seen);
        }
      }
    }

    private StartingPoint fromMaskedPicture(Start.Inpaint inpaint) {
      int first = pass.first();
      boolean isPure = inpaint.image().strength() == 1 && enlarged.isEmpty();
      boolean seesMask = unetExtraChannels > 0;
      RgbImage picture = inpaint.fittedPicture(width(), height());
      GreyImage mask = inpaint.fittedMask(width(), height());
      try (LatentEncoder.Session session = encoder.open(pass.padding(), listener)) {
        Optional<NDArray> clean =
            seesMask && (isPure || enlarged.isPresent())
                ? Optional.empty()
                : Optional.of(encoded(session, LatentEncoder.input(picture, scratch)));
        NDArray drawn = drawn();
        // The older pipeline knows no masked picture.
        Optional<NDArray> masked =
            inpaint.edge() == Start.MaskEdge.SOFT && !seesMask
                ? Optional.empty()
                : Optional.of(
                    encoded(session, LatentEncoder.input(picture, isWhite(mask), scratch)));
        Noised level = pass.sampler().noised(first);
        NDArray latents =
            isPure ? pureNoise(drawn) : mixed(enlarged.or(() -> clean).orElseThrow(), drawn, level);
        if (seesMask) {
          NDArray extra = extraChannels(mask, masked.orElseThrow());
          return new StartingPoint(latents, first, List.of(), Optional.of(extra));
        }
        NDArray shares = latentMask(mask, inpaint.edge());
        KnownRegion region = new KnownRegion(shares, clean.orElseThrow(), drawn);
        return new StartingPoint(
            latents, first, List.of(new Known(region, inpaint.edge())), Optional.empty());
      }
    }

    private int width() {
      return pass.settings().width();
    }

    private int height() {
      return pass.settings().height();
    }

    private NDArray encoded(LatentEncoder.Session session, NDArray input) {
      try (input) {
        return session.sample(input, noise.next());
      }
    }

    private NDArray pureNoise(NDArray unit) {
      // Not in place: what a module returned must not be changed.
      return pass.sampler().initialNoiseSigma() == 1
          ? unit
          : unit.mul((float) pass.sampler().initialNoiseSigma());
    }

    private static NDArray mixed(NDArray clean, NDArray drawn, Noised level) {
      try (NDArray image = clean.mul((float) level.image());
          NDArray scaled = drawn.mul((float) level.noise())) {
        return image.add(scaled);
      }
    }

    private static IntPredicate isWhite(GreyImage mask) {
      return place -> (mask.values()[place] & 0xFF) >= GreyImage.HALF;
    }

    /**
     * The mask in the latents' size. A hard one takes the first pixel of each block, as PyTorch's
     * {@code interpolate} does; a soft one the middle one, as Pillow's {@code NEAREST} does.
     *
     * @return float32 [1, 1, height / factor, width / factor], 0 to 1
     */
    private NDArray latentMask(GreyImage mask, Start.MaskEdge edge) {
      Shape latents = noise.shape();
      int height = (int) latents.get(2);
      int width = (int) latents.get(3);
      int factor = mask.width() / width;
      int offset = edge == Start.MaskEdge.HARD ? 0 : factor / 2;
      float[] shares = new float[width * height];
      for (int i = 0; i < shares.length; i++) {
        int row = i / width * factor + offset;
        int value = mask.values()[row * mask.width() + i % width * factor + offset] & 0xFF;
        shares[i] = edge == Start.MaskEdge.HARD ? (value >= GreyImage.HALF ? 1 : 0) : value / 255f;
      }
      return scratch.create(shares, new Shape(1, 1, height, width));
    }

    private NDArray extraChannels(GreyImage mask, NDArray masked) {
      Shape shape = masked.getShape();
      try (NDArray one = latentMask(mask, Start.MaskEdge.HARD);
          NDArray each = one.broadcast(new Shape(shape.get(0), 1, shape.get(2), shape.get(3)))) {
        NDArray extra = NDArrays.concat(new NDList(each, masked), 1);
        extra.attach(scratch);
        return extra;
      }
    }
  }
}
