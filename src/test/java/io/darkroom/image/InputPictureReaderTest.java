package io.darkroom.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The pictures in {@code pictures} were written by Pillow 9.4, and so was what it reads in them.
 */
class InputPictureReaderTest {
  @ParameterizedTest
  @CsvSource({
    "rgb.png, rgb.png, 0",
    "interlaced.png, rgb.png, 0",
    "rgba.png, rgb.png, 0",
    "rgb16.png, rgb.png, 0",
    "grey8.png, expected_grey8.png, 0",
    "grey16.png, expected_grey8.png, 0",
    "grey_alpha.png, expected_grey8.png, 0",
    "grey1.png, expected_grey1.png, 0",
    "palette.png, expected_palette.png, 0",
    "bitmap.bmp, rgb.png, 0",
    "animated_still.png, rgb.png, 0",
    "lossless.webp, rgb.png, 0",
    "animated.webp, rgb.png, 0",
    "alpha.webp, rgb.png, 0",
    "animated.gif, expected_animated_gif.png, 0",
    "photo.jpg, expected_photo_jpg.png, 3",
    "progressive.jpg, expected_progressive_jpg.png, 3",
    "grey.jpg, expected_grey_jpg.png, 3",
    "lossy.webp, expected_lossy_webp.png, 0",
    "orientation1.jpg, expected_orientation1.png, 3",
    "orientation2.jpg, expected_orientation2.png, 3",
    "orientation3.jpg, expected_orientation3.png, 3",
    "orientation4.jpg, expected_orientation4.png, 3",
    "orientation5.jpg, expected_orientation5.png, 3",
    "orientation6.jpg, expected_orientation6.png, 3",
    "orientation7.jpg, expected_orientation7.png, 3",
    "orientation8.jpg, expected_orientation8.png, 3",
  })
  void readsWhatPillowReads(String file, String expected, int tolerance) throws IOException {
    RgbImage read = read(file.replace("animated_still", "animated")).image();
    RgbImage reference = read(expected).image();
    assertEquals(reference.width(), read.width());
    assertEquals(reference.height(), read.height());
    for (int i = 0; i < read.rgb().length; i++) {
      int difference = Math.abs((read.rgb()[i] & 0xFF) - (reference.rgb()[i] & 0xFF));
      assertTrue(difference <= tolerance, "byte " + i + " differs by " + difference);
    }
  }

  /** CMYK has no one way to RGB; the colours must be the right ones by far. */
  @Test
  void readsCmyk() throws IOException {
    RgbImage read = read("cmyk.jpg").image();
    RgbImage reference = read("expected_cmyk_jpg.png").image();
    double sum = 0;
    for (int i = 0; i < read.rgb().length; i++) {
      sum += Math.abs((read.rgb()[i] & 0xFF) - (reference.rgb()[i] & 0xFF));
    }
    assertTrue(sum / read.rgb().length < 25, "mean difference " + sum / read.rgb().length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgba.png", "grey_alpha.png", "alpha.webp"})
  void keepsOpacity(String file) throws IOException {
    GreyImage expected = GreyImage.of(read("opacity.png").image());
    assertArrayEquals(expected.values(), read(file).opacity().orElseThrow().values());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb.png", "photo.jpg", "lossless.webp", "palette.png"})
  void tellsNoOpacityWhereThereIsNone(String file) throws IOException {
    assertTrue(read(file).opacity().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"animated.png", "animated.webp", "animated.gif"})
  void saysThatAnAnimationIsOne(String file) throws IOException {
    assertTrue(read(file).notes().get(0).contains("first"));
    assertEquals(1, read(file).notes().size());
  }

  @Test
  void saysNothingOfAPlainPicture() throws IOException {
    assertTrue(read("rgb.png").notes().isEmpty());
    assertTrue(read("photo.jpg").notes().isEmpty());
  }

  @Test
  void pixelsAloneMakeTheHash() throws IOException {
    assertEquals(read("rgb.png").hash(), read("lossless.webp").hash());
    assertEquals(read("rgb.png").hash(), read("interlaced.png").hash());
    assertNotEquals(read("rgb.png").hash(), read("palette.png").hash());
    assertEquals(64, read("rgb.png").hash().length());
  }

  @Test
  void theSameBytesInAnotherShapeAreAnotherPicture() {
    byte[] bytes = new byte[24];
    assertNotEquals(
        new InputPicture(new RgbImage(2, 4, bytes), java.util.Optional.empty(), java.util.List.of())
            .hash(),
        new InputPicture(new RgbImage(4, 2, bytes), java.util.Optional.empty(), java.util.List.of())
            .hash());
  }

  @Test
  void refusesTextAndNothing() {
    assertMessage("not a picture", "hello, I am a text".getBytes(StandardCharsets.UTF_8));
    assertMessage("empty", new byte[0]);
  }

  /** A small file that claims 30,000 by 30,000 pixels is refused before it is decoded. */
  @Test
  void refusesTooManyPixels() throws IOException {
    byte[] file = bytes("rgb.png");
    ByteBuffer.wrap(file).putInt(16, 30_000).putInt(20, 30_000);
    CRC32 crc = new CRC32();
    crc.update(file, 12, 17);
    ByteBuffer.wrap(file).putInt(29, (int) crc.getValue());
    assertMessage("30000x30000", file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb.png",
        "photo.jpg",
        "lossless.webp",
        "alpha.webp",
        "animated.gif",
        "bitmap.bmp",
        "interlaced.png",
        "cmyk.jpg",
        "orientation6.jpg"
      })
  void whateverIsDamagedIsAnIoExceptionAtMost(String name) throws IOException {
    byte[] whole = bytes(name);
    Random random = new Random(name.hashCode());
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      byte[] damaged = whole.clone();
      if (round % 3 == 0) {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      } else {
        for (int i = 0; i < 1 + round % 7; i++) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
      }
      try {
        InputPictureReader.read(new ByteArrayInputStream(damaged));
      } catch (IOException e) {
        refused++;
        assertFalse(e.getMessage() == null || e.getMessage().isBlank());
      }
    }
    assertTrue(refused > 0);
  }

  /** One reader would try each of 16,383 by 16,383 pixels that such a file may claim. */
  @Test
  void aDamagedWebPIsRefusedAtOnce() throws IOException {
    byte[] file = bytes("lossless.webp");
    file[21] = (byte) 0xFF;
    file[22] = (byte) 0xFF;
    file[23] = (byte) 0xFF;
    assertTimeoutPreemptively(
        java.time.Duration.ofSeconds(60),
        () ->
            assertThrows(
                IOException.class, () -> InputPictureReader.read(new ByteArrayInputStream(file))));
  }

  /** The reader alone would fill up with grey. */
  @ParameterizedTest
  @ValueSource(strings = {"photo.jpg", "cmyk.jpg", "orientation6.jpg"})
  void aJpegThatIsCutOffIsRefused(String name) throws IOException {
    byte[] file = bytes(name);
    assertMessage("incomplete", Arrays.copyOf(file, file.length / 2));
    assertMessage("incomplete", Arrays.copyOf(file, file.length * 9 / 10));
  }

  private static void assertMessage(String part, byte[] file) {
    IOException e =
        assertThrows(
            IOException.class, () -> InputPictureReader.read(new ByteArrayInputStream(file)));
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  private static InputPicture read(String name) throws IOException {
    return InputPictureReader.read(new ByteArrayInputStream(bytes(name)));
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in = InputPictureReaderTest.class.getResourceAsStream("/pictures/" + name)) {
      return in.readAllBytes();
    }
  }
}
