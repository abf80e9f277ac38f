package io.darkroom.network;

/**
 * Something that the U-Net's time embedding is made of; {@link UNetConfig#timeInputs} tells which.
 */
public enum TimeInput {
  /** {@code [steps]}, float32. */
  TIMESTEPS("timesteps"),
  /** The pooled text, {@code [batch, width]}, float32. */
  POOLED_TEXT("pooled"),
  /**
   * Height and width of the original, top and left of the crop, height and width of the target,
   * {@code [batch, 6]}, float32.
   */
  SIZES("ids"),
  /** The class of each sample, {@code [batch]}, int64. */
  CLASSES("classes"),
  /** The guidance scale less one, {@code [1]}, float32. */
  GUIDANCE("guidance");

  private final String parameter;

  TimeInput(String parameter) {
    this.parameter = parameter;
  }

  /** Its name among a method's parameters. */
  String parameter() {
    return parameter;
  }
}
