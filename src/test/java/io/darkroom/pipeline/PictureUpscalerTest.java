package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import io.darkroom.image.InputPictureReader;
import io.darkroom.image.RgbImage;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestDevice;
import io.darkroom.testing.TestModels;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class PictureUpscalerTest {
  private static final ComputeOptions HERE =
      new ComputeOptions(TestDevice.name(), TestDevice.dtype());

  private static Path model(String file) {
    return TestModels.directory("tiny-esrgan").resolve(file);
  }

  private static RgbImage golden(String name) {
    try {
      return InputPictureReader.read(
              new ByteArrayInputStream(Golden.bytes("tiny-esrgan/" + name + ".png")))
          .image();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void wholePicturesAreBasicSrs() {
    assertLike("x4", "x4_new.safetensors", 4);
    assertLike("x4", "x4_middle.pth", 4);
    assertLike("x2", "x2_old.safetensors", 2);
    assertLike("x2plus", "x2plus_new.pth", 2);
  }

  private static void assertLike(String expected, String file, int factor) {
    try (PictureUpscaler upscaler = PictureUpscaler.open(model(file), HERE)) {
      assertEquals(factor, upscaler.factor());
      assertEquals(file.replaceFirst("\\..*", ""), upscaler.name());
      Pictures.assertAlike(file, golden(expected), upscaler.upscale(golden("input")));
    }
  }

  /** The overlap is as large as the receptive field: nothing is left of the seams. */
  @Test
  void tilesThatSeeAllTheyDependOnLeaveNoTrace() {
    Tiling tiling = new Tiling(200, new TiledSide.Overlap(40, 8));
    for (String file : List.of("x4_new.safetensors", "x2_old.safetensors")) {
      RgbImage picture = random(233, 217);
      RecordingListener listener = new RecordingListener();
      RgbImage whole = upscaled(file, picture, new Tiling(256, tiling.overlap()), listener);
      assertEquals(List.of("1/1"), listener.steps);
      RgbImage tiled = upscaled(file, picture, tiling, listener);
      assertEquals(List.of("1/1", "1/4", "2/4", "3/4", "4/4"), listener.steps);
      // Other shapes may round otherwise: that can move a value from one level to the next.
      Pictures.Difference difference = Pictures.difference(whole, tiled);
      assertTrue(difference.largest() <= 1, difference.toString());
      assertTrue(difference.share() < 1e-4, difference.toString());
    }
  }

  /** Random weights on random pixels look as far as they can: a real network differs by less. */
  @Test
  void tilesThatSeeLessFadeIntoEachOther() {
    Tiling usual = new Tiling(128, new TiledSide.Overlap(24, 8));
    RgbImage picture = random(233, 150);
    RgbImage whole =
        upscaled(
            "x4_new.safetensors",
            picture,
            new Tiling(256, usual.overlap()),
            new RecordingListener());
    RgbImage tiled = upscaled("x4_new.safetensors", picture, usual, new RecordingListener());
    Pictures.Difference difference = Pictures.difference(whole, tiled);
    assertTrue(difference.largest() <= 1, difference.toString());
    assertTrue(difference.share() < 1e-3, difference.toString());
  }

  private static RgbImage upscaled(
      String file, RgbImage picture, Tiling tiling, PipelineListener listener) {
    try (PictureUpscaler upscaler =
        PictureUpscaler.open(model(file), HERE, tiling, MemoryGauge.MACHINE)) {
      return upscaler.upscale(picture, listener);
    }
  }

  @Test
  void anySizeWillDo() {
    try (PictureUpscaler upscaler = PictureUpscaler.open(model("x2plus_new.pth"), HERE)) {
      for (int[] size : new int[][] {{1, 1}, {7, 1}, {3, 9}, {20, 24}}) {
        RgbImage large = upscaler.upscale(random(size[0], size[1]));
        assertEquals(2 * size[0], large.width());
        assertEquals(2 * size[1], large.height());
      }
      // What is added to a side of an odd length is mirrored, and cut off again.
      RgbImage odd = random(21, 24);
      RgbImage even = new RgbImage(22, 24, mirrored(odd));
      RgbImage expected = upscaler.upscale(even);
      RgbImage actual = upscaler.upscale(odd);
      for (int y = 0; y < 48; y++) {
        for (int i = 0; i < 3 * 42; i++) {
          assertEquals(expected.rgb()[3 * 44 * y + i], actual.rgb()[3 * 42 * y + i]);
        }
      }
    }
  }

  private static byte[] mirrored(RgbImage odd) {
    int width = odd.width();
    byte[] rgb = new byte[3 * (width + 1) * odd.height()];
    for (int y = 0; y < odd.height(); y++) {
      System.arraycopy(odd.rgb(), 3 * width * y, rgb, 3 * (width + 1) * y, 3 * width);
      System.arraycopy(
          odd.rgb(), 3 * (width * y + width - 2), rgb, 3 * ((width + 1) * y + width), 3);
    }
    return rgb;
  }

  @Test
  void whereMemoryIsShortTheTilesAreSmallerAndThePictureIsTheSame() {
    RgbImage picture = random(200, 130);
    RecordingListener listener = new RecordingListener();
    MemoryGauge scarce =
        new MemoryGauge() {
          @Override
          public OptionalLong free(Device device) {
            return OptionalLong.of(1 << 20);
          }

          @Override
          public OptionalLong total(Device device) {
            return OptionalLong.of(1 << 20);
          }
        };
    Tiling tiling = new Tiling(256, new TiledSide.Overlap(24, 8));
    try (PictureUpscaler upscaler =
        PictureUpscaler.open(model("x2_old.safetensors"), HERE, tiling, scarce)) {
      RgbImage tiled = upscaler.upscale(picture, listener);
      assertEquals(List.of("memory is short: the tiles have 128x128 pixels"), listener.details);
      assertEquals("4/4", listener.steps.get(3));
      RgbImage whole = upscaled("x2_old.safetensors", picture, tiling, new RecordingListener());
      assertTrue(Pictures.difference(whole, tiled).largest() <= 1);
    }
  }

  @Test
  void aListenerMayEndTheWork() {
    Tiling tiling = new Tiling(120, new TiledSide.Overlap(24, 8));
    RecordingListener stopping =
        new RecordingListener() {
          @Override
          public void onStep(int step, int all) {
            super.onStep(step, all);
            throw new CancellationException();
          }
        };
    RgbImage picture = random(160, 20);
    assertThrows(
        CancellationException.class,
        () -> upscaled("x2_old.safetensors", picture, tiling, stopping));
    assertEquals(List.of("1/2"), stopping.steps);
  }

  @Test
  void aResultThatNoPictureCanHoldIsRefused() {
    RgbImage picture = new RgbImage(7000, 7000, new byte[3 * 7000 * 7000]);
    InvalidRequestException refusal =
        assertThrows(
            InvalidRequestException.class, () -> PictureUpscaler.requireHoldable(picture, 4));
    assertEquals(
        "a picture of 7000x7000 would become 28000x28000, which is too large; at most 44 million"
            + " pixels can be made of it",
        refusal.getMessage());
    PictureUpscaler.requireHoldable(picture, 2);
  }

  @Test
  void twoPicturesOneAfterTheOtherAreLikeEachAlone() {
    RgbImage first = random(30, 20);
    try (PictureUpscaler upscaler = PictureUpscaler.open(model("x4_new.safetensors"), HERE)) {
      RgbImage once = upscaler.upscale(first);
      upscaler.upscale(random(10, 40));
      assertArrayEquals(once.rgb(), upscaler.upscale(first).rgb());
    }
  }

  private static RgbImage random(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    new Random(7).nextBytes(rgb);
    return new RgbImage(width, height, rgb);
  }
}
