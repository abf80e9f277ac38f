package io.darkroom.training.scenery;

import java.util.function.Function;

/** Gives the canvas for what has a label. */
interface Surfaces {

  Canvas of(Label label);

  Canvas of(Kind kind);

  /** One canvas for everything. */
  static Surfaces picture(Canvas canvas) {
    return labelled(label -> canvas);
  }

  /** A canvas for each label. */
  static Surfaces labelled(Function<Integer, Canvas> canvases) {
    return new Surfaces() {
      @Override
      public Canvas of(Label label) {
        return canvases.apply(label.ordinal());
      }

      @Override
      public Canvas of(Kind kind) {
        return canvases.apply(Label.ofKind(kind));
      }
    };
  }
}
