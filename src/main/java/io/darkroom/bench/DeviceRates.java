package io.darkroom.bench;

import io.darkroom.torchscript.Cost;

/**
 * What a device does at best, in one number format: the roof of the roofline model (Williams,
 * Waterman and Patterson, "Roofline", CACM 52(4), 2009).
 *
 * @param matrixProducts operations a second of a large matrix product
 * @param convolutions operations a second of a large convolution with kernels of 3x3
 * @param bytes bytes a second, read and written, of work on memory far larger than the caches
 */
public record DeviceRates(double matrixProducts, double convolutions, double bytes) {
  /**
   * The least time that an instruction can take: that of its arithmetic or that of its bytes,
   * whichever is longer. What is no product takes none, for it could be done on the way.
   *
   * @param cost the instruction's
   * @return seconds
   */
  public double seconds(Cost cost) {
    double operations =
        switch (cost.kind()) {
          case CONVOLUTION -> convolutions;
          case MATRIX_PRODUCT, ATTENTION -> matrixProducts;
          case OTHER -> Double.POSITIVE_INFINITY;
        };
    return Double.isInfinite(operations)
        ? 0
        : Math.max(cost.operations() / operations, cost.bytes() / bytes);
  }

  /**
   * The better of two measurements of one device.
   *
   * @param other the other one
   * @return the higher of each rate
   */
  public DeviceRates best(DeviceRates other) {
    return new DeviceRates(
        Math.max(matrixProducts, other.matrixProducts),
        Math.max(convolutions, other.convolutions),
        Math.max(bytes, other.bytes));
  }
}
