package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.request.PictureSettings;
import io.darkroom.request.Seamless;
import io.darkroom.request.Setting;
import io.darkroom.sampling.SamplerKind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatentWindowsTest {
  private static final PictureSettings PLAIN =
      PictureSettings.of(512, 512, 3, 7.5, SamplerKind.DDIM, 0);
  private static final PictureSettings TILED = PLAIN.with(Setting.TILED, true);

  private static List<Integer> lefts(PictureSettings settings, int width) {
    return LatentWindows.of(settings, 64, 64, width).places().stream()
        .map(LatentWindows.Place::left)
        .toList();
  }

  @Test
  void whatIsNotTiledIsOneWindow() {
    LatentWindows windows = LatentWindows.of(PLAIN, 64, 96, 256);
    assertEquals(List.of(new LatentWindows.Place(0, 0)), windows.places());
    assertEquals(96, windows.height());
    assertEquals(256, windows.width());
  }

  @Test
  void neighboursShareHalfOfTheirSide() {
    assertEquals(List.of(0, 32, 64, 96, 128, 160, 192), lefts(TILED, 256));
    assertEquals(List.of(0), lefts(TILED, 64));
    assertEquals(List.of(0), lefts(TILED, 40));
  }

  /** Behind the right border a seamless picture goes on at the left one. */
  @Test
  void seamlessWindowsGoRound() {
    PictureSettings round = TILED.with(Setting.SEAMLESS, Seamless.X);
    assertEquals(List.of(0, 32, 64, 96, 128, 160, 192, 224), lefts(round, 256));
    LatentWindows windows = LatentWindows.of(round, 64, 64, 256);
    assertTrue(!windows.joinsColumns() && !windows.joinsRows());
    LatentWindows both = LatentWindows.of(TILED.with(Setting.SEAMLESS, Seamless.XY), 64, 64, 256);
    assertTrue(!both.joinsColumns() && both.joinsRows(), "one window's height: it must see it");
  }

  @ParameterizedTest
  @CsvSource({"8, 8, 8", "8, 9, 17", "8, 33, 8", "64, 65, 127", "64, 100, 301", "7, 20, 50"})
  void everyPlaceIsSeen(int side, int height, int width) {
    for (Seamless seamless : Seamless.values()) {
      LatentWindows windows =
          LatentWindows.of(TILED.with(Setting.SEAMLESS, seamless), side, height, width);
      boolean[] seen = new boolean[height * width];
      for (LatentWindows.Place place : windows.places()) {
        assertTrue(
            (seamless.joinsRows() && height > side) || place.top() + windows.height() <= height);
        assertTrue(
            (seamless.joinsColumns() && width > side) || place.left() + windows.width() <= width);
        for (int y = 0; y < windows.height(); y++) {
          for (int x = 0; x < windows.width(); x++) {
            seen[(place.top() + y) % height * width + (place.left() + x) % width] = true;
          }
        }
      }
      for (int i = 0; i < seen.length; i++) {
        assertTrue(seen[i], seamless + " " + i);
      }
    }
  }
}
