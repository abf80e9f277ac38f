package io.darkroom.training.scenery;

import java.awt.Shape;

/** A tent seen from a corner, its front open. */
final class TentDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    canvas.line(-5, -20.5, -16.3, -0.2, coat.cream().opaque(), 0.5);
    canvas.line(12, -19, 16.6, -0.2, coat.cream().opaque(), 0.5);
    Shape side = Forms.polygon(-4, -20.5, 11, -19.5, 15.6, -0.4, 5.4, 0);
    canvas.fill(side, Canvas.downward(side, coat.base(), coat.shade()));
    canvas.outline(side, coat.line());
    canvas.trace(Forms.openLine(3.6, -20, 10.4, -0.3), coat.line().withOpacity(0.5), 0.6);
    Shape front = Forms.polygon(-4, -20.5, 5.4, 0, -13.6, 0);
    canvas.fill(front, Canvas.downward(front, coat.lit(), coat.base()));
    canvas.outline(front, coat.line());
    Shape opening = Forms.polygon(-4, -16, 0.2, 0, -8.4, 0);
    boolean lamp = coat.light().lampsAreLit();
    Pigment inside = lamp ? Pigment.of(0xFFD873) : coat.dark();
    canvas.fill(opening, Canvas.downward(opening, inside.darker(0.2), inside));
    canvas.outline(opening, coat.line());
    Shape flap = Forms.blob(-4, -16, -6.2, -8, -11.4, 0, -8.4, 0);
    canvas.fill(flap, coat.lit());
    canvas.outline(flap, coat.line());
    canvas.line(-4, -20.2, -4, -22, coat.wood().opaque(), 0.9);
    canvas.line(11, -19.2, 11, -21, coat.wood().opaque(), 0.9);
  }
}
