package io.darkroom.pipeline;

import io.darkroom.checkpoint.LoraChoice;
import java.util.List;
import java.util.Map;

/**
 * The road from prompt to picture, as a front end sees it.
 *
 * <p>The real one is {@link DiffusionPipeline}; a test may stand in another.
 */
public interface TextToImage extends AutoCloseable {
  /**
   * What the model would choose where a user chooses nothing.
   *
   * @return the defaults
   */
  ModelDefaults defaults();

  /**
   * The model's name for people: the directory's or file's name.
   *
   * @return the name
   */
  String modelName();

  /**
   * The first ten hexadecimal digits of the SHA-256 of the U-Net's weights file.
   *
   * @return the hash
   */
  String modelHash();

  /**
   * Tells the model from all others that would paint differently. May take as long as reading all
   * of the model's files.
   *
   * @return 64 hexadecimal digits
   */
  String fingerprint();

  /**
   * What is merged into the model's weights.
   *
   * @return the LoRAs, in order
   */
  default List<LoraChoice> loras() {
    return List.of();
  }

  /**
   * What the user should know of how the model opened.
   *
   * @return a line each
   */
  default List<String> warnings() {
    return List.of();
  }

  /**
   * The embeddings that prompts may name.
   *
   * @return each one's hash by its name
   */
  default Map<String, String> embeddings() {
    return Map.of();
  }

  /**
   * The embeddings that a request's texts name.
   *
   * @param request the request
   * @return each one's hash by its name, in the order of their use
   */
  default Map<String, String> embeddings(ImageRequest request) {
    return Map.of();
  }

  /**
   * Tells whether it matters how the texts of a request are read.
   *
   * @param request the request
   * @return whether weights, {@code BREAK}, length or an embedding's name make them mean something
   *     else than as plain texts
   */
  default boolean dependsOnPromptSyntax(ImageRequest request) {
    return false;
  }

  /**
   * The device in use, such as {@code cpu} or {@code cuda:0}.
   *
   * @return the device
   */
  String device();

  /**
   * The precision in use: {@code fp32}, {@code fp16} or {@code bf16}.
   *
   * @return the precision
   */
  String dtype();

  /**
   * Checks a request against the model before any work is done.
   *
   * @param request the request
   * @throws InvalidRequestException if this model cannot serve it
   */
  void check(ImageRequest request);

  /**
   * How many pictures like this one to denoise together, from the free memory and the device.
   *
   * @param request a picture to come
   * @param pictures how many like it there are
   * @return 1 to {@code pictures}
   */
  int chooseBatchSize(ImageRequest request, int pictures);

  /**
   * Makes the pictures, those whose texts are of one length in one forward pass a step. A picture
   * does not depend on its neighbours.
   *
   * @param requests requests that {@linkplain ImageRequest#sharesBatchWith share a batch}
   * @param listener told of each step; may stop the work
   * @return the pictures, in the order of the requests
   * @throws InvalidRequestException if the model cannot serve a request
   * @throws OutOfMemoryException if the memory does not suffice
   * @throws BrokenPictureException if a picture holds values that are no numbers, even in float32
   * @throws java.util.concurrent.CancellationException if the listener stopped the work
   */
  List<RenderedImage> generate(List<ImageRequest> requests, PipelineListener listener);

  @Override
  void close();
}
