package io.darkroom.image;

/** Cuts a rectangle out of a picture; what of it lies outside repeats the picture's border. */
final class PixelWindow {
  private PixelWindow() {}

  /**
   * Cuts.
   *
   * @param pixels {@code [height, width, channels]}
   * @param channels bytes of a pixel
   * @param width of the picture, in pixels
   * @param height of the picture, in pixels
   * @param left the first column of the window; may be negative
   * @param top the first row of the window; may be negative
   * @param toWidth the window's width
   * @param toHeight the window's height
   * @return {@code [toHeight, toWidth, channels]}
   */
  static byte[] of(
      byte[] pixels,
      int channels,
      int width,
      int height,
      int left,
      int top,
      int toWidth,
      int toHeight) {
    byte[] result = new byte[channels * toWidth * toHeight];
    for (int y = 0; y < toHeight; y++) {
      int row = Math.max(0, Math.min(height - 1, y + top));
      for (int x = 0; x < toWidth; x++) {
        int column = Math.max(0, Math.min(width - 1, x + left));
        System.arraycopy(
            pixels,
            (row * width + column) * channels,
            result,
            (y * toWidth + x) * channels,
            channels);
      }
    }
    return result;
  }
}
