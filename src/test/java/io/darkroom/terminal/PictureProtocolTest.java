package io.darkroom.terminal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.image.Png;
import io.darkroom.image.PngReader;
import io.darkroom.image.RgbImage;
import io.darkroom.terminal.PictureProtocol.Box;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Reads each protocol's bytes back as a terminal would. */
class PictureProtocolTest {
  private static final RgbImage NOISE = noise(90, 61);
  private static final Box BOX = new Box(40, 14);

  private static RgbImage noise(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    new Random(4).nextBytes(rgb);
    return new RgbImage(width, height, rgb);
  }

  /** Smooth, with more colours than a palette holds. */
  private static RgbImage gradient(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int start = 3 * (y * width + x);
        rgb[start] = (byte) (255 * x / width);
        rgb[start + 1] = (byte) (255 * y / height);
        rgb[start + 2] = (byte) 77;
      }
    }
    return new RgbImage(width, height, rgb);
  }

  @Test
  void kittyGetsThePngInPieces() throws IOException {
    String sequence = PictureProtocol.KITTY.draw(NOISE, BOX);
    Matcher pieces = Pattern.compile("\033_G([^;]*);([^\033]*)\033\\\\").matcher(sequence);
    List<MatchResult> found = pieces.results().toList();
    assertTrue(found.size() > 2, "one piece is no test");
    assertEquals("a=T,f=100,q=2,c=40,m=1", found.get(0).group(1));
    StringBuilder data = new StringBuilder();
    for (int i = 0; i < found.size(); i++) {
      if (i > 0) {
        assertEquals(i == found.size() - 1 ? "m=0" : "m=1", found.get(i).group(1));
      }
      assertTrue(found.get(i).group(2).length() <= 4096);
      data.append(found.get(i).group(2));
    }
    assertEquals("\n", pieces.replaceAll(""));
    assertSame(NOISE, png(data.toString()));
  }

  @Test
  void iterm2GetsThePngInOnePiece() throws IOException {
    Matcher file =
        Pattern.compile(
                "\033]1337;File=inline=1;size=(\\d+);width=40;height=14;preserveAspectRatio=1:"
                    + "([^\007]*)\007\n")
            .matcher(PictureProtocol.ITERM2.draw(NOISE, BOX));
    assertTrue(file.matches());
    assertEquals(Integer.parseInt(file.group(1)), Base64.getDecoder().decode(file.group(2)).length);
    assertSame(NOISE, png(file.group(2)));
  }

  private static RgbImage png(String base64) throws IOException {
    Png png = new PngReader(new ByteArrayInputStream(Base64.getDecoder().decode(base64))).read();
    return png.image();
  }

  private static void assertSame(RgbImage expected, RgbImage actual) {
    assertEquals(expected.width(), actual.width());
    assertArrayEquals(expected.rgb(), actual.rgb());
  }

  @Test
  void sixelsGiveThePictureBack() {
    RgbImage few =
        new RgbImage(3, 2, new byte[] {0, 0, 0, -1, -1, -1, 0, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, -1});
    assertClose(few, sixels(PictureProtocol.SIXEL.draw(few, BOX), 3, 2), 1);
    RgbImage many = gradient(97, 50);
    RgbImage back = sixels(PictureProtocol.SIXEL.draw(many, BOX), 97, 50);
    assertClose(many, back, 12);
  }

  private static void assertClose(RgbImage expected, RgbImage actual, int most) {
    for (int i = 0; i < expected.rgb().length; i++) {
      assertEquals(expected.rgb()[i] & 0xFF, actual.rgb()[i] & 0xFF, most, "byte " + i);
    }
  }

  /** A terminal for sixels; every pixel must be painted. */
  private static RgbImage sixels(String sequence, int width, int height) {
    String start = "\033P0;1;0q\"1;1;" + width + ";" + height;
    assertTrue(sequence.startsWith(start), sequence.substring(0, 30));
    assertTrue(sequence.endsWith("\033\\\n"));
    String body = sequence.substring(start.length(), sequence.length() - 3);
    int[][] colours = new int[256][];
    int[] painted = new int[3 * width * height];
    java.util.Arrays.fill(painted, -1);
    int x = 0;
    int top = 0;
    int colour = 0;
    Matcher token =
        Pattern.compile("#(\\d+);2;(\\d+);(\\d+);(\\d+)|#(\\d+)|!(\\d+)([?-~])|([?-~])|\\$|-")
            .matcher(body);
    int end = 0;
    while (token.find()) {
      assertEquals(end, token.start(), "unknown characters");
      end = token.end();
      if (token.group(1) != null) {
        colours[Integer.parseInt(token.group(1))] =
            new int[] {percent(token, 2), percent(token, 3), percent(token, 4)};
      } else if (token.group(5) != null) {
        colour = Integer.parseInt(token.group(5));
      } else if (token.group().equals("$")) {
        x = 0;
      } else if (token.group().equals("-")) {
        x = 0;
        top += 6;
      } else {
        int count = token.group(6) == null ? 1 : Integer.parseInt(token.group(6));
        int bits = token.group().charAt(token.group().length() - 1) - '?';
        for (int i = 0; i < count; i++, x++) {
          for (int bit = 0; bit < 6; bit++) {
            if ((bits >> bit & 1) == 1) {
              System.arraycopy(colours[colour], 0, painted, 3 * ((top + bit) * width + x), 3);
            }
          }
        }
      }
    }
    assertEquals(body.length(), end);
    byte[] rgb = new byte[painted.length];
    for (int i = 0; i < rgb.length; i++) {
      assertTrue(painted[i] >= 0, "nobody painted byte " + i);
      rgb[i] = (byte) painted[i];
    }
    return new RgbImage(width, height, rgb);
  }

  private static int percent(Matcher token, int group) {
    return Math.round(Integer.parseInt(token.group(group)) * 255 / 100f);
  }

  @Test
  void halfBlocksHaveTwoPixelsEach() {
    RgbImage image =
        new RgbImage(
            2,
            4,
            new byte[] {1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0});
    assertEquals(
        "\033[38;2;1;2;3m\033[48;2;4;5;6m▀\033[48;2;7;8;9m▀\033[0m\n"
            + "\033[38;2;0;0;0m\033[48;2;0;0;0m▀\033[38;2;255;0;0m▀\033[0m\n",
        PictureProtocol.BLOCKS.draw(image, new Box(2, 2)));
  }

  @Test
  void aPictureFitsTheScreenAndKeepsItsShape() {
    RgbImage square = noise(512, 512);
    assertEquals(new Box(44, 22), Box.fitting(square, 80, 24));
    assertEquals(new Box(30, 15), Box.fitting(square, 30, 60));
    assertEquals(new Box(80, 20), Box.fitting(noise(768, 384), 80, 24));
    assertEquals(new Box(16, 8), Box.fitting(noise(16, 16), 80, 24));
    assertEquals(new Box(1, 1), Box.fitting(square, 1, 1));
  }

  @Test
  void scalingAverages() {
    RgbImage image =
        new RgbImage(4, 1, new byte[] {0, 0, 0, 10, 20, 30, 100, 100, 100, -1, -1, -1});
    assertArrayEquals(
        new byte[] {5, 10, 15, (byte) 178, (byte) 178, (byte) 178}, Scaling.to(image, 2, 1).rgb());
    RgbImage wide = Scaling.to(image, 8, 3);
    assertEquals(100, wide.rgb()[3 * (2 * 8 + 5)]);
  }
}
