package io.darkroom.image;

import java.io.StringReader;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads the few properties of an XMP packet that tools for making pictures write. The packet is
 * read as a stream; it may have no document type, so no entity of its own.
 *
 * @see <a href="https://github.com/adobe/xmp-docs/tree/master/XMPSpecifications">XMP specification,
 *     part 1</a>
 */
final class XmpTexts {
  /** Properties of others, and the keyword under which a PNG would have the text. */
  private static final Map<String, String> KEYWORDS =
      Map.of(
          "http://ns.adobe.com/exif/1.0/ UserComment",
          GenerationParameters.KEYWORD,
          "http://purl.org/dc/elements/1.1/ description",
          "Description",
          "http://ns.adobe.com/xap/1.0/ CreatorTool",
          "Software");

  private final PictureTexts texts;
  private Optional<String> keyword = Optional.empty();
  private final StringBuilder value = new StringBuilder();
  private int depth;

  private XmpTexts(PictureTexts texts) {
    this.texts = texts;
  }

  /**
   * Reads a packet.
   *
   * @param packet XML
   * @param texts takes what is found, under the keywords that it has in a PNG
   */
  static void read(byte[] packet, PictureTexts texts) {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setXMLReporter((message, type, related, place) -> {}); // else it prints
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(text(packet)));
      try {
        new XmpTexts(texts).read(reader);
      } finally {
        reader.close();
      }
    } catch (XMLStreamException | RuntimeException e) {
      // Java's reader meets some malformed input with unchecked exceptions.
      texts.damage("an XMP packet that is not well-formed");
    }
  }

  /** A packet in a picture is UTF-8, whatever it says itself; some writers end it with a NUL. */
  private static String text(byte[] packet) {
    return PictureTexts.withoutNuls(PictureTexts.utf8OrLatin1(packet)).replace("\uFEFF", "");
  }

  private void read(XMLStreamReader reader) throws XMLStreamException {
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> start(reader);
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
          if (keyword.isPresent() && value.length() < PictureTexts.MOST_BYTES) {
            value.append(reader.getText());
          }
        }
        case XMLStreamConstants.END_ELEMENT -> end();
        default -> {} // comments and instructions
      }
    }
  }

  private void start(XMLStreamReader reader) {
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      String text = reader.getAttributeValue(i);
      keyword(reader.getAttributeNamespace(i), reader.getAttributeLocalName(i))
          .ifPresent(found -> texts.add(found, text));
    }
    value.setLength(0);
    if (keyword.isPresent()) {
      depth++;
    } else {
      keyword = keyword(reader.getNamespaceURI(), reader.getLocalName());
      depth = 0;
    }
  }

  /** The value stands in the element itself, or in a list within it, whose first item counts. */
  private void end() {
    if (keyword.isEmpty()) {
      return;
    }
    if (!value.toString().isBlank()) {
      texts.add(keyword.get(), value.toString());
    }
    value.setLength(0);
    if (depth == 0) {
      keyword = Optional.empty();
    } else {
      depth--;
    }
  }

  private static Optional<String> keyword(String namespace, String name) {
    return TextBlocks.NAMESPACE.equals(namespace)
        ? Optional.of(name)
        : Optional.ofNullable(KEYWORDS.get(namespace + " " + name));
  }
}
