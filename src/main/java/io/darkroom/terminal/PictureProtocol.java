package io.darkroom.terminal;

import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Map;

/** How a terminal is given a picture. */
public enum PictureProtocol {
  /**
   * The kitty graphics protocol: a PNG in pieces.
   *
   * @see <a href="https://sw.kovidgoyal.net/kitty/graphics-protocol/">the specification</a>
   */
  KITTY {
    @Override
    public String draw(RgbImage image, Box box) {
      String data = base64(image);
      StringBuilder sequence = new StringBuilder();
      for (int start = 0; start < data.length(); start += KITTY_PIECE) {
        int end = Math.min(data.length(), start + KITTY_PIECE);
        sequence.append("\033_G");
        if (start == 0) {
          // Transmit and show at once (a=T) a PNG (f=100), and answer nothing (q=2).
          sequence.append("a=T,f=100,q=2,c=" + box.columns() + ",");
        }
        sequence.append("m=").append(end < data.length() ? 1 : 0).append(';');
        sequence.append(data, start, end).append(END);
      }
      return sequence.append('\n').toString();
    }
  },
  /**
   * iTerm2's inline images: a PNG in one piece.
   *
   * @see <a href="https://iterm2.com/documentation-images.html">the description</a>
   */
  ITERM2 {
    @Override
    public String draw(RgbImage image, Box box) {
      byte[] png = png(image);
      return "\033]1337;File=inline=1;size=%d;width=%d;height=%d;preserveAspectRatio=1:%s\007\n"
          .formatted(
              png.length, box.columns(), box.rows(), Base64.getEncoder().encodeToString(png));
    }
  },
  /** DEC's sixel graphics: bands six pixels high, one colour of a palette at a time. */
  SIXEL {
    @Override
    public String draw(RgbImage image, Box box) {
      int width = Math.min(image.width(), box.columns() * CELL_WIDTH);
      int height = (int) Math.max(1, Math.round((double) width * image.height() / image.width()));
      return new SixelWriter(Scaling.to(image, width, height)).sequence() + "\n";
    }
  },
  /** Half blocks, two pixels a character, in 24-bit colour. */
  BLOCKS {
    @Override
    public String draw(RgbImage image, Box box) {
      return HalfBlocks.lines(Scaling.to(image, box.columns(), 2 * box.rows()));
    }
  };

  /** Ends a string of a kitty command. */
  private static final String END = "\033\\";

  /** The most characters of base64 in one piece, by the specification. */
  private static final int KITTY_PIECE = 4096;

  /** A guess that no usual font falls short of, so that a picture is never cut. */
  private static final int CELL_WIDTH = 8;

  /**
   * The place that a picture may take.
   *
   * @param columns characters, 1 or more
   * @param rows lines, 1 or more
   */
  public record Box(int columns, int rows) {
    /**
     * The largest place on a screen for a picture, a character being twice as high as wide.
     *
     * @param image the picture
     * @param columns of the screen
     * @param rows of the screen; two are left for other things
     * @return the place, never larger than the picture's own pixels as half blocks
     */
    public static Box fitting(RgbImage image, int columns, int rows) {
      double aspect = (double) image.height() / image.width();
      int most = Math.max(1, Math.min(columns, image.width()));
      int wide = (int) Math.min(most, 2 * Math.max(1, rows - 2) / aspect);
      return new Box(Math.max(1, wide), (int) Math.max(1, Math.round(wide * aspect / 2)));
    }
  }

  /**
   * The sequence that draws a picture where the cursor is, and leaves the cursor below it.
   *
   * @param image the picture
   * @param box the place it takes
   * @return text and control sequences, ASCII but for the blocks
   */
  public abstract String draw(RgbImage image, Box box);

  private static String base64(RgbImage image) {
    return Base64.getEncoder().encodeToString(png(image));
  }

  private static byte[] png(RgbImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      new PngWriter(bytes).write(new Png(image, Map.of()));
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
    return bytes.toByteArray();
  }
}
