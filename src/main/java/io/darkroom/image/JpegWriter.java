package io.darkroom.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * Writes pictures as JPEG: quality 95, colours in full resolution (4:4:4), the texts in segments
 * ahead of the pixels. JPEG knows no opacity.
 *
 * @see <a href="https://www.w3.org/Graphics/JPEG/itu-t81.pdf">ITU-T T.81, annex B</a>
 */
final class JpegWriter {
  static final float QUALITY = 0.95f;

  /** The identifier of an EXIF segment. */
  static final String EXIF = "Exif\0\0";

  /** The identifier of an XMP segment (XMP specification, part 3, section 1.1.3). */
  static final String XMP = "http://ns.adobe.com/xap/1.0/\0";

  /** The identifier of a further segment of a packet that does not fit into one. */
  static final String EXTENDED_XMP = "http://ns.adobe.com/xmp/extension/\0";

  /** The bytes of a segment without its marker, its length of two bytes included. */
  private static final int MOST_SEGMENT_BYTES = 65_535;

  private static final int START = 0xFFD8;
  private static final int APPLICATION_0 = 0xFFE0;
  private static final int APPLICATION_1 = 0xFFE1;
  private static final String TREE = "javax_imageio_jpeg_image_1.0";

  private final OutputStream out;

  /**
   * Creates a writer.
   *
   * @param out takes the bytes; flushed after each picture, not closed
   */
  JpegWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes one complete file.
   *
   * @param picture the picture and its texts
   * @throws IOException if the stream fails
   */
  void write(Png picture) throws IOException {
    TextBlocks texts = TextBlocks.of(picture.text(), MOST_SEGMENT_BYTES - 2 - EXIF.length());
    byte[] jpeg = encode(image(picture.image()));
    ByteBuffer file = ByteBuffer.wrap(jpeg);
    if (file.getShort(0) != (short) START || file.getShort(2) != (short) APPLICATION_0) {
      throw new IOException("the JPEG encoder of this Java does not begin with a JFIF segment");
    }
    // Each reader finds EXIF behind JFIF's segment, some fail to find JFIF's behind EXIF.
    int head = 4 + (file.getShort(4) & 0xFFFF);
    out.write(jpeg, 0, head);
    if (texts.exif().isPresent()) {
      writeSegment(EXIF, texts.exif().get());
    }
    if (texts.xmp().isPresent()) {
      writeXmp(texts.xmp().get());
    }
    out.write(jpeg, head, jpeg.length - head);
    out.flush();
  }

  private void writeXmp(byte[] packet) throws IOException {
    if (2 + XMP.length() + packet.length <= MOST_SEGMENT_BYTES) {
      writeSegment(XMP, packet);
      return;
    }
    String digest = digest(packet);
    writeSegment(
        XMP,
        TextBlocks.packet(
            " xmlns:xmpNote='http://ns.adobe.com/xmp/note/' xmpNote:HasExtendedXMP='"
                + digest
                + "'",
            ""));
    int most = MOST_SEGMENT_BYTES - 2 - EXTENDED_XMP.length() - digest.length() - 8;
    for (int from = 0; from < packet.length; from += most) {
      int count = Math.min(most, packet.length - from);
      writeSegment(
          EXTENDED_XMP + digest,
          ByteBuffer.allocate(8 + count)
              .putInt(packet.length)
              .putInt(from)
              .put(packet, from, count)
              .array());
    }
  }

  /** The name of an extended packet: its MD5, as the specification wants it. */
  private static String digest(byte[] packet) {
    try {
      byte[] digest = MessageDigest.getInstance("MD5").digest(packet);
      return HexFormat.of().formatHex(digest).toUpperCase(Locale.ROOT);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }

  private void writeSegment(String identifier, byte[] data) throws IOException {
    byte[] name = identifier.getBytes(StandardCharsets.US_ASCII);
    out.write(
        ByteBuffer.allocate(4)
            .putShort((short) APPLICATION_1)
            .putShort((short) (2 + name.length + data.length))
            .array());
    out.write(name);
    out.write(data);
  }

  private static byte[] encode(BufferedImage image) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try {
      ImageWriteParam quality = writer.getDefaultWriteParam();
      quality.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      quality.setCompressionQuality(QUALITY);
      IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), quality);
      sampleColoursInFull(metadata);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (var stream = new MemoryCacheImageOutputStream(bytes)) {
        writer.setOutput(stream);
        writer.write(metadata, new IIOImage(image, null, metadata), quality);
      }
      return bytes.toByteArray();
    } finally {
      writer.dispose();
    }
  }

  /** The encoder's default halves the colours' resolution. */
  private static void sampleColoursInFull(IIOMetadata metadata) throws IOException {
    Node tree = metadata.getAsTree(TREE);
    NodeList components = ((Element) tree).getElementsByTagName("componentSpec");
    for (int i = 0; i < components.getLength(); i++) {
      Element component = (Element) components.item(i);
      component.setAttribute("HsamplingFactor", "1");
      component.setAttribute("VsamplingFactor", "1");
    }
    metadata.setFromTree(TREE, tree);
  }

  /** The picture as Java's encoders take it. */
  static BufferedImage image(RgbImage picture) {
    var image = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
    int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    byte[] rgb = picture.rgb();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] =
          (rgb[3 * i] & 0xFF) << 16 | (rgb[3 * i + 1] & 0xFF) << 8 | (rgb[3 * i + 2] & 0xFF);
    }
    return image;
  }
}
