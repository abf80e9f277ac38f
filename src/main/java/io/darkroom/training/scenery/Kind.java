package io.darkroom.training.scenery;

import java.util.List;

/**
 * What an object is.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()}, the judge's answers and the
 * labels of segmentation maps are numbered by it.
 */
public enum Kind {
  /** A house with a gable and a chimney. */
  HOUSE(35, 32, List.of(Colour.RED, Colour.WHITE, Colour.YELLOW), "house", "cottage"),

  /** A tree with a round crown. */
  TREE(29, 40, List.of(Colour.GREEN, Colour.GREEN, Colour.ORANGE), "tree"),

  /** A sailing boat; on water only. */
  BOAT(33, 38, List.of(Colour.WHITE, Colour.RED, Colour.BLUE), "sailing boat", "sailboat", "boat"),

  /** A car seen from the side. */
  CAR(34, 17, List.of(Colour.RED, Colour.BLUE, Colour.YELLOW), "car"),

  /** A windmill with four sails. */
  WINDMILL(32, 44, List.of(Colour.WHITE, Colour.BROWN, Colour.RED), "windmill", "mill"),

  /** A castle with pointed towers. */
  CASTLE(36, 42, List.of(Colour.WHITE, Colour.PINK, Colour.BROWN), "castle"),

  /** A hot-air balloon; it flies. */
  BALLOON(23, 36, List.of(Colour.RED, Colour.YELLOW, Colour.BLUE), "hot-air balloon", "balloon"),

  /** A lighthouse with a gallery. */
  LIGHTHOUSE(18, 44, List.of(Colour.RED, Colour.WHITE, Colour.BLUE), "lighthouse"),

  /** A tent with an open front. */
  TENT(33, 22, List.of(Colour.ORANGE, Colour.GREEN, Colour.BLUE), "tent"),

  /** A steam locomotive. */
  TRAIN(37, 25, List.of(Colour.BLACK, Colour.RED, Colour.GREEN), "train", "locomotive"),

  /** A horse seen from the side. */
  HORSE(34, 32, List.of(Colour.BROWN, Colour.WHITE, Colour.BLACK), "horse"),

  /** A sitting cat. */
  CAT(18, 24, List.of(Colour.BLACK, Colour.ORANGE, Colour.WHITE), "cat"),

  /** A standing dog. */
  DOG(28, 23, List.of(Colour.BROWN, Colour.WHITE, Colour.BLACK), "dog"),

  /** A bird with its wings up; it flies. */
  BIRD(26, 19, List.of(Colour.BLUE, Colour.WHITE, Colour.BLACK), "bird"),

  /** A person in a coat, whose colour is meant. */
  PERSON(
      14, 32, List.of(Colour.RED, Colour.BLUE, Colour.YELLOW), "person", "man", "woman", "child"),

  /** A flower as tall as a person. */
  FLOWER(19, 29, List.of(Colour.YELLOW, Colour.RED, Colour.PINK), "flower", "blossom");

  private final double width;
  private final double height;
  private final List<Colour> usual;
  private final List<String> words;

  Kind(double width, double height, List<Colour> usual, String... words) {
    this.width = width;
    this.height = height;
    this.usual = usual;
    this.words = List.of(words);
  }

  /** The width of its drawing. */
  double width() {
    return width;
  }

  /** The height of its drawing. */
  double height() {
    return height;
  }

  /** The colours that are seen more often than others. */
  List<Colour> usualColours() {
    return usual;
  }

  /**
   * Whether it is in the air.
   *
   * @return true for a bird and a balloon
   */
  public boolean flies() {
    return this == BIRD || this == BALLOON;
  }

  /**
   * The nouns that a caption may use.
   *
   * @return singular forms, the plainest first
   */
  public List<String> words() {
    return words;
  }
}
