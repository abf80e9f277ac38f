package io.darkroom.pipeline;

import io.darkroom.request.PictureSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * Overlapping windows of latents, which the U-Net sees in place of the whole (MultiDiffusion:
 * Bar-Tal et al., arXiv 2302.08113, section 4). Neighbours share half of their side. Where a
 * picture is seamless and larger than a window, windows go on behind its border.
 *
 * @param height of a window
 * @param width of a window
 * @param places the windows, from the top and from the left
 * @param joinsColumns whether the U-Net must see the right border of the picture beyond the left
 *     one within a window, since the windows do not go on there
 * @param joinsRows the same for the lower and the upper one
 */
record LatentWindows(
    int height, int width, List<Place> places, boolean joinsColumns, boolean joinsRows) {
  /**
   * Where a window begins.
   *
   * @param top its first row
   * @param left its first column
   */
  record Place(int top, int left) {}

  /** Takes its own copy. */
  LatentWindows {
    places = List.copyOf(places);
  }

  /**
   * Plans the windows of a picture.
   *
   * @param settings whether the picture is tiled and seamless
   * @param side the latent's side that the model was trained for
   * @param height of the picture's latent
   * @param width of the picture's latent
   * @return the windows; a single one for a picture that is not tiled
   */
  static LatentWindows of(PictureSettings settings, int side, int height, int width) {
    boolean columns = settings.seamless().joinsColumns();
    boolean rows = settings.seamless().joinsRows();
    if (!settings.tiled()) {
      return new LatentWindows(height, width, List.of(new Place(0, 0)), columns, rows);
    }
    int windowHeight = Math.min(side, height);
    int windowWidth = Math.min(side, width);
    List<Place> places = new ArrayList<>();
    for (int top : starts(height, windowHeight, rows)) {
      for (int left : starts(width, windowWidth, columns)) {
        places.add(new Place(top, left));
      }
    }
    return new LatentWindows(
        windowHeight,
        windowWidth,
        places,
        columns && windowWidth == width,
        rows && windowHeight == height);
  }

  /** Spreads windows evenly, each at most half a window behind the one before. */
  private static int[] starts(int length, int window, boolean goesOn) {
    if (window == length) {
      return new int[] {0};
    }
    int half = Math.max(1, window / 2);
    int room = goesOn ? length : length - window;
    int steps = (room + half - 1) / half;
    int[] starts = new int[goesOn ? steps : steps + 1];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = (int) Math.round((double) i * room / steps);
    }
    return starts;
  }
}
