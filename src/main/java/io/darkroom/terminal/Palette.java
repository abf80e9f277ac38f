package io.darkroom.terminal;

import io.darkroom.image.RgbImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The colours that stand for a picture's, by median cut (Heckbert, Color image quantization for
 * frame buffer display, 1982): the box of colours with the widest spread is halved until there are
 * enough.
 */
final class Palette {
  private final int[] colours;
  private final Map<Integer, Integer> indices = new HashMap<>();

  private Palette(int[] colours) {
    this.colours = colours;
  }

  /**
   * Chooses colours for a picture.
   *
   * @param image the picture
   * @param most how many colours there may be
   * @return its palette
   */
  static Palette of(RgbImage image, int most) {
    int[] pixels = new int[image.width() * image.height()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = pixel(image, i);
    }
    List<int[]> boxes = new ArrayList<>(List.of(pixels));
    while (boxes.size() < most) {
      int[] widest = boxes.stream().max(Comparator.comparingLong(Palette::weight)).orElseThrow();
      if (weight(widest) == 0) {
        break; // each box is one colour
      }
      boxes.remove(widest);
      boxes.addAll(halves(widest));
    }
    Palette palette = new Palette(boxes.stream().mapToInt(Palette::mean).toArray());
    for (int i = 0; i < boxes.size(); i++) {
      for (int pixel : boxes.get(i)) {
        palette.indices.put(pixel, i);
      }
    }
    return palette;
  }

  /** The colours, red in bits 16 to 23. */
  int[] colours() {
    return colours;
  }

  /** The index of the colour for the picture's i-th pixel. */
  int index(RgbImage image, int i) {
    return indices.get(pixel(image, i));
  }

  private static int pixel(RgbImage image, int i) {
    byte[] rgb = image.rgb();
    return (rgb[3 * i] & 0xFF) << 16 | (rgb[3 * i + 1] & 0xFF) << 8 | (rgb[3 * i + 2] & 0xFF);
  }

  private static long weight(int[] box) {
    return (long) spread(box, widestShift(box)) * box.length;
  }

  private static int widestShift(int[] box) {
    int shift = 0;
    for (int other = 8; other <= 16; other += 8) {
      shift = spread(box, other) > spread(box, shift) ? other : shift;
    }
    return shift;
  }

  private static int spread(int[] box, int shift) {
    int least = 255;
    int most = 0;
    for (int pixel : box) {
      least = Math.min(least, pixel >> shift & 0xFF);
      most = Math.max(most, pixel >> shift & 0xFF);
    }
    return most - least;
  }

  /** Cut beside the median, so that equal colours stay together and neither half is empty. */
  private static List<int[]> halves(int[] box) {
    int shift = widestShift(box);
    int[] sorted =
        Arrays.stream(box)
            .boxed()
            .sorted(Comparator.comparingInt(pixel -> pixel >> shift & 0xFF))
            .mapToInt(Integer::intValue)
            .toArray();
    int cut = sorted.length / 2;
    int median = sorted[cut] >> shift & 0xFF;
    int first = cut;
    while (first > 0 && (sorted[first - 1] >> shift & 0xFF) == median) {
      first--;
    }
    if (first == 0) {
      first = cut;
      while ((sorted[first] >> shift & 0xFF) == median) {
        first++;
      }
    }
    return List.of(
        Arrays.copyOfRange(sorted, 0, first), Arrays.copyOfRange(sorted, first, sorted.length));
  }

  private static int mean(int[] box) {
    long red = 0;
    long green = 0;
    long blue = 0;
    for (int pixel : box) {
      red += pixel >> 16;
      green += pixel >> 8 & 0xFF;
      blue += pixel & 0xFF;
    }
    long half = box.length / 2;
    return (int)
        (((red + half) / box.length) << 16
            | ((green + half) / box.length) << 8
            | (blue + half) / box.length);
  }
}
