package io.darkroom.pipeline;

import io.darkroom.checkpoint.LoraChoice;
import java.util.List;
import java.util.Objects;

/**
 * How a model's networks are to run, as the user said it: where, in which precision, and with what
 * added to their weights.
 *
 * @param device {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
 * @param dtype {@code auto}, {@code fp32}, {@code fp16} or {@code bf16}
 * @param loras what is merged into the weights
 */
public record ComputeOptions(String device, String dtype, List<LoraChoice> loras) {
  /** Everything chosen by the program. */
  public static final ComputeOptions AUTO = new ComputeOptions("auto", "auto");

  /** Checks that all are there; their values are checked against the machine when a model opens. */
  public ComputeOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(dtype, "dtype");
    loras = List.copyOf(loras);
  }

  /**
   * Leaves the weights as they are.
   *
   * @param device {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
   * @param dtype {@code auto}, {@code fp32}, {@code fp16} or {@code bf16}
   */
  public ComputeOptions(String device, String dtype) {
    this(device, dtype, List.of());
  }

  /**
   * The same with LoRAs.
   *
   * @param chosen what is merged into the weights
   * @return the options
   */
  public ComputeOptions with(List<LoraChoice> chosen) {
    return new ComputeOptions(device, dtype, chosen);
  }
}
