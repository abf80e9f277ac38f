package io.darkroom.pipeline;

import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraHash;
import io.darkroom.model.AutoencoderFacts;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.runtime.OutOfMemoryException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

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
  PictureSettings defaults();

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
   * Tells the model with other LoRAs than those that are merged now from all others.
   *
   * @param loras what would be merged, in order
   * @return 64 hexadecimal digits, those of {@link #fingerprint} if these were merged
   * @throws io.darkroom.base.ModelException if a file cannot be read
   */
  default String fingerprint(List<LoraChoice> loras) {
    return fingerprint();
  }

  /**
   * What is merged into the model's weights.
   *
   * @return the LoRAs, in order
   */
  default List<LoraChoice> loras() {
    return List.of();
  }

  /**
   * By what the files of {@link #loras} are known. Reads them at the first call.
   *
   * @return their hashes, in order
   */
  default List<LoraHash> loraHashes() {
    return List.of();
  }

  /**
   * Merges other LoRAs into the model's own weights, in place of those that are merged now. The
   * files are held against the model first; then the old weights are freed, before the new ones
   * load. Nobody may be painting or asking for {@link #loras} meanwhile; all else may be asked.
   *
   * @param loras what to merge, in order
   * @throws io.darkroom.base.ModelException if a file is missing, malformed or does not fit: what
   *     is merged now stays; or if weights cannot be read any more: nothing can be painted before
   *     another call succeeds
   * @throws OutOfMemoryException if the weights do not fit; then, too, nothing can be painted
   */
  default void merge(List<LoraChoice> loras) {
    if (!loras.equals(loras())) {
      throw new UnsupportedOperationException("this model takes no LoRAs");
    }
  }

  /**
   * The autoencoder that the user chose in place of the model's own. Reads it at the first call.
   *
   * @return its name and hash, if there is one
   */
  default Optional<AutoencoderFacts> separateAutoencoder() {
    return Optional.empty();
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
   * Looks for embeddings, those of folders and of merged LoRAs among them.
   *
   * @param name tells the names
   * @return each one's hash by its name
   */
  default Map<String, String> embeddings(Predicate<String> name) {
    Map<String, String> found = new LinkedHashMap<>(embeddings());
    found.keySet().removeIf(name.negate());
    return found;
  }

  /**
   * The embeddings out of folders that a request's texts name. They are part of the request; those
   * that were given one by one are part of the model.
   *
   * @param request the request
   * @return each one's hash by its name
   */
  default Map<String, String> embeddingsOfFolders(ImageRequest request) {
    return Map.of();
  }

  /**
   * Tells whether it matters how the texts of a request are read.
   *
   * @param request the request
   * @param loras what would be merged
   * @return whether weights, {@code BREAK}, length or an embedding's name make them mean something
   *     else than as plain texts, or might, with embeddings that come with a LoRA
   */
  default boolean dependsOnPromptSyntax(ImageRequest request, List<LoraChoice> loras) {
    return false;
  }

  /**
   * Tells whether a negative prompt that is empty paints another picture than none at all.
   *
   * @return whether it does, as with Stable Diffusion XL
   */
  default boolean tellsEmptyNegativePromptApart() {
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
   * Checks a request against the model with other LoRAs than those that are merged now.
   *
   * @param request the request
   * @param loras what would be merged
   * @return what the user should know of these LoRAs, a line each
   * @throws InvalidRequestException if the model cannot serve it with them
   * @throws io.darkroom.base.ModelException if a LoRA is missing or does not fit
   */
  default List<String> check(ImageRequest request, List<LoraChoice> loras) {
    check(request);
    return List.of();
  }

  /**
   * What the sides of a picture must be multiples of.
   *
   * @return the autoencoder's scale factor, in pixels
   */
  default int sizeFactor() {
    return 8;
  }

  /**
   * How many pictures like this one to denoise together, from the free memory and the device.
   *
   * @param request a picture to come
   * @param pictures how many like it there are
   * @return 1 to {@code pictures}
   */
  int chooseBatchSize(ImageRequest request, int pictures);

  /**
   * How much work it is to denoise a picture, not counting its size.
   *
   * @param request the picture
   * @return so many passes of one latent through the U-Net
   * @throws InvalidRequestException if the model cannot serve the request
   */
  default double work(ImageRequest request) {
    PictureSettings settings = request.settings();
    return settings.steps() * (settings.guidance().isOn() ? 2.0 : 1.0);
  }

  /**
   * Makes the pictures, those whose texts are of one length in one forward pass a step. A picture
   * does not depend on its neighbours.
   *
   * @param requests requests of equal settings
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
