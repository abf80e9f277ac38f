package io.darkroom.image;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads the texts of a WebP file: EXIF and XMP, which may stand behind the pixels.
 *
 * @see <a href="https://developers.google.com/speed/webp/docs/riff_container">WebP container
 *     specification</a>
 */
final class WebpReader {
  private static final int FILE_HEADER_BYTES = 12;
  private static final int CHUNK_HEADER_BYTES = 8;

  /** As much of a chunk of pixels as tells the size. */
  private static final int SIZE_BYTES = 10;

  private final InputStream in;
  private final PictureTexts texts = new PictureTexts();
  private int width;
  private int height;

  /**
   * Creates a reader.
   *
   * @param in gives one file from its first byte; not closed
   */
  WebpReader(InputStream in) {
    this.in = in;
  }

  /**
   * Reads the whole file.
   *
   * @return size and texts
   * @throws IOException if the file cannot be read, or does not tell its size
   */
  PictureSummary readSummary() throws IOException {
    try {
      in.skipNBytes(FILE_HEADER_BYTES);
      readChunks();
    } catch (EOFException e) {
      texts.damage("damaged WebP: the file is incomplete");
    }
    if (width < 1 || height < 1) {
      throw new IOException("damaged WebP: it does not contain its size");
    }
    return texts.summary(width, height);
  }

  private void readChunks() throws IOException {
    while (true) {
      byte[] head = in.readNBytes(CHUNK_HEADER_BYTES);
      if (head.length == 0) {
        return;
      }
      if (head.length < CHUNK_HEADER_BYTES) {
        throw new EOFException();
      }
      long size = littleEndian(head).getInt(4) & 0xFFFF_FFFFL;
      long padded = size + size % 2;
      switch (new String(head, 0, 4, StandardCharsets.ISO_8859_1)) {
        case "VP8X", "VP8 ", "VP8L" -> readSize(head[3], padded);
        case "EXIF" -> ExifTexts.read(read(size, padded), texts);
        case "XMP " -> XmpTexts.read(read(size, padded), texts);
        default -> in.skipNBytes(padded);
      }
    }
  }

  private byte[] read(long size, long padded) throws IOException {
    if (size > PictureTexts.MOST_BYTES) {
      texts.damage("more than 16 MiB of text");
      in.skipNBytes(padded);
      return new byte[0];
    }
    byte[] data = in.readNBytes((int) size);
    if (data.length < size) {
      throw new EOFException();
    }
    in.skip(padded - size); // the last chunk's padding may be missing
    return data;
  }

  private void readSize(byte kind, long padded) throws IOException {
    byte[] data = new byte[SIZE_BYTES];
    int count = in.readNBytes(data, 0, (int) Math.min(SIZE_BYTES, padded));
    if (width == 0) {
      ByteBuffer fields = littleEndian(data);
      switch (kind) {
        case 'X' -> size((fields.getInt(4) & 0xFF_FFFF) + 1, (fields.getInt(6) >>> 8) + 1);
        case 'L' -> {
          int bits = fields.getInt(1);
          size((bits & 0x3FFF) + 1, (bits >>> 14 & 0x3FFF) + 1);
        }
        default -> size(fields.getShort(6) & 0x3FFF, fields.getShort(8) & 0x3FFF);
      }
    }
    in.skipNBytes(padded - count);
  }

  private void size(int width, int height) {
    this.width = width;
    this.height = height;
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
