package io.darkroom.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A picture's texts in the two forms that JPEG and WebP have room for: the text {@code parameters}
 * as EXIF's user comment, where AUTOMATIC1111's web UI writes it and other tools look for it, all
 * others as properties of an XMP packet.
 *
 * @param exif a TIFF structure, if there is a text for it
 * @param xmp a packet in UTF-8, if there is a text for it
 */
record TextBlocks(Optional<byte[]> exif, Optional<byte[]> xmp) {
  /** The name space of the properties in XMP. */
  static final String NAMESPACE = "urn:io.darkroom:texts:1.0/";

  /** The beginning of a user comment in UTF-16 (CIPA DC-008, Exif 2.32, section 4.6.5). */
  static final byte[] UNICODE = {'U', 'N', 'I', 'C', 'O', 'D', 'E', 0};

  private static final int EXIF_DIRECTORY = 0x8769;
  private static final int EXIF_VERSION = 0x9000;
  private static final int USER_COMMENT = 0x9286;
  private static final short TYPE_LONG = 4;
  private static final short TYPE_UNDEFINED = 7;

  /**
   * Puts texts into the two forms.
   *
   * @param texts keyword to text
   * @param mostExifBytes a text that does not fit into an EXIF block of this size stands in XMP
   * @return the blocks
   */
  static TextBlocks of(Map<String, String> texts, int mostExifBytes) {
    Map<String, String> others = new LinkedHashMap<>(texts);
    Optional<byte[]> exif =
        Optional.ofNullable(texts.get(GenerationParameters.KEYWORD))
            .map(TextBlocks::exif)
            .filter(block -> block.length <= mostExifBytes);
    if (exif.isPresent()) {
      others.remove(GenerationParameters.KEYWORD);
    }
    return new TextBlocks(exif, others.isEmpty() ? Optional.empty() : Optional.of(xmp(others)));
  }

  /** One directory that leads to another one, which has the comment. */
  private static byte[] exif(String comment) {
    byte[] text = comment.getBytes(StandardCharsets.UTF_16BE);
    int first = 8;
    int second = first + 2 + 12 + 4;
    int value = second + 2 + 2 * 12 + 4;
    int length = UNICODE.length + text.length;
    return ByteBuffer.allocate(value + length)
        .put(new byte[] {'M', 'M', 0, 42}) // big-endian, as AUTOMATIC1111's
        .putInt(first)
        .putShort((short) 1)
        .putShort((short) EXIF_DIRECTORY)
        .putShort(TYPE_LONG)
        .putInt(1)
        .putInt(second)
        .putInt(0) // no further directory
        .putShort((short) 2)
        .putShort((short) EXIF_VERSION)
        .putShort(TYPE_UNDEFINED)
        .putInt(4)
        .put("0232".getBytes(StandardCharsets.US_ASCII))
        .putShort((short) USER_COMMENT)
        .putShort(TYPE_UNDEFINED)
        .putInt(length)
        .putInt(value)
        .putInt(0)
        .put(UNICODE)
        .put(text)
        .array();
  }

  private static byte[] xmp(Map<String, String> texts) {
    StringBuilder properties = new StringBuilder();
    texts.forEach(
        (keyword, text) ->
            properties
                .append("<darkroom:")
                .append(keyword)
                .append('>')
                .append(escape(text))
                .append("</darkroom:")
                .append(keyword)
                .append(">\n"));
    return packet(" xmlns:darkroom='" + NAMESPACE + "'", properties.toString());
  }

  /**
   * Wraps properties into a packet.
   *
   * @param attributes of the one description, with a space before each
   * @param properties its elements
   * @return the packet in UTF-8
   */
  static byte[] packet(String attributes, String properties) {
    String packet =
        """
        <?xpacket begin='\uFEFF' id='W5M0MpCehiHzreSzNTczkc9d'?>
        <x:xmpmeta xmlns:x='adobe:ns:meta/'>
        <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
        <rdf:Description rdf:about=''%s>
        %s</rdf:Description>
        </rdf:RDF>
        </x:xmpmeta>
        <?xpacket end='r'?>"""
            .formatted(attributes, properties);
    return packet.getBytes(StandardCharsets.UTF_8);
  }

  /** What XML cannot hold is written as JSON writes it: in a string of JSON it says the same. */
  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              boolean inXml =
                  c == '\n'
                      || c == '\t'
                      || (c >= ' ' && c < 0xD800)
                      || (c >= 0xE000 && c < 0xFFFE)
                      || c >= 0x10000;
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '\r' -> escaped.append("&#xD;");
                default ->
                    escaped.append(inXml ? Character.toString(c) : String.format("\\u%04x", c));
              }
            });
    return escaped.toString();
  }
}
