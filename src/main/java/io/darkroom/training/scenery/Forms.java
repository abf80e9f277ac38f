package io.darkroom.training.scenery;

import java.awt.BasicStroke;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;

/** The plain shapes that everything is drawn from. */
final class Forms {

  private Forms() {}

  static Shape disc(double x, double y, double radius) {
    return ellipse(x, y, radius, radius);
  }

  static Shape ellipse(double x, double y, double radiusX, double radiusY) {
    return new Ellipse2D.Double(x - radiusX, y - radiusY, 2 * radiusX, 2 * radiusY);
  }

  /** An ellipse turned clockwise by an angle in degrees. */
  static Shape ellipse(double x, double y, double radiusX, double radiusY, double degrees) {
    return AffineTransform.getRotateInstance(Math.toRadians(degrees), x, y)
        .createTransformedShape(ellipse(x, y, radiusX, radiusY));
  }

  static Shape box(double left, double top, double right, double bottom) {
    return new Rectangle2D.Double(left, top, right - left, bottom - top);
  }

  static Shape roundBox(double left, double top, double right, double bottom, double radius) {
    return new RoundRectangle2D.Double(
        left, top, right - left, bottom - top, 2 * radius, 2 * radius);
  }

  /** An opening with a round top. */
  static Shape arch(double x, double top, double halfWidth, double bottom) {
    Path2D path = new Path2D.Double();
    double spring = top + halfWidth;
    double handle = halfWidth * 0.5523;
    path.moveTo(x - halfWidth, bottom);
    path.lineTo(x - halfWidth, spring);
    path.curveTo(x - halfWidth, spring - handle, x - handle, top, x, top);
    path.curveTo(x + handle, top, x + halfWidth, spring - handle, x + halfWidth, spring);
    path.lineTo(x + halfWidth, bottom);
    path.closePath();
    return path;
  }

  /** A closed polygon through points given as x, y, x, y and so on. */
  static Path2D polygon(double... coordinates) {
    Path2D path = openLine(coordinates);
    path.closePath();
    return path;
  }

  /** A line through points given as x, y, x, y and so on. */
  static Path2D openLine(double... coordinates) {
    Path2D path = new Path2D.Double();
    path.moveTo(coordinates[0], coordinates[1]);
    for (int i = 2; i < coordinates.length; i += 2) {
      path.lineTo(coordinates[i], coordinates[i + 1]);
    }
    return path;
  }

  /** A smooth open curve through points given as x, y, x, y and so on (Catmull and Rom). */
  static Path2D curve(double... coordinates) {
    return smooth(coordinates, 0);
  }

  /** A smooth closed curve through points given as x, y, x, y and so on (Catmull and Rom). */
  static Path2D blob(double... coordinates) {
    Path2D path = smooth(coordinates, 1);
    path.closePath();
    return path;
  }

  private static Path2D smooth(double[] coordinates, int closing) {
    int points = coordinates.length / 2;
    Path2D path = new Path2D.Double();
    path.moveTo(coordinates[0], coordinates[1]);
    for (int i = 0; i < points - 1 + closing; i++) {
      int before = closing == 1 ? (i + points - 1) % points : Math.max(0, i - 1);
      int next = (i + 1) % points;
      int after = closing == 1 ? (i + 2) % points : Math.min(points - 1, i + 2);
      path.curveTo(
          coordinates[2 * i] + (coordinates[2 * next] - coordinates[2 * before]) / 6,
          coordinates[2 * i + 1] + (coordinates[2 * next + 1] - coordinates[2 * before + 1]) / 6,
          coordinates[2 * next] - (coordinates[2 * after] - coordinates[2 * i]) / 6,
          coordinates[2 * next + 1] - (coordinates[2 * after + 1] - coordinates[2 * i + 1]) / 6,
          coordinates[2 * next],
          coordinates[2 * next + 1]);
    }
    return path;
  }

  /** A curve through points, thick and with round ends, as a shape. */
  static Shape limb(double width, double... coordinates) {
    return new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND)
        .createStrokedShape(curve(coordinates));
  }

  /** What is inside any of the shapes. */
  static Area union(Shape... shapes) {
    Area area = new Area();
    for (Shape shape : shapes) {
      area.add(new Area(shape));
    }
    return area;
  }

  /** What is inside the first shape but not inside the second. */
  static Area difference(Shape shape, Shape removed) {
    Area area = new Area(shape);
    area.subtract(new Area(removed));
    return area;
  }

  /** What is inside both shapes. */
  static Area common(Shape shape, Shape other) {
    Area area = new Area(shape);
    area.intersect(new Area(other));
    return area;
  }
}
