package io.darkroom.image;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads what a picture's file holds beside its pixels: PNG, JPEG or WebP, told apart by content.
 *
 * <p>A file is not trusted: what it can make this class keep is bounded. What can be read of a
 * damaged file is read.
 */
public final class PictureReader {
  private static final int RIFF_BYTES = 12;

  private final BufferedInputStream in;

  /**
   * Creates a reader.
   *
   * @param in gives one file from its first byte; not closed
   */
  public PictureReader(InputStream in) {
    this.in = new BufferedInputStream(in);
  }

  /**
   * Reads all but the pixels. The texts of EXIF and XMP have the keywords that PNG's texts have:
   * the user comment is {@code parameters}.
   *
   * @return size and texts, and what is damaged
   * @throws IOException if the file cannot be read, or is none of the three
   */
  public PictureSummary readSummary() throws IOException {
    in.mark(RIFF_BYTES);
    byte[] start = in.readNBytes(RIFF_BYTES);
    in.reset();
    if (start.length >= 2 && (start[0] & 0xFF) == 0xFF && (start[1] & 0xFF) == 0xD8) {
      return new JpegReader(in).readSummary();
    }
    if (start.length == RIFF_BYTES && is(start, 0, "RIFF") && is(start, 8, "WEBP")) {
      return new WebpReader(in).readSummary();
    }
    if (start.length >= 1 && start[0] == PngWriter.SIGNATURE[0]) {
      return new PngReader(in).readSummary();
    }
    throw new IOException(
        start.length == 0 ? "the file is empty" : "neither a PNG nor a JPEG nor a WebP file");
  }

  private static boolean is(byte[] bytes, int offset, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (bytes[offset + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
