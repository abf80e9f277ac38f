package io.darkroom.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholePictureTest {
  @TempDir private Path folder;

  private boolean isWhole(byte[] bytes) throws IOException {
    return WholePicture.is(Files.write(folder.resolve("picture"), bytes));
  }

  private static byte[] png() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new PngWriter(out).write(new Png(new RgbImage(5, 4, new byte[60]), Map.of("a", "b")));
    return out.toByteArray();
  }

  private static byte[] jpeg() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(9, 7, BufferedImage.TYPE_INT_RGB), "jpeg", out);
    return out.toByteArray();
  }

  private static byte[] webp() {
    byte[] content = "WEBPVP8L".getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(8 + content.length + 20)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
        .putInt(content.length + 20)
        .put(content)
        .array();
  }

  @Test
  void picturesOfAllKindsAreWhole() throws IOException {
    assertTrue(isWhole(png()));
    assertTrue(isWhole(jpeg()));
    assertTrue(isWhole(webp()));
    ByteArrayOutputStream palette = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(9, 7, BufferedImage.TYPE_BYTE_INDEXED), "png", palette);
    assertTrue(isWhole(palette.toByteArray()));
  }

  @Test
  void aPictureThatWasCutOffAnywhereIsNot() throws IOException {
    for (byte[] picture : new byte[][] {png(), jpeg(), webp()}) {
      for (int length = 0; length < picture.length; length++) {
        assertFalse(isWhole(Arrays.copyOf(picture, length)), picture.length + " to " + length);
      }
    }
  }

  @Test
  void aPngWithAWrongByteIsNot() throws IOException {
    byte[] png = png();
    for (int i = 0; i < png.length; i++) {
      png[i] ^= 0x40;
      assertFalse(isWhole(png), "byte " + i);
      png[i] ^= 0x40;
    }
  }

  @Test
  void textIsNoPicture() throws IOException {
    assertFalse(isWhole("my thesis, which is long enough".getBytes(StandardCharsets.US_ASCII)));
    assertFalse(isWhole(new byte[40]));
    assertEquals(0, Files.size(Files.createFile(folder.resolve("empty"))));
    assertFalse(WholePicture.is(folder.resolve("empty")));
  }
}
