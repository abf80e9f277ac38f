package io.darkroom.image;

/**
 * PNG's five filters, in the order of their numbers. Each predicts a byte from its neighbours; a
 * row is stored as the difference from the prediction, which deflates better than the row itself
 * (W3C PNG specification, third edition, section 9).
 */
enum RowFilter {
  NONE {
    @Override
    int predict(int left, int above, int aboveLeft) {
      return 0;
    }
  },
  SUB {
    @Override
    int predict(int left, int above, int aboveLeft) {
      return left;
    }
  },
  UP {
    @Override
    int predict(int left, int above, int aboveLeft) {
      return above;
    }
  },
  AVERAGE {
    @Override
    int predict(int left, int above, int aboveLeft) {
      return (left + above) >> 1;
    }
  },
  PAETH {
    @Override
    int predict(int left, int above, int aboveLeft) {
      int estimate = left + above - aboveLeft;
      int toLeft = Math.abs(estimate - left);
      int toAbove = Math.abs(estimate - above);
      int toAboveLeft = Math.abs(estimate - aboveLeft);
      if (toLeft <= toAbove && toLeft <= toAboveLeft) {
        return left;
      }
      return toAbove <= toAboveLeft ? above : aboveLeft;
    }
  };

  /** Bytes of a pixel without opacity: the filters look that far to the left. */
  static final int PIXEL_BYTES = 3;

  /** Bytes of a pixel with opacity. */
  static final int PIXEL_BYTES_WITH_OPACITY = 4;

  /** Guesses a byte from its neighbours, each 0 to 255. */
  abstract int predict(int left, int above, int aboveLeft);

  /**
   * Filters one row.
   *
   * @param row the bytes to store, {@code [width * pixelBytes]}
   * @param above the row above it, zeros for the first
   * @param filtered takes this filter's number and then the differences, {@code [1 + width *
   *     pixelBytes]}
   * @param pixelBytes bytes of a pixel
   * @return the sum of the differences as signed magnitudes: the smaller, the better the row is
   *     likely to deflate (section 12.7)
   */
  long filter(byte[] row, byte[] above, byte[] filtered, int pixelBytes) {
    filtered[0] = (byte) ordinal();
    long magnitude = 0;
    for (int i = 0; i < row.length; i++) {
      int left = i < pixelBytes ? 0 : row[i - pixelBytes] & 0xFF;
      int aboveLeft = i < pixelBytes ? 0 : above[i - pixelBytes] & 0xFF;
      byte difference = (byte) (row[i] - predict(left, above[i] & 0xFF, aboveLeft));
      filtered[i + 1] = difference;
      magnitude += Math.abs((int) difference);
    }
    return magnitude;
  }

  /**
   * Undoes {@link #filter}.
   *
   * @param filtered this filter's number and the differences, {@code [1 + width * 3]}
   * @param above the row above, zeros for the first
   * @param row takes the bytes, {@code [width * 3]}
   */
  void restore(byte[] filtered, byte[] above, byte[] row) {
    for (int i = 0; i < row.length; i++) {
      int left = i < PIXEL_BYTES ? 0 : row[i - PIXEL_BYTES] & 0xFF;
      int aboveLeft = i < PIXEL_BYTES ? 0 : above[i - PIXEL_BYTES] & 0xFF;
      row[i] = (byte) (filtered[i + 1] + predict(left, above[i] & 0xFF, aboveLeft));
    }
  }
}
