package io.darkroom.torchscript;

/** The order in memory of an image's numbers. */
public enum PixelLayout {
  /** Each pixel's channels together, which is best for convolutions on most devices. */
  CHANNELS_LAST,

  /**
   * One plane after the other, which is faster on a CPU when gradients of few channels are computed
   * too.
   */
  PLANES
}
