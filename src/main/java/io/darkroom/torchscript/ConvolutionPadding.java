package io.darkroom.torchscript;

/** What a convolution sees beyond the borders of its image. */
public enum ConvolutionPadding {
  /** Zeros. */
  ZEROS(false, false),
  /** To the left and right the opposite border; above and below zeros. */
  CIRCULAR_X(true, false),
  /** Above and below the opposite border; to the left and right zeros. */
  CIRCULAR_Y(false, true),
  /** The opposite border. */
  CIRCULAR(true, true);

  private final boolean columns;
  private final boolean rows;

  ConvolutionPadding(boolean columns, boolean rows) {
    this.columns = columns;
    this.rows = rows;
  }

  /**
   * Finds a padding.
   *
   * @param joinsColumns whether the left border goes on at the right one
   * @param joinsRows whether the upper border goes on at the lower one
   * @return the padding
   */
  public static ConvolutionPadding of(boolean joinsColumns, boolean joinsRows) {
    return joinsColumns ? joinsRows ? CIRCULAR : CIRCULAR_X : joinsRows ? CIRCULAR_Y : ZEROS;
  }

  /** The pixels that are copied from the opposite border: left, right, above, below. */
  Operand copied(int padding) {
    int x = columns ? padding : 0;
    int y = rows ? padding : 0;
    return Operand.Sequence.of(x, x, y, y);
  }

  /** The zeros that are left for the convolution: above and below, left and right. */
  Operand zeros(int padding) {
    return Operand.Sequence.of(rows ? 0 : padding, columns ? 0 : padding);
  }
}
