package io.darkroom.network;

/** What a U-Net sees a latent with in one pass: the branches of classifier-free guidance. */
public enum Branches {
  /** The prompt alone; no guidance. */
  PROMPT(1),
  /** The negative prompt, then the prompt (Ho and Salimans, arXiv 2207.12598). */
  NEGATIVE_AND_PROMPT(2),
  /**
   * The negative prompt without the picture, the negative prompt with it, the prompt with it
   * (InstructPix2Pix: Brooks et al., arXiv 2211.09800, section 3.2.1).
   */
  PICTURE_AND_PROMPT(3);

  private final int count;

  Branches(int count) {
    this.count = count;
  }

  /**
   * How often the U-Net sees each latent.
   *
   * @return 1 to 3
   */
  public int count() {
    return count;
  }

  /**
   * Whether there is guidance.
   *
   * @return whether there are several branches
   */
  public boolean areGuided() {
    return count > 1;
  }
}
