package io.darkroom.training.scene;

import java.awt.Shape;

/** A house seen from its gable: coloured walls below a thick slate roof. */
final class HouseDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double height = detail.around(22, 1.5);
    Shape chimney = Forms.box(8, -height - 15, 13, -height - 3);
    canvas.fill(chimney, coat.slate());
    Shape walls = Forms.polygon(-17, 0, -17, -height, 0, -height - 15, 17, -height, 17, 0);
    canvas.fill(walls, coat.rounded(22));
    canvas.outline(walls, coat.line());
    Shape roof = Forms.openLine(-19.5, -height + 1, 0, -height - 15.5, 19.5, -height + 1);
    canvas.stroke(roof, coat.slate().opaque(), 5);
    paintWindow(canvas, coat, -10, -height * 0.62);
    paintWindow(canvas, coat, 10, -height * 0.62);
    Shape door = Forms.roundBox(-3.8, -12.5, 3.8, 0, 1);
    canvas.fill(door, coat.wood());
    canvas.outline(door, coat.line());
  }

  private static void paintWindow(Canvas canvas, Coat coat, double x, double y) {
    Shape window = Forms.box(x - 3.2, y - 3.6, x + 3.2, y + 3.6);
    canvas.fill(window, coat.glass());
    canvas.outline(window, coat.line());
  }
}
