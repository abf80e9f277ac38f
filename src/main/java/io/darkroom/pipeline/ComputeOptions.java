package io.darkroom.pipeline;

import io.darkroom.lora.LoraChoice;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.Offload;
import io.darkroom.text.EmbeddingChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a model is opened, as the user said it: where and in which precision its networks run, and
 * what is added to it.
 *
 * @param device {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
 * @param dtype {@code auto}, {@code fp32}, {@code fp16} or {@code bf16}
 * @param threads how many threads of the processor compute together; else the machine's number
 * @param embeddings textual inversions that prompts may name
 * @param loras what is merged into the weights
 * @param previewDecoder a tiny autoencoder's file or folder, which makes the previews
 * @param offload whether text encoders and decoder leave the memory between their uses
 */
public record ComputeOptions(
    String device,
    String dtype,
    OptionalInt threads,
    List<EmbeddingChoice> embeddings,
    List<LoraChoice> loras,
    Optional<Path> previewDecoder,
    Offload offload) {
  /** Everything chosen by the program. */
  public static final ComputeOptions AUTO = new ComputeOptions("auto", "auto");

  /** Checks that all are there; their values are checked against the machine when a model opens. */
  public ComputeOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(dtype, "dtype");
    Objects.requireNonNull(threads, "threads");
    embeddings = List.copyOf(embeddings);
    loras = List.copyOf(loras);
    Objects.requireNonNull(previewDecoder, "previewDecoder");
    Objects.requireNonNull(offload, "offload");
  }

  /**
   * Adds nothing to the model.
   *
   * @param device where
   * @param dtype in which precision
   */
  public ComputeOptions(String device, String dtype) {
    this(device, dtype, OptionalInt.empty(), List.of(), List.of(), Optional.empty(), Offload.AUTO);
  }

  /**
   * The same with a number of threads.
   *
   * @param chosen how many threads of the processor compute together, 1 or more
   * @return the options
   */
  public ComputeOptions withThreads(int chosen) {
    return new ComputeOptions(
        device, dtype, OptionalInt.of(chosen), embeddings, loras, previewDecoder, offload);
  }

  /**
   * The same with embeddings.
   *
   * @param chosen textual inversions that prompts may name
   * @return the options
   */
  public ComputeOptions withEmbeddings(List<EmbeddingChoice> chosen) {
    return new ComputeOptions(device, dtype, threads, chosen, loras, previewDecoder, offload);
  }

  /**
   * The same with LoRAs.
   *
   * @param chosen what is merged into the weights
   * @return the options
   */
  public ComputeOptions withLoras(List<LoraChoice> chosen) {
    return new ComputeOptions(device, dtype, threads, embeddings, chosen, previewDecoder, offload);
  }

  /**
   * Holds the wishes against this machine.
   *
   * @throws InvalidRequestException if there is no such device or precision
   */
  public void check() {
    Compute.choose(device, dtype);
  }

  /**
   * The same with previews by a tiny autoencoder.
   *
   * @param decoder its file or folder; if empty, previews are a linear map of the latents
   * @return the options
   */
  public ComputeOptions withPreviewDecoder(Optional<Path> decoder) {
    return new ComputeOptions(device, dtype, threads, embeddings, loras, decoder, offload);
  }

  /**
   * The same with a choice what stays in memory.
   *
   * @param chosen whether text encoders and decoder leave it between their uses
   * @return the options
   */
  public ComputeOptions withOffload(Offload chosen) {
    return new ComputeOptions(device, dtype, threads, embeddings, loras, previewDecoder, chosen);
  }
}
