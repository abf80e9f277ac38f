package io.darkroom.image;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The file formats that a picture can be written in, and the endings of their names. */
public enum PictureFormat {
  /** Without loss; the texts stand in chunks of text. */
  PNG(Integer.MAX_VALUE, "png") {
    @Override
    public void write(Png picture, OutputStream out) throws IOException {
      new PngWriter(out).write(picture);
    }
  },
  /** With loss, quality 95, colours in full resolution; the texts stand in EXIF and XMP. */
  JPEG(65_500, "jpg", "jpeg") {
    @Override
    public void write(Png picture, OutputStream out) throws IOException {
      new JpegWriter(out).write(picture);
    }
  },
  /** With loss, quality 95; the texts stand in EXIF and XMP. */
  WEBP(16_383, "webp") {
    @Override
    public void write(Png picture, OutputStream out) throws IOException {
      new WebpWriter(out).write(picture);
    }
  };

  private final int longestSide;
  private final List<String> endings;

  PictureFormat(int longestSide, String... endings) {
    this.longestSide = longestSide;
    this.endings = List.of(endings);
  }

  /**
   * Tells the format that a file's name asks for by its ending, in capitals or not.
   *
   * @param fileName a name or a whole path
   * @return the format; empty if the name has another ending or none
   */
  public static Optional<PictureFormat> ofName(String fileName) {
    int dot = fileName.lastIndexOf('.');
    String ending = fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
    return dot < 0
        ? Optional.empty()
        : Arrays.stream(values()).filter(format -> format.endings.contains(ending)).findFirst();
  }

  /**
   * All endings, for a message.
   *
   * @return such as {@code .png, .jpg, .jpeg or .webp}
   */
  public static String allEndings() {
    List<String> all =
        Arrays.stream(values())
            .flatMap(format -> format.endings.stream())
            .map(ending -> "." + ending)
            .collect(Collectors.toList());
    String last = all.remove(all.size() - 1);
    return String.join(", ", all) + " or " + last;
  }

  /**
   * Tells whether a picture can be as large as this.
   *
   * @param width pixels
   * @param height pixels
   * @return whether the format can hold it
   */
  public boolean canHold(int width, int height) {
    return Math.max(width, height) <= longestSide;
  }

  /**
   * Writes a picture with its texts.
   *
   * @param picture the picture; a keyword of a text is a name in XML, too, and a text is plain or
   *     JSON
   * @param out takes one complete file; flushed, not closed
   * @throws IOException if the stream fails, or the picture cannot be encoded
   */
  public abstract void write(Png picture, OutputStream out) throws IOException;
}
