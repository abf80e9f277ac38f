package io.darkroom.image;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads the texts of a JPEG file: EXIF, XMP and comments, which stand ahead of the pixels.
 *
 * @see <a href="https://www.w3.org/Graphics/JPEG/itu-t81.pdf">ITU-T T.81, annex B</a>
 */
final class JpegReader {
  private static final int START = 0xD8;
  private static final int END = 0xD9;
  private static final int SCAN = 0xDA;
  private static final int APPLICATION_1 = 0xE1;
  private static final int COMMENT = 0xFE;

  /** An MD5 in hexadecimal digits. */
  private static final int DIGEST_BYTES = 32;

  private final DataInputStream in;
  private final PictureTexts texts = new PictureTexts();

  /** XMP packets that are spread over several segments, by their digests. */
  private final Map<String, byte[]> extended = new HashMap<>();

  private int room = PictureTexts.MOST_BYTES;
  private int width;
  private int height;

  /**
   * Creates a reader.
   *
   * @param in gives one file from its first byte; not closed
   */
  JpegReader(InputStream in) {
    this.in = new DataInputStream(in);
  }

  /**
   * Reads up to the pixels.
   *
   * @return size and texts
   * @throws IOException if the file cannot be read, or ends before its size is told
   */
  PictureSummary readSummary() throws IOException {
    try {
      readSegments();
    } catch (EOFException e) {
      texts.damage("damaged JPEG: the file is incomplete");
    }
    extended.values().forEach(packet -> XmpTexts.read(packet, texts));
    if (width < 1 || height < 1) {
      throw new IOException("damaged JPEG: it does not contain its size");
    }
    return texts.summary(width, height);
  }

  private void readSegments() throws IOException {
    while (true) {
      if (in.readUnsignedByte() != 0xFF) {
        texts.damage("damaged JPEG: a segment is missing");
        return;
      }
      int marker = in.readUnsignedByte();
      while (marker == 0xFF) {
        marker = in.readUnsignedByte();
      }
      if (marker == SCAN || marker == END) {
        return;
      }
      if (marker != START) {
        readSegment(marker);
      }
    }
  }

  private void readSegment(int marker) throws IOException {
    int length = in.readUnsignedShort() - 2;
    if (length < 0) {
      throw new EOFException();
    }
    byte[] data = new byte[length];
    in.readFully(data);
    if (isFrame(marker) && length >= 5) {
      ByteBuffer frame = ByteBuffer.wrap(data);
      height = frame.getShort(1) & 0xFFFF;
      width = frame.getShort(3) & 0xFFFF;
    } else if (marker == COMMENT && take(length)) {
      texts.add("Comment", PictureTexts.utf8OrLatin1(data));
    } else if (marker == APPLICATION_1 && take(length)) {
      readApplicationData(data);
    }
  }

  /** The frame headers of all processes; the numbers between are tables. */
  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  private boolean take(int bytes) {
    room -= bytes;
    if (room < 0) {
      texts.damage("more than 16 MiB of text");
    }
    return room >= 0;
  }

  private void readApplicationData(byte[] data) {
    if (starts(data, JpegWriter.EXIF)) {
      ExifTexts.read(data, texts);
    } else if (starts(data, JpegWriter.XMP)) {
      XmpTexts.read(Arrays.copyOfRange(data, JpegWriter.XMP.length(), data.length), texts);
    } else if (starts(data, JpegWriter.EXTENDED_XMP)) {
      addExtended(data);
    }
  }

  private static boolean starts(byte[] data, String identifier) {
    byte[] name = identifier.getBytes(StandardCharsets.US_ASCII);
    return data.length >= name.length && Arrays.equals(data, 0, name.length, name, 0, name.length);
  }

  private void addExtended(byte[] data) {
    int head = JpegWriter.EXTENDED_XMP.length() + DIGEST_BYTES;
    if (data.length < head + 8) {
      return;
    }
    String digest =
        new String(
            data, JpegWriter.EXTENDED_XMP.length(), DIGEST_BYTES, StandardCharsets.ISO_8859_1);
    ByteBuffer fields = ByteBuffer.wrap(data);
    long size = fields.getInt(head) & 0xFFFF_FFFFL;
    long offset = fields.getInt(head + 4) & 0xFFFF_FFFFL;
    int count = data.length - head - 8;
    // Only one packet is there in files that tools write; a second one would be room to waste.
    if (size > PictureTexts.MOST_BYTES
        || offset + count > size
        || (!extended.isEmpty() && !extended.containsKey(digest))) {
      texts.damage("damaged JPEG: an extended XMP packet that does not fit together");
      return;
    }
    byte[] packet = extended.computeIfAbsent(digest, key -> new byte[(int) size]);
    if (packet.length == size) {
      System.arraycopy(data, head + 8, packet, (int) offset, count);
    }
  }
}
