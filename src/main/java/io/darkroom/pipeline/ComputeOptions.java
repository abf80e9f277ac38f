package io.darkroom.pipeline;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * How a model is opened, as the user said it: where and in which precision its networks run, and
 * what is added to it.
 *
 * @param device {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
 * @param dtype {@code auto}, {@code fp32}, {@code fp16} or {@code bf16}
 * @param embeddings files of textual inversions that prompts may name
 */
public record ComputeOptions(String device, String dtype, List<Path> embeddings) {
  /** Everything chosen by the program. */
  public static final ComputeOptions AUTO = new ComputeOptions("auto", "auto");

  /** Checks that all are there; their values are checked against the machine when a model opens. */
  public ComputeOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(dtype, "dtype");
    embeddings = List.copyOf(embeddings);
  }

  /**
   * Adds nothing to the model.
   *
   * @param device where
   * @param dtype in which precision
   */
  public ComputeOptions(String device, String dtype) {
    this(device, dtype, List.of());
  }

  /**
   * The same device and precision with embeddings.
   *
   * @param files of textual inversions
   * @return the options
   */
  public ComputeOptions withEmbeddings(List<Path> files) {
    return new ComputeOptions(device, dtype, files);
  }
}
