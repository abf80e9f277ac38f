package io.darkroom.lora;

import io.darkroom.base.PlainNumber;
import io.darkroom.model.Component;
import java.util.OptionalInt;

/**
 * How strongly a LoRA is merged: 1 is what it was trained for, 0 leaves the weights as they are, a
 * negative number steers away.
 *
 * @param textEncoders into the text encoders
 * @param unet into the U-Net
 * @param rank how many of its ranks count, the first ones; empty for all
 */
public record LoraStrength(double textEncoders, double unet, OptionalInt rank) {
  /** The greatest weight, of either sign: far beyond use, and nothing overflows. */
  public static final double GREATEST = 1000;

  /** Checks the numbers. */
  public LoraStrength {
    for (double strength : new double[] {textEncoders, unet}) {
      if (!(Math.abs(strength) <= GREATEST)) {
        throw new IllegalArgumentException(
            "the weight " + strength + " is not a number from -1000 to 1000");
      }
    }
    if (rank.isPresent() && rank.getAsInt() < 1) {
      throw new IllegalArgumentException("the rank " + rank.getAsInt() + " is less than 1");
    }
  }

  /**
   * The same for all networks.
   *
   * @param strength how strongly
   * @return it
   */
  public static LoraStrength of(double strength) {
    return new LoraStrength(strength, strength, OptionalInt.empty());
  }

  /**
   * How strongly a component is changed.
   *
   * @param component such as {@code unet}
   * @return the factor of the component's changes
   */
  double in(Component component) {
    return component == Component.UNET ? unet : textEncoders;
  }

  /** {@return whether a model stays as it is} */
  public boolean isNothing() {
    return textEncoders == 0 && unet == 0;
  }

  /**
   * As a tag has it, {@code 0.8}, {@code 0.8:0.5} for text encoders and U-Net, {@code
   * 0.8:0.5:dyn=4} with a rank.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(PlainNumber.of(textEncoders));
    if (unet != textEncoders) {
      text.append(':').append(PlainNumber.of(unet));
    }
    rank.ifPresent(count -> text.append(":dyn=").append(count));
    return text.toString();
  }
}
