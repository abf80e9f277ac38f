package io.darkroom.training.scene;

import java.awt.Shape;

/** The upper half of an ellipse, on which objects can stand. */
record Hill(double x, double top, double radiusX, double radiusY) {

  /** The height of the surface at a place on the hill. */
  double surface(double atX) {
    double across = (atX - x) / radiusX;
    return top + radiusY * (1 - Math.sqrt(1 - across * across));
  }

  Shape shape() {
    return Forms.ellipse(x, top + radiusY, radiusX, radiusY);
  }
}
