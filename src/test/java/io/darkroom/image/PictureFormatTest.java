package io.darkroom.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PictureFormatTest {
  private static final String PARAMETERS = "a <red> house & 家 🏠\nNegative prompt: fog\nSteps: 4";
  private static final String RECIPE = "{\"prompt\":\"a <red> \\\"house\\\" & 家 🏠\\r\\n\\u0007\"}";

  @Test
  void theEndingTellsTheFormat() {
    assertEquals(Optional.of(PictureFormat.PNG), PictureFormat.ofName("a.png"));
    assertEquals(Optional.of(PictureFormat.JPEG), PictureFormat.ofName("b/{seed}.JPG"));
    assertEquals(Optional.of(PictureFormat.JPEG), PictureFormat.ofName("a.b.jpeg"));
    assertEquals(Optional.of(PictureFormat.WEBP), PictureFormat.ofName("a.WebP"));
    for (String other : List.of("a", "png", "a.gif", "a.png/b", "a.", "a.jpg2", "")) {
      assertEquals(Optional.empty(), PictureFormat.ofName(other), other);
    }
    assertEquals(".png, .jpg, .jpeg or .webp", PictureFormat.allEndings());
  }

  @Test
  void eachFormatKnowsHowLargeItsPicturesCanBe() {
    assertTrue(PictureFormat.PNG.canHold(70_000, 8));
    assertTrue(PictureFormat.JPEG.canHold(8, 65_500));
    assertFalse(PictureFormat.JPEG.canHold(65_504, 8));
    assertFalse(PictureFormat.WEBP.canHold(8, 16_384));
  }

  @ParameterizedTest
  @EnumSource
  void everyTextComesBack(PictureFormat format) throws IOException {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("parameters", PARAMETERS);
    texts.put("darkroom", RECIPE);
    PictureSummary summary = read(write(format, new Png(gradient(37, 23), texts)));
    assertEquals(new PictureSummary(37, 23, texts, 1, List.of()), summary);
  }

  /** A segment of JPEG has 64 KiB at most. */
  @ParameterizedTest
  @EnumSource
  void aTextOfAnyLengthComesBack(PictureFormat format) throws IOException {
    Map<String, String> texts =
        Map.of(
            "parameters",
            "家, ".repeat(40_000),
            "darkroom",
            "{\"a\":\"" + "é".repeat(200_000) + "\"}");
    PictureSummary summary = read(write(format, new Png(gradient(8, 8), texts)));
    assertEquals(texts, summary.text());
    assertEquals(List.of(), summary.damage());
  }

  @ParameterizedTest
  @EnumSource
  void aPictureWithoutTextsIsWritten(PictureFormat format) throws IOException {
    PictureSummary summary = read(write(format, new Png(gradient(9, 5), Map.of())));
    assertEquals(new PictureSummary(9, 5, Map.of(), 1, List.of()), summary);
  }

  @ParameterizedTest
  @EnumSource
  void thePixelsAreThePictures(PictureFormat format) throws IOException {
    RgbImage image = gradient(64, 48);
    BufferedImage seen = decode(format, write(format, new Png(image, Map.of("parameters", "x"))));
    assertEquals(64, seen.getWidth());
    assertEquals(48, seen.getHeight());
    double sum = 0;
    for (int i = 0; i < image.rgb().length; i++) {
      int shown = seen.getRGB(i / 3 % 64, i / 3 / 64) >> (16 - 8 * (i % 3)) & 0xFF;
      sum += Math.abs(shown - (image.rgb()[i] & 0xFF));
    }
    double mean = sum / image.rgb().length;
    assertTrue(mean <= (format == PictureFormat.PNG ? 0 : 3), "mean difference " + mean);
  }

  /** Thin lines of pure colour are what halved colours lose. */
  @Test
  void jpegKeepsTheColoursInFullResolution() throws IOException {
    byte[] rgb = new byte[3 * 32 * 32];
    for (int i = 0; i < 32 * 32; i++) {
      rgb[3 * i + (i % 2 == 0 ? 0 : 2)] = (byte) 0xFF;
    }
    byte[] file = write(PictureFormat.JPEG, new Png(new RgbImage(32, 32, rgb), Map.of()));
    BufferedImage seen = ImageIO.read(new ByteArrayInputStream(file));
    for (int x = 0; x < 32; x++) {
      int pixel = seen.getRGB(x, 16);
      int red = pixel >> 16 & 0xFF;
      int blue = pixel & 0xFF;
      assertTrue(x % 2 == 0 ? red > 200 && blue < 60 : red < 60 && blue > 200, "column " + x);
    }
  }

  /** As AUTOMATIC1111's web UI has it, by piexif: big-endian, in the inner directory. */
  @Test
  void theUserCommentIsUnicode() throws IOException {
    for (PictureFormat format : List.of(PictureFormat.JPEG, PictureFormat.WEBP)) {
      byte[] file = write(format, new Png(gradient(8, 8), Map.of("parameters", "家")));
      String text = new String(file, StandardCharsets.ISO_8859_1);
      int comment = text.indexOf("UNICODE\0");
      assertTrue(comment > 0, format + " has no user comment");
      assertEquals("家", new String(file, comment + 8, 2, StandardCharsets.UTF_16BE));
    }
  }

  @ParameterizedTest
  @EnumSource
  void equalPicturesGiveEqualBytes(PictureFormat format) throws IOException {
    Png picture = new Png(gradient(33, 17), Map.of("parameters", "x", "darkroom", "{}"));
    assertArrayEquals(write(format, picture), write(format, picture));
  }

  @ParameterizedTest
  @EnumSource
  void noCutOffOrDamagedFileEscapesAsAnotherException(PictureFormat format) throws IOException {
    byte[] file =
        write(
            format,
            new Png(gradient(16, 16), Map.of("parameters", PARAMETERS, "darkroom", RECIPE)));
    for (int length = 0; length < file.length; length += 3) {
      readOrRefuse(Arrays.copyOf(file, length));
    }
    java.util.Random random = new java.util.Random(5);
    for (int round = 0; round < 600; round++) {
      byte[] damaged = file.clone();
      for (int i = 0; i <= random.nextInt(4); i++) {
        damaged[random.nextInt(Math.min(damaged.length, 900))] = (byte) random.nextInt(256);
      }
      readOrRefuse(damaged);
    }
  }

  private static void readOrRefuse(byte[] file) {
    try {
      read(file);
    } catch (IOException e) {
      assertTrue(e.getMessage() != null && !e.getMessage().isBlank());
    }
  }

  static PictureSummary read(byte[] file) throws IOException {
    return new PictureReader(new ByteArrayInputStream(file)).readSummary();
  }

  private static byte[] write(PictureFormat format, Png picture) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    format.write(picture, out);
    return out.toByteArray();
  }

  private static BufferedImage decode(PictureFormat format, byte[] file) throws IOException {
    if (format != PictureFormat.WEBP) {
      return ImageIO.read(new ByteArrayInputStream(file));
    }
    var reader = new WebPImageReaderSpi().createReaderInstance();
    try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(stream);
      return reader.read(0);
    } finally {
      reader.dispose();
    }
  }

  private static RgbImage gradient(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      int x = i / 3 % width;
      int y = i / 3 / width;
      rgb[i] = (byte) (i % 3 == 0 ? 2 * x : i % 3 == 1 ? 3 * y : 128);
    }
    return new RgbImage(width, height, rgb);
  }
}
