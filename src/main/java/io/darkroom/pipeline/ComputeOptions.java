package io.darkroom.pipeline;

import java.util.Objects;

/**
 * Where and in which precision the networks run, as the user said it.
 *
 * @param device {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
 * @param dtype {@code auto}, {@code fp32}, {@code fp16} or {@code bf16}
 */
public record ComputeOptions(String device, String dtype) {
  /** Everything chosen by the program. */
  public static final ComputeOptions AUTO = new ComputeOptions("auto", "auto");

  /**
   * Checks that both are there; their values are checked against the machine when a model opens.
   */
  public ComputeOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(dtype, "dtype");
  }
}
