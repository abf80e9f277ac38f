package io.darkroom.training.scene;

import java.awt.image.BufferedImage;

/**
 * Draws scenes as flat illustrations. The same scene gives the same pixels every time; it has no
 * state and needs no display.
 */
public final class SceneRenderer {

  /** The smallest picture in which anything can be recognised. */
  private static final int MINIMUM_SIZE = 16;

  /**
   * Draws a scene from back to front.
   *
   * @param scene what to draw
   * @param size the width and the height of the picture in pixels, at least 16
   * @return a new picture of the type {@link BufferedImage#TYPE_INT_RGB}
   * @throws IllegalArgumentException when the size is too small
   */
  public BufferedImage render(Scene scene, int size) {
    if (size < MINIMUM_SIZE) {
      throw new IllegalArgumentException(
          "size must be at least " + MINIMUM_SIZE + " pixels, not " + size);
    }
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    Layout layout = Layout.of(scene);
    Palette palette = Palette.of(scene);
    try (Canvas canvas = Canvas.over(image)) {
      new SkyPainter(scene, layout, palette).paint(canvas);
      new LandPainter(scene, layout, palette).paint(canvas);
      new ObjectPainter(scene, layout, palette).paint(canvas);
      new WeatherPainter(scene, layout).paint(canvas);
    }
    return image;
  }
}
