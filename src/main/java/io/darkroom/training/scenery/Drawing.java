package io.darkroom.training.scenery;

/**
 * How one kind of object looks. The origin is the middle of its lowest edge, a unit is a unit of
 * the canvas at scale 1, and y goes down.
 */
@FunctionalInterface
interface Drawing {

  void paint(Canvas canvas, Coat coat, Detail detail);

  static Drawing of(Kind kind) {
    return switch (kind) {
      case HOUSE -> new HouseDrawing();
      case TREE -> new TreeDrawing();
      case BOAT -> new BoatDrawing();
      case CAR -> new CarDrawing();
      case WINDMILL -> new WindmillDrawing();
      case CASTLE -> new CastleDrawing();
      case BALLOON -> new BalloonDrawing();
      case LIGHTHOUSE -> new LighthouseDrawing();
      case TENT -> new TentDrawing();
      case TRAIN -> new TrainDrawing();
      case HORSE -> new HorseDrawing();
      case CAT -> new CatDrawing();
      case DOG -> new DogDrawing();
      case BIRD -> new BirdDrawing();
      case PERSON -> new PersonDrawing();
      case FLOWER -> new FlowerDrawing();
    };
  }
}
