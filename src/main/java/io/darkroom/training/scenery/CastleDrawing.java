package io.darkroom.training.scenery;

import java.awt.Shape;
import java.awt.geom.Area;

/** A castle: a keep behind a wall between two towers with pointed slate roofs. */
final class CastleDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double keep = -detail.around(27, 0.8);
    Shape walls = wall(-7.5, keep, 7.5, -10);
    coat.body(canvas, walls);
    coat.window(canvas, Forms.arch(-3.2, keep + 4, 1.2, keep + 8.5));
    coat.window(canvas, Forms.arch(3.2, keep + 4, 1.2, keep + 8.5));
    Shape turret = Forms.box(-3, keep - 5, 3, keep + 1.2);
    coat.body(canvas, turret);
    paintRoof(canvas, coat, 0, keep - 5, 4.2, 7);
    coat.body(canvas, wall(-11, -15, 11, 0));
    double left = -detail.around(22, 0.8);
    double right = -detail.around(22, 0.8);
    paintTower(canvas, coat, -12.6, left);
    paintTower(canvas, coat, 12.6, right);
    Shape gate = Forms.arch(0, -9.5, 3.6, 0);
    canvas.fill(gate, coat.dark());
    canvas.outline(gate, coat.line());
    for (double x = -2; x <= 2; x += 2) {
      canvas.trace(Forms.openLine(x, -8, x, -0.4), coat.wood().lighter(0.15).opaque(), 0.6);
    }
  }

  private static void paintTower(Canvas canvas, Coat coat, double x, double top) {
    Shape tower = Forms.box(x - 4.6, top, x + 4.6, 0);
    coat.body(canvas, tower);
    coat.window(canvas, Forms.arch(x, top + 5, 1.2, top + 9.6));
    Shape ledge = Forms.roundBox(x - 5.3, top - 1, x + 5.3, top + 1.2, 0.5);
    coat.body(canvas, ledge);
    paintRoof(canvas, coat, x, top - 1, 5.4, 10.5);
  }

  private static void paintRoof(
      Canvas canvas, Coat coat, double x, double foot, double half, double height) {
    double tip = foot - height;
    Shape flag = Forms.polygon(x, tip - 3.6, x + 4.6, tip - 2.5, x, tip - 1.2);
    coat.body(canvas, flag);
    canvas.line(x, tip + 1, x, tip - 3.8, coat.dark().opaque(), 0.6);
    Shape roof = Forms.polygon(x - half, foot, x, tip, x + half, foot);
    coat.body(canvas, roof, coat.slate());
  }

  /** A wall with gaps in its top. */
  private static Shape wall(double left, double top, double right, double bottom) {
    Area walls = new Area(Forms.box(left, top, right, bottom));
    double merlon = (right - left) / 7;
    for (int gap = 1; gap < 7; gap += 2) {
      double start = left + gap * merlon;
      walls.subtract(new Area(Forms.box(start, top - 1, start + merlon, top + 2)));
    }
    return walls;
  }
}
