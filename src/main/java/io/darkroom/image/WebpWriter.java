package io.darkroom.image;

import com.luciad.imageio.webp.CompressionType;
import com.luciad.imageio.webp.WebPImageWriterSpi;
import com.luciad.imageio.webp.WebPWriteParam;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Writes pictures as WebP: lossy, quality 95, by libwebp; the texts in chunks behind the pixels.
 *
 * @see <a href="https://developers.google.com/speed/webp/docs/riff_container">WebP container
 *     specification</a>
 */
final class WebpWriter {
  /** RIFF, the file's size, WEBP. */
  private static final int FILE_HEADER_BYTES = 12;

  private static final int CHUNK_HEADER_BYTES = 8;
  private static final int EXTENDED_BYTES = 10;
  private static final int HAS_EXIF = 1 << 3;
  private static final int HAS_XMP = 1 << 2;
  private static final int HAS_OPACITY = 1 << 4;
  private static final int CHUNK_NAME_BYTES = 4;

  private final OutputStream out;

  /**
   * Creates a writer.
   *
   * @param out takes the bytes; flushed after each picture, not closed
   */
  WebpWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes one complete file.
   *
   * @param picture the picture and its texts
   * @throws IOException if the stream fails, or libwebp does not run here
   */
  void write(Png picture) throws IOException {
    TextBlocks texts = TextBlocks.of(picture.text(), Integer.MAX_VALUE);
    byte[] plain = encode(picture);
    ByteArrayOutputStream chunks = new ByteArrayOutputStream();
    chunks.writeBytes("WEBP".getBytes(StandardCharsets.US_ASCII));
    append(chunks, "VP8X", extended(picture, texts));
    int start = startOfPixels(plain);
    chunks.write(plain, start, plain.length - start);
    texts.exif().ifPresent(block -> append(chunks, "EXIF", block));
    texts.xmp().ifPresent(block -> append(chunks, "XMP ", block));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    append(file, "RIFF", chunks.toByteArray());
    file.writeTo(out);
    out.flush();
  }

  /** The chunk that tells which others there are; sides are stored less one, in three bytes. */
  private static byte[] extended(Png picture, TextBlocks texts) {
    RgbImage image = picture.image();
    int flags =
        has(texts.exif(), HAS_EXIF)
            | has(texts.xmp(), HAS_XMP)
            | has(picture.opacity(), HAS_OPACITY);
    ByteBuffer data = ByteBuffer.allocate(EXTENDED_BYTES + 1).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(0, flags).putInt(4, image.width() - 1).putInt(7, image.height() - 1);
    byte[] bytes = new byte[EXTENDED_BYTES];
    data.get(0, bytes);
    return bytes;
  }

  /** libwebp puts such a chunk itself where there is opacity. */
  private static int startOfPixels(byte[] plain) {
    String first =
        new String(plain, FILE_HEADER_BYTES, CHUNK_NAME_BYTES, StandardCharsets.US_ASCII);
    return first.equals("VP8X")
        ? FILE_HEADER_BYTES + CHUNK_HEADER_BYTES + EXTENDED_BYTES
        : FILE_HEADER_BYTES;
  }

  private static int has(Optional<?> block, int flag) {
    return block.isPresent() ? flag : 0;
  }

  private static void append(ByteArrayOutputStream file, String name, byte[] data) {
    file.writeBytes(
        ByteBuffer.allocate(CHUNK_HEADER_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(name.getBytes(StandardCharsets.US_ASCII))
            .putInt(data.length)
            .array());
    file.writeBytes(data);
    if (data.length % 2 == 1) {
      file.write(0);
    }
  }

  private static BufferedImage image(Png picture) {
    if (picture.opacity().isEmpty()) {
      return JpegWriter.image(picture.image());
    }
    byte[] opacity = picture.opacity().get().values();
    RgbImage rgb = picture.image();
    BufferedImage plain = JpegWriter.image(rgb);
    BufferedImage image = new BufferedImage(rgb.width(), rgb.height(), BufferedImage.TYPE_INT_ARGB);
    int[] row = new int[rgb.width()];
    for (int y = 0; y < rgb.height(); y++) {
      plain.getRGB(0, y, row.length, 1, row, 0, row.length);
      for (int x = 0; x < row.length; x++) {
        row[x] = (opacity[y * row.length + x] & 0xFF) << 24 | (row[x] & 0xFFFFFF);
      }
      image.setRGB(0, y, row.length, 1, row, 0, row.length);
    }
    return image;
  }

  private static byte[] encode(Png picture) throws IOException {
    ImageWriter writer = new WebPImageWriterSpi().createWriterInstance();
    try {
      WebPWriteParam quality = new WebPWriteParam(writer.getLocale());
      quality.setCompressionMode(WebPWriteParam.MODE_EXPLICIT);
      quality.setCompressionType(CompressionType.Lossy);
      quality.setCompressionQuality(JpegWriter.QUALITY);
      quality.setUseSharpYUV(true);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (var stream = new MemoryCacheImageOutputStream(bytes)) {
        writer.setOutput(stream);
        writer.write(null, new IIOImage(image(picture), null, null), quality);
      }
      return bytes.toByteArray();
    } catch (LinkageError e) {
      throw new IOException("libwebp does not run on this machine: " + e.getMessage(), e);
    } finally {
      writer.dispose();
    }
  }
}
