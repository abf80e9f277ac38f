package io.darkroom.request;

import io.darkroom.image.Fit;
import io.darkroom.image.GreyImage;
import io.darkroom.image.RgbImage;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What the latents of a run begin with. */
public sealed interface Start {
  /** Begins with nothing but noise: text to image. */
  Start NOISE = new Noise();

  /**
   * The picture to begin with, masked or not.
   *
   * @return nothing if the run begins with noise alone
   */
  Optional<Image> source();

  /**
   * All pictures that were read for it.
   *
   * @return the picture to begin with, then the mask
   */
  List<SourcePicture> pictures();

  /** Nothing but noise. */
  record Noise() implements Start {
    @Override
    public Optional<Image> source() {
      return Optional.empty();
    }

    @Override
    public List<SourcePicture> pictures() {
      return List.of();
    }
  }

  /**
   * A picture with noise: image to image (SDEdit: Meng et al., arXiv 2108.01073).
   *
   * @param picture what to begin with
   * @param strength the share of the steps that are made, above 0 to 1: how much is painted anew
   * @param fit how the picture is brought to the size
   */
  record Image(SourcePicture picture, double strength, Fit fit) implements Start {
    /** Checks the strength. */
    public Image {
      Objects.requireNonNull(picture, "picture");
      Objects.requireNonNull(fit, "fit");
      Setting.STRENGTH.check(strength);
    }

    @Override
    public Optional<Image> source() {
      return Optional.of(this);
    }

    @Override
    public List<SourcePicture> pictures() {
      return List.of(picture);
    }

    /**
     * The picture in the size of the result.
     *
     * @param width pixels
     * @param height pixels
     * @return the picture
     */
    public RgbImage fitted(int width, int height) {
      return fit.apply(picture.picture().image(), width, height);
    }
  }

  /**
   * A picture of which a part is painted anew.
   *
   * @param image the picture, and how much of the part is painted anew
   * @param mask white where it is
   * @param edge what the mask's greys mean to the latents
   * @param inverted whether black is painted anew instead
   * @param blur how soft the edge of the paste is: a standard deviation in pixels, 0 or more
   * @param pastesBack whether the rest of the picture is the original, pixel for pixel
   */
  record Inpaint(
      Image image,
      SourcePicture mask,
      MaskEdge edge,
      boolean inverted,
      double blur,
      boolean pastesBack)
      implements Start {
    /** The softest edge. */
    public static final double MOST_BLUR = 64;

    /** Checks the blur. */
    public Inpaint {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(mask, "mask");
      Objects.requireNonNull(edge, "edge");
      if (!(blur >= 0 && blur <= MOST_BLUR)) {
        throw new InvalidRequestException(
            "mask blur must be 0 to %.0f pixels, not %s".formatted(MOST_BLUR, blur));
      }
    }

    @Override
    public Optional<Image> source() {
      return Optional.of(image);
    }

    @Override
    public List<SourcePicture> pictures() {
      return List.of(image.picture(), mask);
    }

    /**
     * The mask in the size of the result, white where the picture is painted anew.
     *
     * @param width pixels
     * @param height pixels
     * @return the mask
     */
    public GreyImage fittedMask(int width, int height) {
      // Resized before it loses its colours, as diffusers does.
      GreyImage fitted = GreyImage.of(image.fit().apply(mask.picture().image(), width, height));
      return inverted ? fitted.inverted() : fitted;
    }
  }

  /** What the greys of a mask mean to the latents. */
  enum MaskEdge {
    /** A half and more is white, less is black; diffusers' inpainting pipelines. */
    HARD,
    /** Each is a share; diffusers' older pipeline, {@code StableDiffusionInpaintPipelineLegacy}. */
    SOFT
  }
}
