package io.darkroom.training.scene;

import java.awt.Color;

/** Puts the objects on the ground: an islet or a shadow below, ripples around what floats. */
final class ObjectPainter {

  private final Scene scene;
  private final Layout layout;
  private final Palette palette;

  ObjectPainter(Scene scene, Layout layout, Palette palette) {
    this.scene = scene;
    this.layout = layout;
    this.palette = palette;
  }

  void paint(Canvas canvas) {
    for (int i = 0; i < scene.objects().size(); i++) {
      Detail.Part part = i == 0 ? Detail.Part.FIRST_OBJECT : Detail.Part.SECOND_OBJECT;
      paint(canvas, scene.objects().get(i), layout.spots().get(i), Detail.of(scene, part));
    }
  }

  private void paint(Canvas canvas, SceneObject object, Layout.Spot spot, Detail detail) {
    int lightSide = layout.celestialX() < spot.x() ? -1 : 1;
    Coat coat = Coat.of(object.colour(), scene.timeOfDay(), lightSide);
    boolean onWater = scene.ground() == Ground.WATER;
    boolean floats = onWater && object.kind() == Kind.BOAT;
    try (Canvas ground = canvas.at(spot.x(), spot.groundY(), spot.scale())) {
      if (onWater && !floats && object.kind() != Kind.BALLOON) {
        paintIslet(ground);
      }
      if (!floats) {
        paintShadow(ground, lightSide);
      }
    }
    try (Canvas local = canvas.at(spot.x(), spot.y(), spot.scale())) {
      Drawing.of(object.kind()).paint(local, coat, detail);
      if (floats) {
        paintRipples(local);
      }
    }
  }

  private void paintIslet(Canvas canvas) {
    canvas.fill(Forms.ellipse(0, 2.4, 25, 6), palette.islet().mixed(Pigment.of(0xD9B36C), 0.7));
    canvas.fill(Forms.ellipse(0, 0.6, 23.5, 5), palette.islet());
  }

  private void paintShadow(Canvas canvas, int lightSide) {
    Color shadow = Pigment.of(0x10183A).withOpacity(0.25);
    canvas.fill(Forms.ellipse(-2.5 * lightSide, 0.3, 20, 3), shadow);
  }

  private void paintRipples(Canvas canvas) {
    Color ripple = palette.groundMark().withOpacity(0.9);
    canvas.line(-17, 0.2, 17, 0.2, ripple, 2);
    canvas.line(-12, 3.6, 9, 3.6, ripple, Canvas.LINE);
  }
}
