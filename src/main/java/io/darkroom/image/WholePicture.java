package io.darkroom.image;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * Tells a picture that is whole, whichever program wrote it, from one that was cut off or damaged,
 * as far as that is possible without decoding: PNG by its chunks and their checksums (W3C, Portable
 * Network Graphics, section 5), JPEG by its markers for start and end (ITU-T T.81, annex B), WebP
 * by the size in its RIFF header (RFC 9649, section 2.4).
 */
public final class WholePicture {
  private static final int JPEG_START = 0xFFD8;
  private static final int JPEG_END = 0xFFD9;
  private static final int RIFF_HEADER_BYTES = 8;

  /** Enough to tell the three formats by. */
  private static final int START_BYTES = 12;

  private WholePicture() {}

  /**
   * Looks at a file.
   *
   * @param file a regular file
   * @return whether it is a picture from its first byte to its last
   * @throws IOException if the file cannot be read
   */
  public static boolean is(Path file) throws IOException {
    long size = Files.size(file);
    try (InputStream stream = new BufferedInputStream(Files.newInputStream(file));
        DataInputStream in = new DataInputStream(stream)) {
      in.mark(START_BYTES);
      byte[] start = in.readNBytes(START_BYTES);
      in.reset();
      if (start.length < START_BYTES) {
        return false;
      }
      if (Arrays.equals(Arrays.copyOf(start, PngWriter.SIGNATURE.length), PngWriter.SIGNATURE)) {
        in.skipNBytes(PngWriter.SIGNATURE.length);
        return endsAsPng(stream);
      }
      if (in.readUnsignedShort() == JPEG_START) {
        in.skipNBytes(size - 4);
        return in.readUnsignedShort() == JPEG_END;
      }
      return isRiff(start, size);
    } catch (EOFException e) {
      return false;
    }
  }

  private static boolean endsAsPng(InputStream stream) throws IOException {
    while (true) {
      DataInputStream head = new DataInputStream(stream);
      int length = head.readInt();
      if (length < 0) {
        return false;
      }
      CheckedInputStream checked = new CheckedInputStream(stream, new CRC32());
      DataInputStream chunk = new DataInputStream(checked);
      byte[] type = new byte[4];
      chunk.readFully(type);
      chunk.skipNBytes(length);
      if (head.readInt() != (int) checked.getChecksum().getValue()) {
        return false;
      }
      if (new String(type, StandardCharsets.ISO_8859_1).equals("IEND")) {
        return true;
      }
    }
  }

  private static boolean isRiff(byte[] start, long size) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    int told = 0;
    for (int i = 7; i >= 4; i--) {
      told = told << 8 | (start[i] & 0xFF);
    }
    return text.startsWith("RIFF")
        && text.startsWith("WEBP", RIFF_HEADER_BYTES)
        && size >= RIFF_HEADER_BYTES + Integer.toUnsignedLong(told);
  }
}
