package io.darkroom.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PngTest {
  /** Where the first chunk after the header begins: signature, length, type, 13 bytes, checksum. */
  private static final int AFTER_HEADER = 8 + 8 + 13 + 4;

  @ParameterizedTest
  @CsvSource({"1,1", "1,7", "7,1", "3,5", "64,48", "20000,2", "2,20000", "300,301"})
  void imageIoAndOurReaderSeeTheWrittenPixels(int width, int height) throws IOException {
    RgbImage noise = noise(width, height);
    byte[] file = write(new Png(noise, Map.of()));

    assertImageIoSees(noise, file);
    assertArrayEquals(noise.rgb(), read(file).image().rgb());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 97, 512})
  void smoothPicturesComeBackToo(int size) throws IOException {
    RgbImage gradient = gradient(size, size);
    byte[] file = write(new Png(gradient, Map.of("Software", "darkroom")));

    assertImageIoSees(gradient, file);
    assertArrayEquals(gradient.rgb(), read(file).image().rgb());
  }

  @Test
  void filtersMakeSmoothPicturesMuchSmaller() throws IOException {
    RgbImage gradient = gradient(256, 256);
    ByteArrayOutputStream unfiltered = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(unfiltered)) {
      deflater.write(gradient.rgb());
    }
    assertTrue(write(new Png(gradient, Map.of())).length < unfiltered.size() / 2);
  }

  @Test
  void equalPicturesGiveEqualBytes() throws IOException {
    Png png = new Png(gradient(33, 17), Map.of("parameters", "x"));
    assertArrayEquals(write(png), write(png));
  }

  @Test
  void everyChunkHasItsChecksum() throws IOException {
    byte[] file = write(new Png(noise(300, 300), Map.of("parameters", "a house")));
    List<String> types = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.wrap(file, 8, file.length - 8);
    while (buffer.hasRemaining()) {
      int length = buffer.getInt();
      CRC32 checksum = new CRC32();
      checksum.update(file, buffer.position(), 4 + length);
      byte[] type = new byte[4];
      buffer.get(type);
      types.add(new String(type, StandardCharsets.US_ASCII));
      buffer.position(buffer.position() + length);
      assertEquals((int) checksum.getValue(), buffer.getInt());
    }
    assertEquals(List.of("IHDR", "tEXt", "IDAT", "IDAT", "IDAT", "IDAT", "IDAT", "IEND"), types);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a red house", "two\nlines", "café ÿ", "a\u00a0b"})
  void latin1TextIsPlain(String text) throws IOException {
    byte[] file = write(new Png(noise(2, 2), Map.of("parameters", text)));
    assertEquals("tEXt", firstChunk(file));
    assertEquals(Map.of("parameters", text), read(file).text());
    assertEquals(Map.of("parameters", text), readText(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"красный дом", "家", "🏠 at night", "tab\there", "e\u0301", "“quoted”"})
  void textBeyondLatin1IsInternational(String text) throws IOException {
    byte[] file = write(new Png(noise(2, 2), Map.of("parameters", text)));
    assertEquals("iTXt", firstChunk(file));
    assertEquals(text, readText(file).get("parameters"));
    assertImageIoSees(noise(2, 2), file);
  }

  @Test
  void imageIoReadsTheTexts() throws IOException {
    byte[] file = write(new Png(noise(2, 2), Map.of("parameters", "a café")));
    assertEquals("a café", imageIoText(file, "tEXt", "tEXtEntry", "value"));
    byte[] international = write(new Png(noise(2, 2), Map.of("parameters", "家と木")));
    assertEquals("家と木", imageIoText(international, "iTXt", "iTXtEntry", "text"));
  }

  @Test
  void compressedTextsOfOtherProgramsAreRead() throws IOException {
    byte[] file = write(new Png(noise(2, 2), Map.of()));
    byte[] latin =
        concat(bytes("Comment\0\0"), deflate("snow".getBytes(StandardCharsets.ISO_8859_1)));
    byte[] wide =
        concat(bytes("parameters\0\1\0de\0x\0"), deflate("家".getBytes(StandardCharsets.UTF_8)));
    file = insert(file, AFTER_HEADER, chunk("iTXt", wide));
    file = insert(file, AFTER_HEADER, chunk("zTXt", latin));
    assertEquals(Map.of("Comment", "snow", "parameters", "家"), readText(file));
  }

  @Test
  void aTextThatInflatesWithoutEndIsPassedOver() throws IOException {
    byte[] bomb = concat(bytes("Comment\0\0"), deflate(new byte[1 << 25]));
    byte[] file = write(new Png(noise(2, 2), Map.of("parameters", "a house")));
    byte[] armed = insert(file, AFTER_HEADER, chunk("zTXt", bomb));
    assertThrows(IOException.class, () -> read(armed));
    PictureSummary summary = summary(armed);
    assertEquals(Map.of("parameters", "a house"), summary.text());
    assertEquals(List.of("malformed PNG: more than 16 MiB of text"), summary.damage());
  }

  @Test
  void ofACutOffFileTheTextsThatAreWholeAreRead() throws IOException {
    byte[] file = write(new Png(noise(5, 4), Map.of("parameters", "a house")));
    int afterText = AFTER_HEADER + 12 + "parameters".length() + 1 + "a house".length();
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThrows(IOException.class, () -> read(cut), "cut at " + length);
      if (length < AFTER_HEADER) {
        assertThrows(IOException.class, () -> summary(cut), "cut at " + length);
        continue;
      }
      PictureSummary summary = summary(cut);
      assertEquals(List.of("damaged PNG: the file is incomplete"), summary.damage());

      assertEquals(
          length < afterText ? Map.of() : Map.of("parameters", "a house"),
          summary.text(),
          "cut at " + length);
    }
  }

  @Test
  void aTextWithAWrongChecksumIsReadWithAWord() throws IOException {
    byte[] file = write(new Png(noise(5, 4), Map.of("parameters", "a house")));
    file[AFTER_HEADER + 8 + "parameters".length() + 1 + "a house".length()] ^= 1;
    assertThrows(IOException.class, () -> read(file));
    assertEquals(Map.of("parameters", "a house"), summary(file).text());
    assertEquals(
        List.of("damaged PNG: the checksum of a chunk tEXt is wrong"), summary(file).damage());
  }

  @Test
  void utf8InAPlainTextIsReadAsSuch() throws IOException {
    byte[] file = write(new Png(noise(2, 2), Map.of()));
    byte[] text = concat(bytes("parameters\0"), "家, “café”".getBytes(StandardCharsets.UTF_8));
    assertEquals(
        Map.of("parameters", "家, “café”"),
        readText(insert(file, AFTER_HEADER, chunk("tEXt", text))));
    byte[] deflated = concat(bytes("Comment\0\0"), deflate("дом".getBytes(StandardCharsets.UTF_8)));
    assertEquals(
        Map.of("Comment", "дом"), readText(insert(file, AFTER_HEADER, chunk("zTXt", deflated))));
  }

  /** Its bytes in Latin-1 are those of another text in UTF-8. */
  @Test
  void aTextThatCouldBeTakenForUtf8IsInternational() throws IOException {
    byte[] file = write(new Png(noise(2, 2), Map.of("parameters", "Ã©")));
    assertEquals("iTXt", firstChunk(file));
    assertEquals(Map.of("parameters", "Ã©"), readText(file));
  }

  @Test
  void everyFlippedBitIsRefused() throws IOException {
    byte[] file = write(new Png(noise(5, 4), Map.of("parameters", "a house")));
    for (int bit = 0; bit < 8 * file.length; bit++) {
      byte[] damaged = file.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      assertThrows(IOException.class, () -> read(damaged), "bit " + bit);
    }
  }

  @Test
  void noiseInPlaceOfChunksNeverEscapesAsAnotherException() throws IOException {
    Random random = new Random(7);
    byte[] start = Arrays.copyOf(write(new Png(noise(5, 4), Map.of())), AFTER_HEADER);
    String[] types = {"tEXt", "zTXt", "iTXt", "IDAT", "gAMA", "PLTE", "ABCD"};
    for (int round = 0; round < 2000; round++) {
      byte[] noise = new byte[random.nextInt(40)];
      random.nextBytes(noise);
      byte[] file = concat(start, chunk(types[round % types.length], noise));
      assertThrows(IOException.class, () -> read(file));
      assertFalse(summary(file).damage().isEmpty()); // it has no end
    }
  }

  @Test
  void aHeaderThatLiesAboutItsSizeIsRefusedBeforeMemoryIsTaken() throws IOException {
    byte[] file = write(new Png(noise(1, 1), Map.of()));
    byte[] huge =
        ByteBuffer.allocate(13).putInt(1 << 30).putInt(1 << 30).put((byte) 8).put((byte) 2).array();
    byte[] lying =
        concat(
            Arrays.copyOf(file, 8),
            chunk("IHDR", huge),
            Arrays.copyOfRange(file, AFTER_HEADER, file.length));
    assertTrue(
        assertThrows(IOException.class, () -> read(lying)).getMessage().contains("too large"));
  }

  @Test
  void pixelsOfAnotherKindAreRefusedButTheirTextIsRead() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB), "png", out);
    String message = assertThrows(IOException.class, () -> read(out.toByteArray())).getMessage();
    assertTrue(message.contains("colour type 6"), message);
    assertEquals(Map.of(), readText(out.toByteArray()));
  }

  @Test
  void picturesOfImageIoAreRead() throws IOException {
    BufferedImage picture = new BufferedImage(50, 40, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.fillOval(3, 4, 30, 30);
    graphics.dispose();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(picture, "png", out);
    assertImageIoSees(read(out.toByteArray()).image(), out.toByteArray());
  }

  @Test
  void keywordsAndTextsArePngs() {
    RgbImage dot = new RgbImage(1, 1, new byte[3]);
    for (String bad : List.of("", " a", "a ", "a  b", "ключ", "a\nb", "x".repeat(80))) {
      assertThrows(IllegalArgumentException.class, () -> new Png(dot, Map.of(bad, "")), bad);
    }
    assertThrows(IllegalArgumentException.class, () -> new Png(dot, Map.of("a", "b\0c")));
  }

  private static RgbImage noise(int width, int height) {
    SplittableRandom random = new SplittableRandom(31L * width + height);
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) random.nextInt(256);
    }
    return new RgbImage(width, height, rgb);
  }

  private static RgbImage gradient(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      int x = i / 3 % width;
      int y = i / 3 / width;
      rgb[i] = (byte) (i % 3 == 0 ? x + y : i % 3 == 1 ? 2 * x : x * y / 64);
    }
    return new RgbImage(width, height, rgb);
  }

  private static byte[] write(Png png) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new PngWriter(out).write(png);
    return out.toByteArray();
  }

  private static Png read(byte[] file) throws IOException {
    return new PngReader(new ByteArrayInputStream(file)).read();
  }

  private static Map<String, String> readText(byte[] file) throws IOException {
    PictureSummary summary = summary(file);
    assertEquals(List.of(), summary.damage());
    return summary.text();
  }

  private static PictureSummary summary(byte[] file) throws IOException {
    return new PngReader(new ByteArrayInputStream(file)).readSummary();
  }

  private static void assertImageIoSees(RgbImage expected, byte[] file) throws IOException {
    BufferedImage seen = ImageIO.read(new ByteArrayInputStream(file));
    assertEquals(expected.width(), seen.getWidth());
    assertEquals(expected.height(), seen.getHeight());
    byte[] rgb = new byte[expected.rgb().length];
    for (int i = 0; i < rgb.length; i++) {
      int pixel = seen.getRGB(i / 3 % expected.width(), i / 3 / expected.width());
      rgb[i] = (byte) (pixel >> (16 - 8 * (i % 3)));
    }
    assertArrayEquals(expected.rgb(), rgb);
  }

  private static String imageIoText(byte[] file, String chunk, String entry, String attribute)
      throws IOException {
    var reader = ImageIO.getImageReadersByFormatName("png").next();
    try (var stream = ImageIO.createImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(stream);
      var root =
          (org.w3c.dom.Element) reader.getImageMetadata(0).getAsTree("javax_imageio_png_1.0");
      var texts = (org.w3c.dom.Element) root.getElementsByTagName(chunk).item(0);
      return ((org.w3c.dom.Element) texts.getElementsByTagName(entry).item(0))
          .getAttribute(attribute);
    } finally {
      reader.dispose();
    }
  }

  private static String firstChunk(byte[] file) {
    return new String(file, AFTER_HEADER + 4, 4, StandardCharsets.US_ASCII);
  }

  private static byte[] chunk(String type, byte[] data) {
    CRC32 checksum = new CRC32();
    checksum.update(bytes(type));
    checksum.update(data);
    return ByteBuffer.allocate(12 + data.length)
        .putInt(data.length)
        .put(bytes(type))
        .put(data)
        .putInt((int) checksum.getValue())
        .array();
  }

  private static byte[] insert(byte[] file, int position, byte[] part) {
    return concat(
        Arrays.copyOf(file, position), part, Arrays.copyOfRange(file, position, file.length));
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] deflate(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(out)) {
      deflater.write(plain);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }
}
