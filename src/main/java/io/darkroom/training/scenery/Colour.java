package io.darkroom.training.scenery;

/**
 * The main colour of an object.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} and the judge's answers are
 * numbered by it.
 */
public enum Colour {
  /** A warm red. */
  RED("red", 0xDB2B2B),

  /** A bright orange. */
  ORANGE("orange", 0xF8871A),

  /** A sunny yellow. */
  YELLOW("yellow", 0xFCD22F),

  /** An emerald green, bluer and darker than grass. */
  GREEN("green", 0x1F9A4C),

  /** A deep blue, darker than water and sky. */
  BLUE("blue", 0x2459D6),

  /** A clear purple. */
  PURPLE("purple", 0x8A3CBE),

  /** A light pink. */
  PINK("pink", 0xF584B6),

  /** A chestnut brown. */
  BROWN("brown", 0x8A5230),

  /** A soft black that still has a lit and a dark side. */
  BLACK("black", 0x33363F),

  /** White, shaded with a little grey. */
  WHITE("white", 0xF4F4F2);

  private final String word;
  private final Pigment pigment;

  Colour(String word, int rgb) {
    this.word = word;
    this.pigment = Pigment.of(rgb);
  }

  /**
   * The word that captions use.
   *
   * @return one word
   */
  public String word() {
    return word;
  }

  Pigment pigment() {
    return pigment;
  }
}
