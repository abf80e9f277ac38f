package io.darkroom.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as other tools write them, built byte by byte. */
class PictureReaderTest {
  private static final String TEXT = "a café, 家\nSteps: 20, Sampler: Euler a, Seed: 1";
  private static final int USER_COMMENT = 0x9286;
  private static final int EXIF_DIRECTORY = 0x8769;

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-8"})
  void aUnicodeCommentIsReadInEitherOrderWhateverTheBlocksOwn(String charset) throws IOException {
    byte[] comment = concat(ascii("UNICODE\0"), TEXT.getBytes(charset));
    for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
      byte[] exif = exif(order, Map.of(), Map.of(USER_COMMENT, comment));
      assertEquals(Map.of("parameters", TEXT), texts(jpeg(exifSegment(exif))), order + "");
      assertEquals(Map.of("parameters", TEXT), texts(webp("EXIF", exif)), order + "");
      assertEquals(Map.of("parameters", TEXT), texts(png("eXIf", exif)), order + "");
    }
  }

  @Test
  void aCommentInAnyOfItsCharacterSetsIsRead() throws IOException {
    Map<String, byte[]> comments =
        Map.of(
            "plain words",
            concat(ascii("ASCII\0\0\0"), ascii("plain words\0\0")),
            "café",
            concat(ascii("ASCII\0\0\0"), "café".getBytes(StandardCharsets.UTF_8)),
            "undefined é",
            concat(new byte[8], "undefined é".getBytes(StandardCharsets.ISO_8859_1)),
            "{\"no\": \"character set\"}",
            ascii("{\"no\": \"character set\"}"),
            "家と木",
            concat(ascii("JIS\0\0\0\0\0"), "家と木".getBytes(Charset.forName("ISO-2022-JP"))),
            "木の家",
            concat(ascii("JIS\0\0\0\0\0"), "木の家".getBytes(Charset.forName("Shift_JIS"))),
            "with a mark",
            concat(ascii("UNICODE\0"), "with a mark".getBytes(StandardCharsets.UTF_16)));
    for (var comment : comments.entrySet()) {
      byte[] exif =
          exif(ByteOrder.LITTLE_ENDIAN, Map.of(), Map.of(USER_COMMENT, comment.getValue()));
      assertEquals(Map.of("parameters", comment.getKey()), texts(jpeg(exifSegment(exif))));
    }
  }

  /** Fooocus has all in the outer directory, ComfyUI's nodes a name in front of the text. */
  @Test
  void otherTagsAreRead() throws IOException {
    Map<Integer, byte[]> outer = new LinkedHashMap<>();
    outer.put(0x010F, ascii("prompt:{\"1\": {}}\0"));
    outer.put(0x010E, ascii("workflow: {\"nodes\": []}\0"));
    outer.put(0x0131, ascii("Fooocus v2.5.5\0"));
    outer.put(0x927C, ascii("fooocus\0"));
    outer.put(USER_COMMENT, ascii("{\"prompt\": \"x\"}\0"));
    assertEquals(
        Map.of(
            "prompt", "{\"1\": {}}",
            "workflow", "{\"nodes\": []}",
            "Software", "Fooocus v2.5.5",
            "MakerNote", "fooocus",
            "parameters", "{\"prompt\": \"x\"}"),
        texts(webp("EXIF", exif(ByteOrder.BIG_ENDIAN, outer, Map.of()))));
  }

  @Test
  void commentsOfJpegAreRead() throws IOException {
    byte[] comment = "家 in a comment".getBytes(StandardCharsets.UTF_8);
    assertEquals(Map.of("Comment", "家 in a comment"), texts(jpeg(segment(0xFE, comment))));
  }

  @Test
  void xmpIsReadInEveryFormat() throws IOException {
    String packet =
        """
        <?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
            xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
         <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
            xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
            xmp:CreatorTool="Draw Things">
          <exif:UserComment><rdf:Alt>
            <rdf:li xml:lang="x-default">{"c": "a &lt;家&gt;"}</rdf:li>
          </rdf:Alt></exif:UserComment>
          <dc:description><rdf:Alt><rdf:li>words</rdf:li></rdf:Alt></dc:description>
         </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>""";
    byte[] xmp = packet.getBytes(StandardCharsets.UTF_8);
    Map<String, String> expected =
        Map.of(
            "parameters", "{\"c\": \"a <家>\"}", "Description", "words", "Software", "Draw Things");
    assertEquals(
        expected, texts(jpeg(segment(0xE1, concat(ascii("http://ns.adobe.com/xap/1.0/\0"), xmp)))));
    assertEquals(expected, texts(webp("XMP ", xmp)));
    assertEquals(expected, texts(png("iTXt", concat(ascii("XML:com.adobe.xmp\0\0\0\0\0"), xmp))));
  }

  /** A document type could make a few bytes gigabytes, or have a file of this machine read. */
  @Test
  void noEntityIsExpandedAndNoFileIsRead() throws IOException {
    String bomb =
        """
        <!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/hostname">]>
        <x xmlns:exif="http://ns.adobe.com/exif/1.0/"><exif:UserComment>&a;&b;</exif:UserComment></x>""";
    PictureSummary summary =
        PictureFormatTest.read(webp("XMP ", bomb.getBytes(StandardCharsets.UTF_8)));
    assertEquals(Map.of(), summary.text());
    assertEquals(List.of("an XMP packet that is not well-formed"), summary.damage());
  }

  @Test
  void aBlockThatLiesAboutItsLengthsIsPassedOver() throws IOException {
    byte[] exif = exif(ByteOrder.BIG_ENDIAN, Map.of(), Map.of(USER_COMMENT, ascii("long enough")));
    for (int i = 0; i < exif.length; i++) {
      byte[] lying = exif.clone();
      lying[i] = (byte) 0xFF;
      PictureFormatTest.read(jpeg(exifSegment(lying))); // no exception
    }
    Random random = new Random(3);
    for (int round = 0; round < 2000; round++) {
      byte[] noise = new byte[random.nextInt(80)];
      random.nextBytes(noise);
      PictureFormatTest.read(jpeg(exifSegment(concat(ascii("II*\0"), noise))));
    }
  }

  /** The file says 4 GiB, and is not. */
  @Test
  void aHugeChunkTakesNoMemory() throws IOException {
    byte[] head = ByteBuffer.allocate(12).put(ascii("RIFF")).putInt(-1).put(ascii("WEBP")).array();
    byte[] size = concat(ascii("VP8X"), new byte[] {10, 0, 0, 0}, new byte[10]);
    for (String chunk : List.of("EXIF", "XMP ", "ABCD")) {
      byte[] lie = concat(head, size, ascii(chunk), new byte[] {-1, -1, -1, -1}, new byte[9]);
      PictureSummary summary = PictureFormatTest.read(lie);
      assertTrue(summary.damage().contains("damaged WebP: the file is incomplete"), chunk);
    }
  }

  @Test
  @SuppressWarnings("InputStreamSlowMultibyteRead")
  void textWithoutEndIsNotKept() throws IOException {
    byte[] part = segment(0xFE, new byte[65_000]);
    InputStream endless =
        new InputStream() {
          private int position;

          @Override
          public int read() {
            int value = part[position] & 0xFF;
            position = (position + 1) % part.length;
            return value;
          }
        };
    byte[] frame = segment(0xC0, new byte[] {8, 0, 4, 0, 6, 3, 0});
    InputStream long1 = limited(endless, 400L * part.length);
    InputStream file =
        new SequenceInputStream(
            new SequenceInputStream(
                new ByteArrayInputStream(concat(new byte[] {-1, -40}, frame)), long1),
            new ByteArrayInputStream(new byte[] {-1, -39}));
    PictureSummary summary = new PictureReader(file).readSummary();
    assertEquals(List.of("more than 16 MiB of text"), summary.damage());
    assertEquals(6, summary.width());
  }

  @Test
  void whatIsNoPictureIsRefusedInWords() {
    Map<String, String> messages =
        Map.of(
            "", "the file is empty",
            "GIF89a and more", "neither a PNG nor a JPEG nor a WebP file",
            "\u0089PMG....", "not a PNG file",
            "RIFF....WAVEfmt ", "neither a PNG nor a JPEG nor a WebP file",
            "RIFF....WEBP", "damaged WebP: it does not contain its size",
            "\u00ff\u00d8\u00ff\u00d9", "damaged JPEG: it does not contain its size");
    messages.forEach(
        (file, message) -> {
          byte[] bytes = file.getBytes(StandardCharsets.ISO_8859_1);
          var e = assertThrows(IOException.class, () -> PictureFormatTest.read(bytes));
          assertEquals(message, e.getMessage());
        });
  }

  @Test
  void noiseNeverEscapesAsAnotherException() {
    Random random = new Random(11);
    byte[][] starts = {
      {-1, -40}, ascii("RIFF\0\0\0\0WEBPVP8X"), {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n'}
    };
    int refused = 0;
    for (int round = 0; round < 6000; round++) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      try {
        PictureFormatTest.read(concat(starts[round % 3], noise));
      } catch (IOException e) {
        refused++;
      }
    }
    assertFalse(refused == 0);
  }

  private static Map<String, String> texts(byte[] file) throws IOException {
    PictureSummary summary = PictureFormatTest.read(file);
    assertEquals(6, summary.width());
    assertEquals(4, summary.height());
    assertEquals(List.of(), summary.damage());
    return summary.text();
  }

  @SuppressWarnings("InputStreamSlowMultibyteRead")
  private static InputStream limited(InputStream in, long bytes) {
    return new InputStream() {
      private long left = bytes;

      @Override
      public int read() throws IOException {
        return left-- > 0 ? in.read() : -1;
      }
    };
  }

  // ------------------------------------------------------------- files

  private static byte[] jpeg(byte[] segment) {
    byte[] frame = segment(0xC0, new byte[] {8, 0, 4, 0, 6, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0});
    return concat(new byte[] {-1, -40}, segment, frame, new byte[] {-1, -39});
  }

  private static byte[] exifSegment(byte[] exif) {
    return segment(0xE1, concat(ascii("Exif\0\0"), exif));
  }

  private static byte[] segment(int marker, byte[] data) {
    return ByteBuffer.allocate(4 + data.length)
        .put((byte) 0xFF)
        .put((byte) marker)
        .putShort((short) (2 + data.length))
        .put(data)
        .array();
  }

  private static byte[] webp(String chunk, byte[] data) {
    byte[] size = concat(riff("VP8X", new byte[] {12, 0, 0, 0, 5, 0, 0, 3, 0, 0}));
    byte[] chunks = concat(ascii("WEBP"), size, riff(chunk, data));
    return riff("RIFF", chunks);
  }

  private static byte[] riff(String name, byte[] data) {
    return ByteBuffer.allocate(8 + data.length + data.length % 2)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(ascii(name))
        .putInt(data.length)
        .put(data)
        .array();
  }

  private static byte[] png(String chunk, byte[] data) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    new PngWriter(file).write(new Png(new RgbImage(6, 4, new byte[72]), Map.of()));
    byte[] whole = file.toByteArray();
    CRC32 checksum = new CRC32();
    checksum.update(ascii(chunk));
    checksum.update(data);
    byte[] inserted =
        ByteBuffer.allocate(12 + data.length)
            .putInt(data.length)
            .put(ascii(chunk))
            .put(data)
            .putInt((int) checksum.getValue())
            .array();
    return concat(
        java.util.Arrays.copyOf(whole, 33),
        inserted,
        java.util.Arrays.copyOfRange(whole, 33, whole.length));
  }

  /** A TIFF structure of two directories; each value stands behind them. */
  private static byte[] exif(
      ByteOrder order, Map<Integer, byte[]> outer, Map<Integer, byte[]> inner) {
    ByteBuffer block = ByteBuffer.allocate(60_000).order(order);
    block.put(ascii(order == ByteOrder.BIG_ENDIAN ? "MM" : "II")).putShort((short) 42).putInt(8);
    int values = 8 + 2 + 12 * (outer.size() + 1) + 4 + 2 + 12 * inner.size() + 4;
    block.putShort((short) (outer.size() + 1));
    for (var entry : outer.entrySet()) {
      values = put(block, entry.getKey(), 2, entry.getValue(), values);
    }
    block.putShort((short) EXIF_DIRECTORY).putShort((short) 4).putInt(1);
    block.putInt(block.position() + 8).putInt(0);
    block.putShort((short) inner.size());
    for (var entry : inner.entrySet()) {
      values = put(block, entry.getKey(), 7, entry.getValue(), values);
    }
    return java.util.Arrays.copyOf(block.array(), values);
  }

  private static int put(ByteBuffer block, int tag, int type, byte[] value, int place) {
    block.putShort((short) tag).putShort((short) type).putInt(value.length).putInt(place);
    block.duplicate().position(place).put(value);
    return place + value.length;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
