package io.darkroom.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link Fit#STRETCH} gives was computed by Pillow 9.4, {@code resize(size, LANCZOS)}. */
class FitTest {
  @ParameterizedTest
  @ValueSource(strings = {"64x48", "16x8", "37x40", "20x23", "1x1", "90x3"})
  void stretchesAsPillowDoes(String size) throws IOException {
    RgbImage expected = picture(size);
    RgbImage fitted = Fit.STRETCH.apply(picture("source"), expected.width(), expected.height());
    assertArrayEquals(expected.rgb(), fitted.rgb());
  }

  @Test
  void stretchesGreyAsPillowDoes() throws IOException {
    GreyImage grey = GreyImage.of(picture("grey"));
    assertArrayEquals(
        GreyImage.of(picture("grey_24x40")).values(), Fit.STRETCH.apply(grey, 24, 40).values());
  }

  @Test
  void brightnessIsPillows() throws IOException {
    assertArrayEquals(
        GreyImage.of(picture("source_L")).values(), GreyImage.of(picture("source")).values());
  }

  @Test
  void whatFitsStaysAsItIs() throws IOException {
    RgbImage source = picture("source");
    for (Fit fit : Fit.values()) {
      assertSame(source, fit.apply(source, source.width(), source.height()));
    }
  }

  /** A picture twice as wide as high, its left half black and its right half white. */
  private static GreyImage halves() {
    byte[] values = new byte[16 * 8];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (i % 16 < 8 ? 0 : 255);
    }
    return new GreyImage(16, 8, values);
  }

  @Test
  void cropsTheMiddle() {
    GreyImage cropped = Fit.CROP.apply(halves(), 8, 8);
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 8; x++) {
        assertEquals(x < 4 ? 0 : -1, cropped.values()[y * 8 + x]);
      }
    }
  }

  @Test
  void padsWithTheBorder() {
    GreyImage padded = Fit.PAD.apply(halves(), 16, 16);
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 16; x++) {
        assertEquals(x < 8 ? 0 : -1, padded.values()[y * 16 + x]);
      }
    }
    byte[] top = new byte[64];
    java.util.Arrays.fill(top, 32, 64, (byte) 255);
    GreyImage wide = Fit.PAD.apply(new GreyImage(8, 8, top), 24, 8);
    for (int x = 0; x < 24; x++) {
      assertEquals(0, wide.values()[x]);
      assertEquals(-1, wide.values()[7 * 24 + x]);
    }
  }

  @Test
  void aLineFitsAnything() {
    for (Fit fit : Fit.values()) {
      GreyImage fitted = fit.apply(new GreyImage(1000, 1, new byte[1000]), 8, 64);
      assertEquals(8 * 64, fitted.values().length);
    }
  }

  @Test
  void knowsItsNames() {
    for (Fit fit : Fit.values()) {
      assertSame(fit, Fit.named(fit.optionName()));
    }
    assertSame(Fit.CROP, Fit.named(" Crop "));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Fit.named("squeeze"));
    assertTrue(e.getMessage().contains("stretch, crop, pad"));
  }

  @Test
  void invertsGrey() {
    assertArrayEquals(
        new byte[] {-1, 0, 55},
        new GreyImage(3, 1, new byte[] {0, -1, (byte) 200}).inverted().values());
  }

  private static RgbImage picture(String name) throws IOException {
    try (InputStream in = FitTest.class.getResourceAsStream("/pictures/lanczos/" + name + ".png")) {
      return InputPictureReader.read(in).image();
    }
  }
}
