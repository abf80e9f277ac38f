package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.image.Fit;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.Margins;
import io.darkroom.request.Mask;
import io.darkroom.request.Rectangle;
import io.darkroom.request.SourcePicture;
import io.darkroom.request.Start;
import io.darkroom.testing.Requests;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PasteBackTest {
  private static final int SIZE = 64;

  /** The left half black, the right half white. */
  private static SourcePicture halves() throws IOException {
    byte[] rgb = new byte[3 * SIZE * SIZE];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 % SIZE < SIZE / 2 ? 0 : 255);
    }
    return source(rgb);
  }

  private static SourcePicture source(byte[] rgb) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    new PngWriter(file).write(new Png(new RgbImage(SIZE, SIZE, rgb), Map.of()));
    return SourcePicture.read("picture", new ByteArrayInputStream(file.toByteArray()));
  }

  private static byte[] plain(int level) {
    byte[] rgb = new byte[3 * SIZE * SIZE];
    Arrays.fill(rgb, (byte) level);
    return rgb;
  }

  private static ImageRequest request(boolean pastesBack, double blur) throws IOException {
    Start.Image image = new Start.Image(source(plain(40)), 1, Fit.STRETCH);
    return Requests.of("x", "", 1, SIZE, SIZE, 3, 7.5, "ddim", 0)
        .withStart(
            new Start.Inpaint(
                image, new Mask.Painted(halves()), Start.MaskEdge.HARD, false, blur, pastesBack));
  }

  @Test
  void theRestIsTheOriginalPixelForPixelBesideASoftEdge() throws IOException {
    RgbImage pasted = PasteBack.of(request(true, 2), new RgbImage(SIZE, SIZE, plain(200)));
    int last = 0;
    for (int x = 0; x < SIZE; x++) {
      int value = pasted.rgb()[3 * (SIZE * 5 + x)] & 0xFF;
      if (x < SIZE / 2) {
        assertEquals(40, value);
      } else if (x > SIZE / 2 + 6) {
        assertEquals(200, value);
      }
      assertEquals(Math.max(last, value), value, "it only rises");
      last = value;
    }
  }

  @Test
  void withoutBlurTheEdgeIsHard() throws IOException {
    RgbImage pasted = PasteBack.of(request(true, 0), new RgbImage(SIZE, SIZE, plain(200)));
    assertEquals(40, pasted.rgb()[3 * (SIZE / 2 - 1)] & 0xFF);
    assertEquals(200, pasted.rgb()[3 * (SIZE / 2)] & 0xFF);
  }

  @Test
  void whoDoesNotWantItGetsTheDecodersPicture() throws IOException {
    RgbImage painted = new RgbImage(SIZE, SIZE, plain(200));
    assertSame(painted, PasteBack.of(request(false, 2), painted));
    ImageRequest noise = request(true, 2).withStart(Start.NOISE);
    assertSame(painted, PasteBack.of(noise, painted));
  }

  /** Where only the masked area was painted, the rest of the picture keeps its size and pixels. */
  @Test
  void thePaintedAreaIsLaidIntoTheWholePicture() throws IOException {
    Start.Image image = new Start.Image(source(plain(40)), 1, Fit.STRETCH);
    Mask corner = new Mask.OfRectangle(new Rectangle(0, 0, 0.25, 0.25));
    Start area =
        new Start.Inpaint(image, corner, Start.MaskEdge.HARD, false, 0, true, Optional.of(2));
    byte[] painted = new byte[3 * 8 * 8];
    Arrays.fill(painted, (byte) 200);
    RgbImage pasted = PasteBack.of(request(true, 0).withStart(area), new RgbImage(8, 8, painted));
    assertEquals(SIZE, pasted.width());
    assertEquals(SIZE, pasted.height());
    for (int place = 0; place < SIZE * SIZE; place++) {
      boolean inside = place % SIZE < SIZE / 4 && place / SIZE < SIZE / 4;
      assertEquals(inside ? 200 : 40, pasted.rgb()[3 * place] & 0xFF, "place " + place);
    }
  }

  /** Beside the new part the original fades in; further away it is untouched. */
  @Test
  void whatGrowsHasASoftSeam() throws IOException {
    Start.Image image =
        new Start.Image(source(plain(40)), 1, Fit.STRETCH, new Margins(0, 0, SIZE, 0));
    Start outpaint =
        new Start.Inpaint(image, new Mask.Nothing(), Start.MaskEdge.HARD, false, 1, true);
    byte[] painted = new byte[2 * 3 * SIZE * SIZE];
    Arrays.fill(painted, (byte) 200);
    RgbImage pasted =
        PasteBack.of(request(true, 1).withStart(outpaint), new RgbImage(2 * SIZE, SIZE, painted));
    for (int x = 0; x < 2 * SIZE; x++) {
      int value = pasted.rgb()[3 * (2 * SIZE * 3 + x)] & 0xFF;
      if (x < SIZE - 3) {
        assertEquals(40, value, "column " + x);
      } else if (x >= SIZE) {
        assertEquals(200, value, 2, "column " + x);
      } else {
        assertTrue(value > 40 && value < 200, "column " + x + ": " + value);
      }
    }
  }
}
