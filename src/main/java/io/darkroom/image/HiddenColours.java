package io.darkroom.image;

/**
 * Replaces the colours that nobody sees, those of wholly transparent pixels, by the colour of a
 * pixel nearby that is seen. Many files have black there, which would bleed into the edges when the
 * picture is enlarged.
 */
public final class HiddenColours {
  /** Steps in a row, to the side and across: about their ratio of lengths. */
  private static final int STRAIGHT = 5;

  private static final int DIAGONAL = 7;
  private static final int FAR = Integer.MAX_VALUE - DIAGONAL;

  private HiddenColours() {}

  /**
   * Replaces them. Two passes find the nearest pixel nearly always (Borgefors' chamfer distance).
   *
   * @param picture any picture
   * @param opacity of its size, 0 where a pixel is not seen
   * @return a picture that looks the same; the same one if there is nothing to replace
   */
  public static RgbImage replaced(RgbImage picture, GreyImage opacity) {
    if (opacity.isAtLeast(1) || opacity.isBelow(1)) {
      return picture;
    }
    int width = picture.width();
    int height = picture.height();
    int[] distances = new int[width * height];
    int[] sources = new int[width * height];
    for (int i = 0; i < distances.length; i++) {
      distances[i] = opacity.values()[i] == 0 ? FAR : 0;
      sources[i] = i;
    }
    Grid grid = new Grid(width, height, distances, sources);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        grid.look(x, y, -1);
      }
    }
    for (int y = height - 1; y >= 0; y--) {
      for (int x = width - 1; x >= 0; x--) {
        grid.look(x, y, 1);
      }
    }
    byte[] rgb = new byte[picture.rgb().length];
    for (int i = 0; i < sources.length; i++) {
      System.arraycopy(picture.rgb(), 3 * sources[i], rgb, 3 * i, 3);
    }
    return new RgbImage(width, height, rgb);
  }

  /**
   * What is known of each pixel.
   *
   * @param distances to the nearest pixel that is seen
   * @param sources which one that is
   */
  private record Grid(int width, int height, int[] distances, int[] sources) {
    /** Asks the neighbours behind, seen in the direction of the pass. */
    void look(int x, int y, int back) {
      ask(x, y, x + back, y, STRAIGHT);
      for (int side = -1; side <= 1; side++) {
        ask(x, y, x + side, y + back, side == 0 ? STRAIGHT : DIAGONAL);
      }
    }

    private void ask(int x, int y, int otherX, int otherY, int step) {
      if (otherX < 0 || otherX >= width || otherY < 0 || otherY >= height) {
        return;
      }
      int place = y * width + x;
      int other = otherY * width + otherX;
      if (distances[other] + step < distances[place]) {
        distances[place] = distances[other] + step;
        sources[place] = sources[other];
      }
    }
  }
}
