package io.darkroom.terminal;

import io.darkroom.image.RgbImage;

/**
 * A picture in DEC's sixel graphics (VT330/VT340 Programmer Reference Manual, chapter 14). A
 * character from {@code ?} to {@code ~} is six pixels on top of each other, the topmost in the
 * lowest bit; {@code #n} chooses a colour, {@code !n} repeats, {@code $} goes back to the band's
 * beginning, {@code -} to the next band.
 */
final class SixelWriter {
  private static final int BAND = 6;
  private static final int MOST_COLOURS = 256;

  /** A repetition is worth its characters from here on. */
  private static final int SHORTEST_RUN = 4;

  private final RgbImage image;
  private final Palette palette;
  private final StringBuilder sequence = new StringBuilder();

  /**
   * Prepares the picture.
   *
   * @param image the picture, one sixel pixel a pixel
   */
  SixelWriter(RgbImage image) {
    this.image = image;
    palette = Palette.of(image, MOST_COLOURS);
  }

  /** The whole sequence. */
  String sequence() {
    // Pixels are square; those that nobody paints keep their colour.
    sequence.append("\033P0;1;0q\"1;1;").append(image.width()).append(';').append(image.height());
    int[] colours = palette.colours();
    for (int i = 0; i < colours.length; i++) {
      sequence.append('#').append(i).append(";2;").append(percent(colours[i] >> 16));
      sequence.append(';').append(percent(colours[i] >> 8));
      sequence.append(';').append(percent(colours[i]));
    }
    for (int top = 0; top < image.height(); top += BAND) {
      writeBand(top);
    }
    return sequence.append("\033\\").toString();
  }

  private static int percent(int channel) {
    return Math.round((channel & 0xFF) * 100 / 255f);
  }

  private void writeBand(int top) {
    int width = image.width();
    byte[][] rows = new byte[palette.colours().length][];
    for (int y = top; y < Math.min(top + BAND, image.height()); y++) {
      for (int x = 0; x < width; x++) {
        int colour = palette.index(image, y * width + x);
        if (rows[colour] == null) {
          rows[colour] = new byte[width];
        }
        rows[colour][x] |= (byte) (1 << (y - top));
      }
    }
    for (int colour = 0; colour < rows.length; colour++) {
      if (rows[colour] != null) {
        sequence.append('#').append(colour);
        writeRow(rows[colour]);
        sequence.append('$');
      }
    }
    sequence.append('-');
  }

  private void writeRow(byte[] row) {
    int start = 0;
    while (start < row.length) {
      int end = start;
      while (end < row.length && row[end] == row[start]) {
        end++;
      }
      char sixel = (char) ('?' + row[start]);
      if (end == row.length && row[start] == 0) {
        return; // nothing but what is there already
      }
      if (end - start >= SHORTEST_RUN) {
        sequence.append('!').append(end - start).append(sixel);
      } else {
        sequence.append(String.valueOf(sixel).repeat(end - start));
      }
      start = end;
    }
  }
}
