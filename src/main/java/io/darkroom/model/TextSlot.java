package io.darkroom.model;

/**
 * A place for a text encoder in a kind of model.
 *
 * @param encoder the text encoder
 * @param tokenizer its tokenizer
 * @param output what the U-Net is told of its output
 */
public record TextSlot(Component encoder, Component tokenizer, Output output) {
  /** What is taken of a text encoder's output. */
  public enum Output {
    /** The hidden state of the last layer, normalized. */
    LAST(1),
    /** The hidden state of the last layer but one, as it is. */
    PENULTIMATE(2),
    /** The hidden state of the last layer but one, and the projected pooled text. */
    PENULTIMATE_AND_POOLED(2);

    private final int layer;

    Output(int layer) {
      this.layer = layer;
    }

    /**
     * The layer whose hidden state is taken where nobody chooses another.
     *
     * @return 1 for the last layer, 2 for the one before it
     */
    public int layer() {
      return layer;
    }

    /**
     * Tells whether the pooled text is taken, too.
     *
     * @return whether it is
     */
    public boolean isPooled() {
      return this == PENULTIMATE_AND_POOLED;
    }
  }
}
