package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.image.RgbImage;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TiledPictureTest {
  private static final TiledSide.Overlap OVERLAP = new TiledSide.Overlap(1, 2);

  @Test
  void tilesOfOnePictureGiveThisPicture() {
    TiledSide columns = TiledSide.of(23, 10, OVERLAP, 1);
    TiledSide rows = TiledSide.of(17, 10, OVERLAP, 1);
    RgbImage whole = random(46, 34);
    TiledPicture picture = new TiledPicture(columns, rows, 2);
    for (int row = 0; row < rows.count(); row++) {
      for (int column = 0; column < columns.count(); column++) {
        picture.add(column, row, part(whole, columns, rows, column, row));
      }
    }
    RgbImage joined = picture.picture(46, 34);
    assertArrayEquals(whole.rgb(), joined.rgb());
    RgbImage cut = picture.picture(45, 33);
    assertEquals(45, cut.width());
    assertEquals(33, cut.height());
    for (int y = 0; y < 33; y++) {
      for (int i = 0; i < 3 * 45; i++) {
        assertEquals(whole.rgb()[3 * 46 * y + i], cut.rgb()[3 * 45 * y + i]);
      }
    }
  }

  @Test
  void oneTileFadesIntoTheNext() {
    TiledSide columns = TiledSide.of(12, 9, OVERLAP, 1);
    TiledSide rows = TiledSide.of(1, 9, OVERLAP, 1);
    assertEquals(8, columns.tile());
    TiledPicture picture = new TiledPicture(columns, rows, 1);
    float[] white = new float[3 * 8];
    Arrays.fill(white, 2f); // what is beyond white is white
    picture.add(0, 0, new float[3 * 8]);
    picture.add(1, 0, white);
    byte[] rgb = picture.picture(12, 1).rgb();
    int[] expected = {0, 0, 0, 0, 0, 64, 191, 255, 255, 255, 255, 255};
    for (int i = 0; i < rgb.length; i++) {
      assertEquals(expected[i / 3], rgb[i] & 0xFF, "pixel " + i / 3);
    }
  }

  private static float[] part(
      RgbImage whole, TiledSide columns, TiledSide rows, int column, int row) {
    int width = 2 * columns.tile();
    int height = 2 * rows.tile();
    float[] values = new float[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int place =
            (2 * rows.starts().get(row) + y) * whole.width() + 2 * columns.starts().get(column) + x;
        for (int channel = 0; channel < 3; channel++) {
          values[(channel * height + y) * width + x] =
              (whole.rgb()[3 * place + channel] & 0xFF) / 255f;
        }
      }
    }
    return values;
  }

  private static RgbImage random(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    new Random(3).nextBytes(rgb);
    return new RgbImage(width, height, rgb);
  }
}
