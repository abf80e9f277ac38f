package io.darkroom.bench;

import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * What repeated measurements gave.
 *
 * @param median the one in the middle, or the mean of the two in the middle
 * @param least the smallest
 * @param most the largest
 */
public record Spread(double median, double least, double most) {
  /**
   * Sums up measurements.
   *
   * @param values one or more, in any order
   * @return their spread
   */
  public static Spread of(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /**
   * The same in another unit.
   *
   * @param change a function that grows with its argument
   * @return the spread of the changed measurements
   */
  public Spread map(DoubleUnaryOperator change) {
    return new Spread(
        change.applyAsDouble(median), change.applyAsDouble(least), change.applyAsDouble(most));
  }
}
