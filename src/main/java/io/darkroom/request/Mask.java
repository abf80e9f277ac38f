package io.darkroom.request;

import io.darkroom.image.Fit;
import io.darkroom.image.GreyImage;
import io.darkroom.image.InputPicture;
import io.darkroom.image.RgbImage;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells which part of a picture is painted anew. */
public sealed interface Mask {
  /** The word for {@link Transparency}. */
  String ALPHA = "alpha";

  /**
   * The part, white, in the picture's own size.
   *
   * @param picture the picture
   * @param fit brings a mask of another shape to it
   * @return a mask of the picture's size
   * @throws InvalidRequestException if the picture has no such part
   */
  GreyImage of(InputPicture picture, Fit fit);

  /**
   * The file that it was read from.
   *
   * @return nothing if it is made of the picture itself
   */
  default Optional<SourcePicture> file() {
    return Optional.empty();
  }

  /**
   * What tells it from others, beside its text.
   *
   * @return a hash of its pixels; nothing where text and picture tell it all
   */
  default Optional<String> hash() {
    return Optional.empty();
  }

  /**
   * Tells whether the part shows nothing of the picture, so that its colours must not mix with the
   * rest.
   *
   * @return whether it hides the picture
   */
  default boolean hidesPicture() {
    return false;
  }

  /**
   * What a person calls it.
   *
   * @return such as the file's name
   */
  String name();

  /**
   * A picture of its own, white where is painted.
   *
   * @param picture the picture
   */
  record Painted(SourcePicture picture) implements Mask {
    /** Checks that there is one. */
    public Painted {
      Objects.requireNonNull(picture, "picture");
    }

    @Override
    public GreyImage of(InputPicture source, Fit fit) {
      return fitted(fit, source.image().width(), source.image().height());
    }

    /** Resized before it loses its colours, as diffusers does. */
    GreyImage fitted(Fit fit, int width, int height) {
      return GreyImage.of(fit.apply(picture.picture().image(), width, height));
    }

    @Override
    public Optional<SourcePicture> file() {
      return Optional.of(picture);
    }

    @Override
    public Optional<String> hash() {
      return Optional.of(picture.hash());
    }

    @Override
    public String name() {
      return picture.name();
    }
  }

  /**
   * Where the picture is transparent.
   *
   * @param opacityHash tells pictures apart that have the same colours
   */
  record Transparency(String opacityHash) implements Mask {
    /**
     * The mask of a picture.
     *
     * @param picture the picture
     * @return its mask
     * @throws InvalidRequestException if it is opaque
     */
    static Transparency of(SourcePicture picture) {
      GreyImage opacity =
          picture
              .picture()
              .opacity()
              .filter(known -> !known.isAtLeast(255))
              .orElseThrow(
                  () ->
                      new InvalidRequestException(
                          picture.name()
                              + ": no part of it is transparent, so there is nothing to paint;"
                              + " give another mask"));
      return new Transparency(opacity.hash());
    }

    @Override
    public GreyImage of(InputPicture picture, Fit fit) {
      return picture.opacity().orElseThrow().inverted();
    }

    @Override
    public Optional<String> hash() {
      return Optional.of(opacityHash);
    }

    @Override
    public boolean hidesPicture() {
      return true;
    }

    @Override
    public String name() {
      return "the picture's transparency";
    }
  }

  /**
   * Where the picture has a colour, or nearly.
   *
   * @param rgb red, green and blue, 8 bits each
   */
  record OfColour(int rgb) implements Mask {
    /** A lossy file changes colours by so much. */
    private static final int TOLERANCE = 10;

    private static final Pattern FORM = Pattern.compile("#[0-9a-fA-F]{6}");

    private static Optional<Mask> parse(String text) {
      return FORM.matcher(text).matches()
          ? Optional.of(new OfColour(HexFormat.fromHexDigits(text.substring(1))))
          : Optional.empty();
    }

    @Override
    public GreyImage of(InputPicture picture, Fit fit) {
      RgbImage image = picture.image();
      return GreyImage.of(image.width(), image.height(), place -> isNear(image.rgb(), place));
    }

    private boolean isNear(byte[] pixels, int place) {
      for (int channel = 0; channel < 3; channel++) {
        int wanted = (rgb >> (8 * (2 - channel))) & 0xFF;
        if (Math.abs((pixels[3 * place + channel] & 0xFF) - wanted) > TOLERANCE) {
          return false;
        }
      }
      return true;
    }

    @Override
    public boolean hidesPicture() {
      return true;
    }

    @Override
    public String name() {
      return "the colour #%06x".formatted(rgb);
    }
  }

  /**
   * A part of the picture with four straight borders.
   *
   * @param rectangle the part
   */
  record OfRectangle(Rectangle rectangle) implements Mask {
    @Override
    public GreyImage of(InputPicture picture, Fit fit) {
      int width = picture.image().width();
      int height = picture.image().height();
      Rectangle.Pixels pixels = rectangle.in(width, height);
      return GreyImage.of(width, height, place -> pixels.contains(place % width, place / width));
    }

    @Override
    public String name() {
      return "the rectangle " + rectangle;
    }
  }

  /** No part of the picture itself; there is something to paint beside it. */
  record Nothing() implements Mask {
    @Override
    public GreyImage of(InputPicture picture, Fit fit) {
      return GreyImage.of(picture.image().width(), picture.image().height(), place -> false);
    }

    @Override
    public String name() {
      return "the mask";
    }
  }

  /**
   * Reads a mask that is no file.
   *
   * @param text {@code alpha}, a colour such as {@code #ff00ff}, or a rectangle
   * @param picture what it is the mask of
   * @return nothing if the text must be a file's name
   * @throws InvalidRequestException if it makes no sense for the picture
   */
  static Optional<Mask> parse(String text, SourcePicture picture) {
    if (text.strip().toLowerCase(Locale.ROOT).equals(ALPHA)) {
      return Optional.of(Transparency.of(picture));
    }
    Optional<Mask> colour = OfColour.parse(text.strip());
    if (colour.isPresent()) {
      return colour;
    }
    Optional<Rectangle> rectangle = Rectangle.parse(text);
    rectangle.ifPresent(
        found -> found.in(picture.picture().image().width(), picture.picture().image().height()));
    return rectangle.map(OfRectangle::new);
  }
}
