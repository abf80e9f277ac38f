package io.darkroom.training.scene;

/** How one kind of object is drawn: about 40 wide, standing on y = 0 with its middle at x = 0. */
interface Drawing {

  /** Draws the object; the detail decides on small variations of its shape. */
  void paint(Canvas canvas, Coat coat, Detail detail);

  /** The drawing of a kind. */
  static Drawing of(Kind kind) {
    return switch (kind) {
      case HOUSE -> new HouseDrawing();
      case TREE -> new TreeDrawing();
      case BOAT -> new BoatDrawing();
      case CAR -> new CarDrawing();
      case WINDMILL -> new WindmillDrawing();
      case CASTLE -> new CastleDrawing();
      case BALLOON -> new BalloonDrawing();
    };
  }
}
