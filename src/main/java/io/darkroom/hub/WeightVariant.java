package io.darkroom.hub;

/** Which of a repository's weights are wanted, where it has them in two precisions. */
public enum WeightVariant {
  /** Those without a variant's name, which most often are float32. */
  PLAIN,
  /** Those with {@code .fp16} in their names. */
  FP16
}
