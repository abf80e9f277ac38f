package io.darkroom.image;

import com.luciad.imageio.webp.CompressionType;
import com.luciad.imageio.webp.WebPImageWriterSpi;
import com.luciad.imageio.webp.WebPWriteParam;
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
    byte[] plain = encode(picture.image());
    ByteArrayOutputStream chunks = new ByteArrayOutputStream();
    chunks.writeBytes("WEBP".getBytes(StandardCharsets.US_ASCII));
    append(chunks, "VP8X", extended(picture.image(), texts));
    chunks.write(plain, FILE_HEADER_BYTES, plain.length - FILE_HEADER_BYTES);
    texts.exif().ifPresent(block -> append(chunks, "EXIF", block));
    texts.xmp().ifPresent(block -> append(chunks, "XMP ", block));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    append(file, "RIFF", chunks.toByteArray());
    file.writeTo(out);
    out.flush();
  }

  /** The chunk that tells which others there are; sides are stored less one, in three bytes. */
  private static byte[] extended(RgbImage image, TextBlocks texts) {
    int flags = has(texts.exif(), HAS_EXIF) | has(texts.xmp(), HAS_XMP);
    ByteBuffer data = ByteBuffer.allocate(EXTENDED_BYTES + 1).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(0, flags).putInt(4, image.width() - 1).putInt(7, image.height() - 1);
    byte[] bytes = new byte[EXTENDED_BYTES];
    data.get(0, bytes);
    return bytes;
  }

  private static int has(Optional<byte[]> block, int flag) {
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

  private static byte[] encode(RgbImage image) throws IOException {
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
        writer.write(null, new IIOImage(JpegWriter.image(image), null, null), quality);
      }
      return bytes.toByteArray();
    } catch (LinkageError e) {
      throw new IOException("libwebp does not run on this machine: " + e.getMessage(), e);
    } finally {
      writer.dispose();
    }
  }
}
