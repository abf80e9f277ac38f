package io.darkroom.pipeline;

import io.darkroom.base.Sha256;
import io.darkroom.lora.LoraChoice;
import io.darkroom.request.HiresUpscaler;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.runtime.OutOfMemoryException;
import java.util.List;
import java.util.Optional;

/**
 * From prompt to picture, as a front end sees it.
 *
 * <p>The real one is {@link DiffusionPipeline}; a test may stand in another.
 */
public interface TextToImage extends ModelDescription, LoraMerging, PromptReading, AutoCloseable {
  /** The key of {@link #upscalerHash} in recipes and hashes. */
  String UPSCALER_HASH = "hires_upscaler_hash";

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
   * Tells the model with other LoRAs than those that are merged now from all others.
   *
   * @param loras what would be merged, in order
   * @return 64 hexadecimal digits, those of {@link #fingerprint()} if these were merged
   * @throws io.darkroom.base.ModelException if a file cannot be read
   */
  default String fingerprint(List<LoraChoice> loras) {
    return fingerprint();
  }

  /**
   * The file that enlarges a picture between two passes. Reads it.
   *
   * @param request the request
   * @return the SHA-256 of the file, if the request names one
   * @throws io.darkroom.base.ModelException if it cannot be read
   */
  default Optional<String> upscalerHash(ImageRequest request) {
    PictureSettings settings = request.settings();
    return settings
        .get(Setting.HIRES)
        .flatMap(hires -> settings.get(Setting.HIRES_UPSCALER))
        .flatMap(HiresUpscaler::network)
        .map(network -> Sha256.ofModelFile(network.file()));
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
   * How many copies of the model could work on this device at once, by the free memory.
   *
   * @param request a picture to come
   * @param pictures how many like it each copy denoises together
   * @return 1 or more, this copy among them
   */
  int copiesThatFit(ImageRequest request, int pictures);

  /**
   * How many threads of the processor compute together for this copy at most.
   *
   * @return 1 or more
   */
  int threads();

  /**
   * Limits the threads, from the next batch on.
   *
   * @param most how many threads of the processor may compute together for this copy, 1 or more
   */
  void limitThreads(int most);

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
