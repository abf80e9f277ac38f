package io.darkroom.image;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes pictures as PNG: 8-bit RGB, or RGBA where there is an opacity, a filter chosen for each
 * row, texts ahead of the pixels. Equal pictures give equal bytes.
 *
 * <p>This is not {@code javax.imageio}, because that starts half of AWT.
 *
 * @see <a href="https://www.w3.org/TR/png-3/">Portable Network Graphics, third edition</a>
 */
public final class PngWriter {
  static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private static final int DATA_CHUNK_BYTES = 1 << 16;

  private final OutputStream out;

  /**
   * Creates a writer.
   *
   * @param out takes the bytes; flushed after each picture, not closed
   */
  public PngWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes one complete PNG file.
   *
   * @param png the picture and its texts
   * @throws IOException if the stream fails
   */
  public void write(Png png) throws IOException {
    out.write(SIGNATURE);
    writeChunk("IHDR", header(png));
    for (var entry : png.text().entrySet()) {
      writeText(entry.getKey(), entry.getValue());
    }
    writePixels(png);
    writeChunk("IEND", new byte[0]);
    out.flush();
  }

  private static byte[] header(Png png) {
    RgbImage image = png.image();
    byte depth = 8;
    byte colourType = (byte) (png.opacity().isPresent() ? 6 : 2);
    return ByteBuffer.allocate(13)
        .putInt(image.width())
        .putInt(image.height())
        .put(depth)
        .put(colourType)
        .array(); // deflate, adaptive filters and no interlacing are all 0
  }

  private void writeText(String keyword, String text) throws IOException {
    byte[] key = keyword.getBytes(StandardCharsets.ISO_8859_1);
    byte[] latin1 = text.getBytes(StandardCharsets.ISO_8859_1);
    // Readers, ours among them, take what could be UTF-8 for it: "Ã©" in Latin-1 is "é" in UTF-8.
    if (text.chars().allMatch(PngWriter::isPlainLatin1)
        && PictureTexts.utf8OrLatin1(latin1).equals(text)) {
      writeChunk(
          "tEXt",
          ByteBuffer.allocate(key.length + 1 + latin1.length)
              .put(key)
              .put((byte) 0)
              .put(latin1)
              .array());
    } else {
      byte[] value = text.getBytes(StandardCharsets.UTF_8);
      // NUL, not compressed, method 0, no language NUL, no translated keyword NUL
      byte[] between = new byte[5];
      writeChunk(
          "iTXt",
          ByteBuffer.allocate(key.length + between.length + value.length)
              .put(key)
              .put(between)
              .put(value)
              .array());
    }
  }

  private static boolean isPlainLatin1(int c) {
    return c == '\n' || (c >= 32 && c <= 126) || (c >= 160 && c <= 255);
  }

  private void writePixels(Png png) throws IOException {
    RgbImage image = png.image();
    int pixelBytes =
        png.opacity().isPresent() ? RowFilter.PIXEL_BYTES_WITH_OPACITY : RowFilter.PIXEL_BYTES;
    int rowBytes = image.width() * pixelBytes;
    byte[] above = new byte[rowBytes];
    byte[] row = new byte[rowBytes];
    byte[] best = new byte[1 + rowBytes];
    byte[] candidate = new byte[1 + rowBytes];
    try (DataChunks chunks = new DataChunks()) {
      for (int y = 0; y < image.height(); y++) {
        copyRow(png, y, row);
        long smallest = Long.MAX_VALUE;
        for (RowFilter filter : RowFilter.values()) {
          long magnitude = filter.filter(row, above, candidate, pixelBytes);
          if (magnitude < smallest) {
            smallest = magnitude;
            byte[] swap = best;
            best = candidate;
            candidate = swap;
          }
        }
        chunks.add(best);
        byte[] swap = above;
        above = row;
        row = swap;
      }
      chunks.finish();
    }
  }

  private static void copyRow(Png png, int y, byte[] row) {
    int width = png.image().width();
    byte[] rgb = png.image().rgb();
    if (png.opacity().isEmpty()) {
      System.arraycopy(rgb, y * row.length, row, 0, row.length);
      return;
    }
    byte[] opacity = png.opacity().get().values();
    for (int x = 0; x < width; x++) {
      int place = y * width + x;
      System.arraycopy(rgb, 3 * place, row, 4 * x, 3);
      row[4 * x + 3] = opacity[place];
    }
  }

  /** Deflates rows into chunks IDAT. */
  private final class DataChunks implements AutoCloseable {
    private final Deflater deflater = new Deflater();
    private final byte[] data = new byte[DATA_CHUNK_BYTES];
    private int filled;

    DataChunks() {
      // What libpng does for filtered rows: their bytes are small numbers, seldom long repeats.
      deflater.setStrategy(Deflater.FILTERED);
    }

    void add(byte[] filtered) throws IOException {
      deflater.setInput(filtered);
      while (!deflater.needsInput()) {
        deflate();
      }
    }

    void finish() throws IOException {
      deflater.finish();
      while (!deflater.finished()) {
        deflate();
      }
      if (filled > 0) {
        writeChunk("IDAT", Arrays.copyOf(data, filled));
      }
    }

    private void deflate() throws IOException {
      filled += deflater.deflate(data, filled, data.length - filled);
      if (filled == data.length) {
        writeChunk("IDAT", data);
        filled = 0;
      }
    }

    @Override
    public void close() {
      deflater.end();
    }
  }

  private void writeChunk(String type, byte[] data) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 checksum = new CRC32();
    checksum.update(name);
    checksum.update(data);
    out.write(ByteBuffer.allocate(8).putInt(data.length).put(name).array());
    out.write(data);
    out.write(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
  }
}
