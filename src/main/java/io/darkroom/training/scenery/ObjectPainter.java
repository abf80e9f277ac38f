package io.darkroom.training.scenery;

import java.awt.Color;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;

/** Puts the objects into the land, with their shadows and reflections. */
final class ObjectPainter {

  private final Scene scene;
  private final Layout layout;
  private final Palette palette;
  private final Light light;

  ObjectPainter(Scene scene, Layout layout, Palette palette) {
    this.scene = scene;
    this.layout = layout;
    this.palette = palette;
    this.light = Light.of(scene);
  }

  /** Coordinates with the origin at a point, scaled, and turned round if mirror is -1. */
  static AffineTransform placed(double x, double y, double scale, int mirror) {
    AffineTransform placed = AffineTransform.getTranslateInstance(x, y);
    placed.scale(scale * mirror, scale);
    return placed;
  }

  /** Paints the objects, the farthest first. */
  void paint(Surfaces surfaces) {
    for (Layout.Spot spot : layout.spots()) {
      Kind kind = group(spot).kind();
      Canvas canvas =
          surfaces.of(kind).transformed(placed(spot.x(), spot.y(), spot.scale(), spot.mirror()));
      paint(canvas, spot);
      if (kind == Kind.BOAT) {
        paintRipples(canvas);
      } else if (scene.ground() == Ground.GRASS && !kind.flies()) {
        paintTufts(canvas, kind);
      }
    }
  }

  private ObjectGroup group(Layout.Spot spot) {
    return scene.groups().get(spot.group());
  }

  private void paint(Canvas canvas, Layout.Spot spot) {
    int lightSide = (layout.celestialX() < spot.x() ? -1 : 1) * spot.mirror();
    Coat coat = new Coat(group(spot).colour(), light, lightSide);
    Drawing.of(group(spot).kind())
        .paint(canvas, coat, Detail.ofObject(scene, spot.group(), spot.member()));
  }

  /** Whether there is light to cast a shadow with an outline. */
  boolean castsShadows() {
    return scene.celestial() != Celestial.NONE
        && (scene.weather() == Weather.CLEAR || scene.weather() == Weather.CLOUDY);
  }

  /** How dark shadows are, from 0 to 1. */
  double shadowOpacity() {
    return scene.ground() == Ground.SNOW ? 0.2 : 0.26;
  }

  /** The dark places right below things, and below what flies. */
  void paintContacts(Canvas canvas) {
    for (Layout.Spot spot : layout.spots()) {
      Kind kind = group(spot).kind();
      if (kind == Kind.BOAT) {
        continue;
      }
      double half = kind.width() * spot.scale() * (kind == Kind.TREE ? 0.3 : 0.48);
      double opacity = kind.flies() ? 0.16 : 0.3;
      Color shadow = Pigment.of(0x14183A).withOpacity(opacity);
      canvas.tint(Forms.ellipse(spot.x(), spot.groundY() + 0.2, half * 1.06, half * 0.13), shadow);
    }
  }

  /** The shadows' outlines: what stands, laid on the ground away from the light. */
  void paintShadows(Canvas canvas) {
    for (Layout.Spot spot : layout.spots()) {
      Kind kind = group(spot).kind();
      if (kind.flies() || kind == Kind.BOAT) {
        continue;
      }
      double length = scene.timeOfDay() == TimeOfDay.SUNSET ? 0.34 : 0.24;
      double lean = Math.max(-0.8, Math.min(0.8, (layout.celestialX() - spot.x()) / 60));
      AffineTransform laid = AffineTransform.getTranslateInstance(spot.x(), spot.groundY());
      laid.concatenate(new AffineTransform(1, 0, lean, -length, 0, 0));
      laid.scale(spot.scale() * spot.mirror(), spot.scale());
      paint(canvas.transformed(laid), spot);
    }
  }

  /** Whether something floats. */
  boolean haveReflections() {
    return scene.groups().stream().anyMatch(group -> group.kind() == Kind.BOAT);
  }

  /** The rows of a picture above the shore. */
  int reflectingRows(int height) {
    return (int) Math.min(height, layout.shore() / Canvas.HEIGHT * height);
  }

  /** What floats, upside down and flattened. */
  void paintReflections(Canvas canvas) {
    for (Layout.Spot spot : layout.spots()) {
      if (group(spot).kind() == Kind.BOAT) {
        AffineTransform turned = AffineTransform.getTranslateInstance(spot.x(), spot.y() - 0.6);
        turned.scale(spot.scale() * spot.mirror(), -0.55 * spot.scale());
        paint(canvas.transformed(turned), spot);
      }
    }
  }

  /** The boxes around the objects, whole even where others hide them, the farthest first. */
  List<RenderedScene.Box> boxes(Canvas canvas, Rectangle2D picture) {
    List<RenderedScene.Box> boxes = new ArrayList<>();
    for (Layout.Spot spot : layout.spots()) {
      BoundsBrush brush = new BoundsBrush();
      paint(
          canvas.with(brush).transformed(placed(spot.x(), spot.y(), spot.scale(), spot.mirror())),
          spot);
      Rectangle2D box = brush.bounds().createIntersection(picture);
      boxes.add(
          new RenderedScene.Box(
              group(spot), box.getMinX(), box.getMinY(), box.getMaxX(), box.getMaxY()));
    }
    return boxes;
  }

  private void paintRipples(Canvas canvas) {
    Color ripple = palette.groundMark().lighter(0.3).withOpacity(0.85);
    canvas.tint(Forms.ellipse(0, 0.2, 13, 0.6), ripple);
    canvas.tint(Forms.ellipse(-6, 2, 7, 0.4), ripple);
    canvas.tint(Forms.ellipse(8, 2.8, 5, 0.35), ripple);
  }

  /** Blades of grass in front of the feet. */
  private void paintTufts(Canvas canvas, Kind kind) {
    Color color = palette.groundMark().opaque();
    double half = kind.width() * (kind == Kind.TREE ? 0.2 : 0.46);
    for (int side = -1; side <= 1; side += 2) {
      double x = side * half;
      canvas.trace(Forms.curve(x - 1.4, -1.5, x - 0.6, -0.8, x - 0.3, 0.4), color, 0.55);
      canvas.trace(Forms.openLine(x, -2, x, 0.4), color, 0.55);
      canvas.trace(Forms.curve(x + 1.4, -1.5, x + 0.6, -0.8, x + 0.3, 0.4), color, 0.55);
    }
  }
}
