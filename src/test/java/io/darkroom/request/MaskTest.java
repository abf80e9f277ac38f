package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.image.Fit;
import io.darkroom.image.GreyImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class MaskTest {
  private static final int WHITE = 255;

  /** A row of pixels, {@code 0xAARRGGBB}. */
  private static SourcePicture row(int... pixels) throws IOException {
    BufferedImage image = new BufferedImage(pixels.length, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, pixels.length, 1, pixels, 0, pixels.length);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageIO.write(image, "png", file);
    return SourcePicture.read("picture", new ByteArrayInputStream(file.toByteArray()));
  }

  private static Mask parse(String text, SourcePicture picture) {
    return Mask.parse(text, picture).orElseThrow();
  }

  private static void assertMask(Mask mask, SourcePicture picture, int... expected) {
    GreyImage grey = mask.of(picture.picture(), Fit.STRETCH);
    int[] values = new int[grey.values().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = grey.values()[i] & 0xFF;
    }
    assertArrayEquals(expected, values);
  }

  @Test
  void whatIsTransparentIsPainted() throws IOException {
    SourcePicture picture = row(0xFF102030, 0x00102030, 0x80102030);
    Mask mask = parse(" Alpha", picture);
    assertMask(mask, picture, 0, WHITE, 127);
    assertTrue(mask.hidesPicture());
    assertEquals(Optional.empty(), mask.file());
  }

  /** Pictures that differ in their opacity alone have one hash; the mask's tells them apart. */
  @Test
  void transparencyHasItsOwnHash() throws IOException {
    SourcePicture one = row(0xFF102030, 0x00102030);
    SourcePicture other = row(0x00102030, 0xFF102030);
    assertEquals(one.hash(), other.hash());
    assertNotEquals(parse("alpha", one).hash(), parse("alpha", other).hash());
    assertNotEquals(parse("alpha", one), parse("alpha", other));
  }

  @Test
  void anOpaquePictureHasNoTransparency() throws IOException {
    SourcePicture picture = row(0xFF102030);
    InvalidRequestException refusal =
        assertThrows(InvalidRequestException.class, () -> Mask.parse("alpha", picture));
    assertTrue(refusal.getMessage().contains("transparent"), refusal.getMessage());
  }

  @Test
  void aColourIsPaintedWhereItIsNearly() throws IOException {
    SourcePicture picture = row(0xFFFF00FF, 0xFFF50AF5, 0xFFF400FF, 0xFF102030);
    assertMask(parse("#FF00ff", picture), picture, WHITE, WHITE, 0, 0);
    assertEquals("the colour #ff00ff", parse("#FF00ff", picture).name());
  }

  @Test
  void aRectangleIsPainted() throws IOException {
    SourcePicture picture = row(0xFF000000, 0xFF000000, 0xFF000000, 0xFF000000);
    assertMask(parse("1,0,3,1", picture), picture, 0, WHITE, WHITE, 0);
    assertMask(parse("0,0,0.5,1", picture), picture, WHITE, WHITE, 0, 0);
    assertThrows(InvalidRequestException.class, () -> Mask.parse("7,0,9,1", picture));
  }

  @Test
  void otherTextsAreFiles() throws IOException {
    SourcePicture picture = row(0xFF000000);
    for (String text : new String[] {"mask.png", "#ff00f", "./alpha", "1,2,3.png", "-"}) {
      assertEquals(Optional.empty(), Mask.parse(text, picture), text);
    }
  }

  @Test
  void nothingIsBlack() throws IOException {
    SourcePicture picture = row(0xFF000000, 0xFF000000);
    assertMask(new Mask.Nothing(), picture, 0, 0);
  }
}
