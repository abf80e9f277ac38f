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

  /**
   * The same start, where margins grow until the picture's sides are multiples of a number.
   *
   * @param factor the number
   * @return the start; the same one where the picture does not grow
   */
  Start onMultiplesOf(int factor);

  /**
   * The same start with another strength.
   *
   * @param strength the share of the steps that are made, above 0 to 1
   * @return the start; the same one for noise
   */
  Start withStrength(double strength);

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

    @Override
    public Start onMultiplesOf(int factor) {
      return this;
    }

    @Override
    public Start withStrength(double strength) {
      return this;
    }
  }

  /**
   * A picture with noise: image to image (SDEdit: Meng et al., arXiv 2108.01073).
   *
   * @param picture what to begin with
   * @param strength the share of the steps that are made, above 0 to 1: how much is painted anew
   * @param fit how the picture is brought to the size
   * @param margins by how much it grows before that
   */
  record Image(SourcePicture picture, double strength, Fit fit, Margins margins) implements Start {
    /** Checks the strength. */
    public Image {
      Objects.requireNonNull(picture, "picture");
      Objects.requireNonNull(fit, "fit");
      Objects.requireNonNull(margins, "margins");
      Setting.STRENGTH.check(strength);
    }

    /**
     * A picture that does not grow.
     *
     * @param picture what to begin with
     * @param strength the share of the steps that are made
     * @param fit how the picture is brought to the size
     */
    public Image(SourcePicture picture, double strength, Fit fit) {
      this(picture, strength, fit, Margins.NONE);
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
     * The picture with its margins.
     *
     * @return the picture in its own size
     */
    public RgbImage canvas() {
      return margins.around(picture.picture().image());
    }

    /**
     * The size of the picture with its margins.
     *
     * @return the size in pixels
     */
    public PictureSize size() {
      RgbImage own = picture.picture().image();
      return new PictureSize(
          margins.left() + own.width() + margins.right(),
          margins.top() + own.height() + margins.bottom());
    }

    /**
     * The picture in the size of the result.
     *
     * @param width pixels
     * @param height pixels
     * @return the picture
     */
    public RgbImage fitted(int width, int height) {
      return fit.apply(canvas(), width, height);
    }

    /** Only what is masked grows. */
    @Override
    public Image onMultiplesOf(int factor) {
      return this;
    }

    @Override
    public Image withStrength(double other) {
      return new Image(picture, other, fit, margins);
    }

    /** The same picture with its sides brought to multiples of a number. */
    private Image roundedUp(int factor) {
      RgbImage own = picture.picture().image();
      return new Image(
          picture, strength, fit, margins.roundedUp(own.width(), own.height(), factor));
    }
  }

  /**
   * A picture of which a part is painted anew.
   *
   * @param image the picture, and how much of the part is painted anew
   * @param mask tells the part; margins of the picture are painted in any case
   * @param edge what the mask's greys mean to the latents
   * @param inverted whether all but the part is painted anew
   * @param blur how soft the edge of the paste is: a standard deviation in pixels, 0 or more
   * @param pastesBack whether the rest of the picture is the original, pixel for pixel
   * @param areaPadding where the network sees only the painted area: how much around it, in pixels,
   *     0 or more
   */
  record Inpaint(
      Image image,
      Mask mask,
      MaskEdge edge,
      boolean inverted,
      double blur,
      boolean pastesBack,
      Optional<Integer> areaPadding)
      implements Start {
    /** The softest edge. */
    public static final double MOST_BLUR = 64;

    /** Beyond so many standard deviations nothing is left of a blur. */
    private static final int DEVIATIONS = 3;

    /** Checks the blur. */
    public Inpaint {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(mask, "mask");
      Objects.requireNonNull(edge, "edge");
      Objects.requireNonNull(areaPadding, "areaPadding");
      if (!(blur >= 0 && blur <= MOST_BLUR)) {
        throw new InvalidRequestException(
            "mask blur must be 0 to %.0f pixels, not %s".formatted(MOST_BLUR, blur));
      }
    }

    /**
     * The usual way: the network sees the whole picture.
     *
     * @param image the picture, and how much of the part is painted anew
     * @param mask tells the part
     * @param edge what the mask's greys mean to the latents
     * @param inverted whether all but the part is painted anew
     * @param blur how soft the edge of the paste is
     * @param pastesBack whether the rest of the picture is the original
     */
    public Inpaint(
        Image image, Mask mask, MaskEdge edge, boolean inverted, double blur, boolean pastesBack) {
      this(image, mask, edge, inverted, blur, pastesBack, Optional.empty());
    }

    @Override
    public Optional<Image> source() {
      return Optional.of(image);
    }

    @Override
    public List<SourcePicture> pictures() {
      return mask.file()
          .map(file -> List.of(image.picture(), file))
          .orElse(List.of(image.picture()));
    }

    /**
     * The picture as the network sees it: the whole, or the painted area.
     *
     * @param width pixels
     * @param height pixels
     * @return the picture in that size
     */
    public RgbImage fittedPicture(int width, int height) {
      return area(width, height)
          .map(area -> area.cut(image.canvas()))
          .orElseGet(() -> image.fitted(width, height));
    }

    /**
     * The mask as the network sees it, white where the picture is painted anew.
     *
     * @param width pixels
     * @param height pixels
     * @return the mask in that size
     */
    public GreyImage fittedMask(int width, int height) {
      if (mask instanceof Mask.Painted painted
          && areaPadding.isEmpty()
          && image.margins().equals(Margins.NONE)) {
        GreyImage fitted = painted.fitted(image.fit(), width, height);
        return inverted ? fitted.inverted() : fitted;
      }
      GreyImage whole = canvasMask();
      return areaPadding
          .map(padding -> PaintedArea.around(whole, padding, width, height).cut(whole))
          .orElseGet(() -> image.fit().apply(whole, width, height));
    }

    /**
     * The mask in the size of the picture with its margins.
     *
     * @return white where the picture is painted anew
     */
    public GreyImage canvasMask() {
      GreyImage own = mask.of(image.picture().picture(), image.fit());
      GreyImage painted = inverted ? own.inverted() : own;
      int overlap = (int) Math.ceil(DEVIATIONS * blur);
      // The soft edge must show the picture, and neither a colour that hides it nor a margin.
      GreyImage covering = mask.hidesPicture() && !inverted ? painted.dilated(overlap) : painted;
      return image.margins().around(covering, overlap);
    }

    /**
     * The area that the network sees, where that is not the whole picture.
     *
     * @param width pixels of what it sees
     * @param height pixels of what it sees
     * @return the area
     */
    public Optional<PaintedArea> area(int width, int height) {
      return areaPadding.map(padding -> PaintedArea.around(canvasMask(), padding, width, height));
    }

    @Override
    public Start withStrength(double strength) {
      return new Inpaint(
          image.withStrength(strength), mask, edge, inverted, blur, pastesBack, areaPadding);
    }

    @Override
    public Start onMultiplesOf(int factor) {
      return new Inpaint(
          image.roundedUp(factor), mask, edge, inverted, blur, pastesBack, areaPadding);
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
