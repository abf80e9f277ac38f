package io.darkroom.training.scene;

import java.awt.Shape;
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

  static Shape box(double left, double top, double right, double bottom) {
    return new Rectangle2D.Double(left, top, right - left, bottom - top);
  }

  static Shape roundBox(double left, double top, double right, double bottom, double radius) {
    return new RoundRectangle2D.Double(
        left, top, right - left, bottom - top, 2 * radius, 2 * radius);
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
}
