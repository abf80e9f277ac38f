package io.darkroom.training.scene;

import java.awt.Shape;
import java.awt.geom.Area;

/** A castle: a keep behind a wall between two towers, all of one colour, with battlements. */
final class CastleDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double keep = detail.around(36, 1);
    paintWalls(canvas, coat, -8, -keep, 8, -12);
    canvas.fill(Forms.roundBox(-2, -keep + 7, 2, -keep + 13, 2), coat.glass());
    paintWalls(canvas, coat, -12, -19, 12, 0);
    double tower = detail.around(29, 1);
    paintWalls(canvas, coat, -21, -tower, -9.5, 0);
    paintWalls(canvas, coat, 9.5, -tower, 21, 0);
    canvas.fill(Forms.roundBox(-17, -tower + 8, -13.4, -tower + 14, 1.8), coat.glass());
    canvas.fill(Forms.roundBox(13.4, -tower + 8, 17, -tower + 14, 1.8), coat.glass());
    canvas.fill(gate(), coat.wood());
    canvas.outline(gate(), coat.line());
  }

  private static Shape gate() {
    return Forms.union(Forms.disc(0, -7.5, 4.6), Forms.box(-4.6, -7.5, 4.6, 0));
  }

  /** A wall with two gaps in its top. */
  private static void paintWalls(
      Canvas canvas, Coat coat, double left, double top, double right, double bottom) {
    double merlon = (right - left) / 5;
    Area walls = Forms.union(Forms.box(left, top, right, bottom));
    for (int gap = 1; gap < 5; gap += 2) {
      double gapLeft = left + gap * merlon;
      walls = Forms.difference(walls, Forms.box(gapLeft, top - 1, gapLeft + merlon, top + 3));
    }
    canvas.fill(walls, coat.rounded(26));
    canvas.outline(walls, coat.line());
  }
}
