package io.darkroom.training;

import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Many pictures of one size on one sheet. */
final class ContactSheet {
  private static final int GAP = 4;

  private ContactSheet() {}

  /**
   * Writes a sheet.
   *
   * @param file where it goes
   * @param columns pictures side by side
   * @param images of one size, at least one
   * @throws IOException if it cannot be written
   */
  static void write(Path file, int columns, List<RgbImage> images) throws IOException {
    int imageWidth = images.get(0).width();
    int imageHeight = images.get(0).height();
    int rows = (images.size() + columns - 1) / columns;
    int width = columns * (imageWidth + GAP) + GAP;
    int height = rows * (imageHeight + GAP) + GAP;
    byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, (byte) 0xFF);
    for (int i = 0; i < images.size(); i++) {
      int left = GAP + i % columns * (imageWidth + GAP);
      int top = GAP + i / columns * (imageHeight + GAP);
      for (int y = 0; y < imageHeight; y++) {
        System.arraycopy(
            images.get(i).rgb(),
            3 * y * imageWidth,
            rgb,
            3 * ((top + y) * width + left),
            3 * imageWidth);
      }
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      new PngWriter(out).write(new Png(new RgbImage(width, height, rgb), Map.of()));
    }
  }
}
