package io.darkroom.training.scene;

import java.awt.Shape;

/** A windmill with a coloured tower, a slate cap and four cream sails. */
final class WindmillDrawing implements Drawing {

  private static final double HUB = -31;
  private static final double SAIL_LENGTH = 17;

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    Shape tower = Forms.polygon(-16, 0, -10, -30, 10, -30, 16, 0);
    canvas.fill(tower, coat.rounded(17));
    canvas.outline(tower, coat.line());
    Shape cap = Forms.polygon(-11.5, -29.5, -6.5, -37, 0, -39, 6.5, -37, 11.5, -29.5);
    canvas.fill(cap, coat.slate());
    canvas.outline(cap, coat.slate());
    Shape door = Forms.roundBox(-3.6, -10, 3.6, 0, 2.5);
    canvas.fill(door, coat.wood());
    double turn = detail.around(Math.PI / 4, 0.2);
    for (int i = 0; i < 4; i++) {
      paintSail(canvas, coat, turn + i * Math.PI / 2);
    }
    canvas.fill(Forms.disc(0, HUB, 2.4), coat.wood());
  }

  private static void paintSail(Canvas canvas, Coat coat, double angle) {
    double dx = Math.cos(angle);
    double dy = Math.sin(angle);
    double tipX = dx * SAIL_LENGTH;
    double tipY = HUB + dy * SAIL_LENGTH;
    double rootX = dx * 5;
    double rootY = HUB + dy * 5;
    Shape sail =
        Forms.polygon(
            rootX, rootY, tipX, tipY, tipX - dy * 5, tipY + dx * 5, rootX - dy * 5, rootY + dx * 5);
    canvas.fill(sail, coat.cream());
    canvas.stroke(sail, coat.wood().opaque(), 1.3);
    canvas.line(0, HUB, tipX, tipY, coat.wood().opaque(), 1.8);
  }
}
