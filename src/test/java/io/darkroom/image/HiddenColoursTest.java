package io.darkroom.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HiddenColoursTest {
  private static final int WIDTH = 23;
  private static final int HEIGHT = 17;

  @Test
  void eachHiddenPixelTakesTheColourOfOneThatIsNearlyTheNearest() {
    Random random = new Random(4);
    byte[] rgb = new byte[3 * WIDTH * HEIGHT];
    byte[] opacity = new byte[WIDTH * HEIGHT];
    for (int i = 0; i < opacity.length; i++) {
      rgb[3 * i] = (byte) (i % 256);
      rgb[3 * i + 1] = (byte) (i / 256);
      opacity[i] = (byte) (random.nextInt(40) == 0 ? 1 + random.nextInt(255) : 0);
    }
    RgbImage replaced =
        HiddenColours.replaced(
            new RgbImage(WIDTH, HEIGHT, rgb), new GreyImage(WIDTH, HEIGHT, opacity));
    for (int i = 0; i < opacity.length; i++) {
      int source = (replaced.rgb()[3 * i] & 0xFF) + 256 * (replaced.rgb()[3 * i + 1] & 0xFF);
      assertTrue(opacity[source] != 0, "pixel " + i);
      double nearest = Double.MAX_VALUE;
      for (int k = 0; k < opacity.length; k++) {
        if (opacity[k] != 0) {
          nearest = Math.min(nearest, distance(i, k));
        }
      }
      assertTrue(distance(i, source) <= 1.2 * nearest, "pixel " + i);
      if (opacity[i] != 0) {
        assertEquals(i, source);
      }
    }
  }

  private static double distance(int one, int other) {
    return Math.hypot(one % WIDTH - other % WIDTH, one / WIDTH - other / WIDTH);
  }

  @Test
  void whatIsSeenEverywhereOrNowhereStaysAsItIs() {
    RgbImage picture = new RgbImage(2, 1, new byte[] {1, 2, 3, 4, 5, 6});
    byte[] opacity = {1, (byte) 255};
    assertSame(picture, HiddenColours.replaced(picture, new GreyImage(2, 1, opacity)));
    Arrays.fill(opacity, (byte) 0);
    assertSame(picture, HiddenColours.replaced(picture, new GreyImage(2, 1, opacity)));
  }
}
