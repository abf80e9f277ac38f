package io.darkroom.training.scene;

import java.util.List;

/**
 * The main colour of an object.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} is computed from it.
 */
public enum Colour {
  /** A warm red. */
  RED("red", 0xDB2B2B),

  /** A bright orange. */
  ORANGE("orange", 0xF8871A),

  /** A sunny yellow. */
  YELLOW("yellow", 0xFCD72F),

  /** An emerald green, bluer and darker than grass. */
  GREEN("green", 0x1F9A4C),

  /** A deep blue, darker than water and sky. */
  BLUE("blue", 0x2459D6),

  /** A clear purple. */
  PURPLE("purple", 0x8E3DBA),

  /** White, shaded with a little grey. */
  WHITE("white", 0xF4F4F2);

  private final String word;
  private final Pigment pigment;

  Colour(String word, int rgb) {
    this.word = word;
    this.pigment = Pigment.of(rgb);
  }

  /**
   * The words a caption may use for this colour.
   *
   * @return one word
   */
  public List<String> words() {
    return List.of(word);
  }

  /**
   * The colour in full neutral light.
   *
   * @return {@code 0xRRGGBB}
   */
  public int rgb() {
    return pigment.rgb();
  }

  Pigment pigment() {
    return pigment;
  }
}
