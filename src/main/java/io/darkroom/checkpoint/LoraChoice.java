package io.darkroom.checkpoint;

import java.nio.file.Path;

/**
 * A LoRA that is to be merged into a model's weights.
 *
 * @param file the safetensors file
 * @param weight how strongly; 1 is what it was trained for, 0 leaves the model as it is, a negative
 *     number steers away
 */
public record LoraChoice(Path file, double weight) {
  private static final String ENDING = ".safetensors";

  /** The greatest weight, of either sign: far beyond use, and nothing overflows. */
  public static final double GREATEST_WEIGHT = 1000;

  /** Checks the weight. */
  public LoraChoice {
    if (!(Math.abs(weight) <= GREATEST_WEIGHT)) {
      throw new IllegalArgumentException(
          "the weight %s is no number from -1000 to 1000".formatted(weight));
    }
  }

  /**
   * The name that a prompt calls it by.
   *
   * @return the file's name without its ending
   */
  public String name() {
    Path last = file.getFileName();
    String name = last == null ? "" : last.toString();
    return name.endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : name;
  }

  /**
   * How a prompt asks for it, in AUTOMATIC1111's form.
   *
   * @return such as {@code <lora:ink:0.8>}
   */
  public String tag() {
    return "<lora:" + name() + ":" + PlainNumber.of(weight) + ">";
  }
}
