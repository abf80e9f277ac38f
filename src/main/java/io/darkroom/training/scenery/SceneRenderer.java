package io.darkroom.training.scenery;

import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.List;
import java.util.function.Consumer;

/** Draws scenes. The same scene and size always give the same pixels. */
public final class SceneRenderer {

  private static final Color SHADOW = new Color(0x141838);
  private static final float REFLECTION_OPACITY = 0.3f;

  /** Creates the renderer; it has no state. */
  public SceneRenderer() {}

  /** All that paints one scene. */
  private record Painters(
      SkyPainter sky, LandPainter land, ObjectPainter objects, WeatherPainter weather) {

    static Painters of(Scene scene, int width, int height) {
      Layout layout = Layout.of(scene, Canvas.HEIGHT * width / height);
      Palette palette = Palette.of(scene);
      return new Painters(
          new SkyPainter(scene, layout, palette),
          new LandPainter(scene, layout, palette),
          new ObjectPainter(scene, layout, palette),
          new WeatherPainter(scene, layout));
    }
  }

  /**
   * Draws a scene.
   *
   * @param scene what to draw
   * @param width in pixels
   * @param height in pixels, at most the width
   * @return a picture of type {@link BufferedImage#TYPE_INT_RGB}
   */
  public BufferedImage render(Scene scene, int width, int height) {
    return picture(Painters.of(scene, width, height), width, height);
  }

  /**
   * Draws a scene and tells what is where.
   *
   * @param scene what to draw
   * @param width in pixels
   * @param height in pixels, at most the width
   * @return the same picture as {@link #render}, and labels and boxes
   */
  public RenderedScene renderLabelled(Scene scene, int width, int height) {
    Painters painters = Painters.of(scene, width, height);
    Canvas measured = Canvas.over(new BoundsBrush(), height);
    List<RenderedScene.Box> boxes =
        painters.objects().boxes(measured, new Rectangle2D.Double(0, 0, width, height));
    return new RenderedScene(
        picture(painters, width, height), labels(painters, width, height), boxes);
  }

  private static BufferedImage picture(Painters painters, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Canvas canvas = Canvas.over(new PictureBrush(image), height);
    Surfaces surfaces = Surfaces.picture(canvas);
    painters.sky().paint(surfaces);
    painters.land().paint(surfaces);
    ObjectPainter objects = painters.objects();
    if (objects.haveReflections()) {
      layer(
          image,
          objects.reflectingRows(height),
          REFLECTION_OPACITY,
          layer -> objects.paintReflections(Canvas.over(new PictureBrush(layer), height)));
    }
    objects.paintContacts(canvas);
    if (objects.castsShadows()) {
      layer(
          image,
          height,
          (float) objects.shadowOpacity(),
          layer ->
              objects.paintShadows(Canvas.over(SilhouetteBrush.smooth(layer, SHADOW), height)));
    }
    objects.paint(surfaces);
    painters.weather().paint(canvas);
    return image;
  }

  /** Paints on a transparent layer and lays the upper rows of it over the image. */
  private static void layer(
      BufferedImage image, int rows, float opacity, Consumer<BufferedImage> painting) {
    BufferedImage layer =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_ARGB);
    painting.accept(layer);
    Graphics2D graphics = image.createGraphics();
    graphics.clipRect(0, 0, image.getWidth(), rows);
    graphics.setComposite(AlphaComposite.getInstance(AlphaComposite.SRC_OVER, opacity));
    graphics.drawImage(layer, 0, 0, null);
    graphics.dispose();
  }

  private static int[] labels(Painters painters, int width, int height) {
    BufferedImage map = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Surfaces surfaces =
        Surfaces.labelled(label -> Canvas.over(SilhouetteBrush.label(map, label), height));
    painters.sky().paint(surfaces);
    painters.land().paint(surfaces);
    painters.objects().paint(surfaces);
    int[] labels = ((DataBufferInt) map.getRaster().getDataBuffer()).getData().clone();
    for (int i = 0; i < labels.length; i++) {
      labels[i] &= 0xFFFFFF;
    }
    return labels;
  }
}
