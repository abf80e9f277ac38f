package io.darkroom.image;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A picture that somebody gave, turned upright.
 *
 * @param image the colours as the file has them: as with Pillow, neither opacity nor a colour
 *     profile changes them
 * @param opacity of the same size, 255 where the picture hides what is behind it; nothing if the
 *     file tells none
 * @param notes what a person should know of how the file was read, a line each
 */
public record InputPicture(RgbImage image, Optional<GreyImage> opacity, List<String> notes) {
  /** Copies the notes. */
  public InputPicture {
    Objects.requireNonNull(image, "image");
    Objects.requireNonNull(opacity, "opacity");
    notes = List.copyOf(notes);
  }

  /**
   * Tells one picture from another by what is seen: files of other formats, other compression and
   * other texts may have equal pixels.
   *
   * @return the SHA-256 of width, height (32 bits each, the highest byte first) and colours, as 64
   *     hexadecimal digits
   */
  public String hash() {
    return PixelHash.of(image.width(), image.height(), image.rgb());
  }
}
