package io.darkroom.pipeline;

import com.google.gson.JsonPrimitive;
import io.darkroom.image.RgbImage;
import io.darkroom.model.EsrganFile;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.network.DecoderConfig;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.UpscaleRequest;
import java.util.List;
import java.util.Map;

/** Makes pictures larger. For one thread. */
public interface Upscaler extends AutoCloseable {
  /**
   * Loads an upscaler, of whatever kind it is: a file with an ESRGAN network, or a folder or file
   * with a latent diffusion model that enlarges pictures.
   *
   * @param model its files
   * @param options where and in which precision to run it
   * @return the upscaler; the caller closes it
   * @throws io.darkroom.base.ModelException if it is missing, malformed, or of another kind, which
   *     the message names
   * @throws InvalidRequestException if this machine has no such device
   * @throws io.darkroom.runtime.OutOfMemoryException if the weights do not fit
   */
  static Upscaler open(ModelFiles model, ComputeOptions options) {
    return model.hasUNet()
        ? DiffusionUpscaler.open(model.openUpscaler(), options)
        : PictureUpscaler.open(model.model(), options);
  }

  /**
   * Asks how much larger pictures become, without loading weights.
   *
   * @param model an upscaler's files
   * @return the factor of each side
   * @throws io.darkroom.base.ModelException if it is no upscaler, or is malformed
   */
  static int factor(ModelFiles model) {
    if (!model.hasUNet()) {
      return PictureUpscaler.config(EsrganFile.open(model.model())).factor();
    }
    ModelSource source = model.openUpscaler();
    return DecoderConfig.parse(source.settings(source.kind().autoencoder())).vaeScaleFactor();
  }

  /**
   * How much larger pictures become.
   *
   * @return the factor of each side
   */
  int factor();

  /**
   * The upscaler's name for people.
   *
   * @return the directory's name, or the file's without its ending
   */
  String name();

  /**
   * Tells the upscaler from all others. May read large files.
   *
   * @return the first ten hexadecimal digits of the SHA-256 of its weights' file
   */
  String hash();

  /**
   * The device in use.
   *
   * @return such as {@code cpu} or {@code cuda:0}
   */
  String device();

  /**
   * The precision in use.
   *
   * @return {@code fp32}, {@code fp16} or {@code bf16}
   */
  String dtype();

  /**
   * What the user should know of how it opened.
   *
   * @return a line each
   */
  default List<String> warnings() {
    return List.of();
  }

  /**
   * Refuses what it cannot do, before any work is done.
   *
   * @param request what is asked of it
   * @throws InvalidRequestException if it has no use for something, or a value is out of range
   */
  void check(UpscaleRequest request);

  /**
   * What a result depends on beside the picture and the upscaler itself.
   *
   * @param request what is asked of it
   * @return name to value, such as {@code steps} to 75; empty where there is no choice
   */
  Map<String, JsonPrimitive> details(UpscaleRequest request);

  /**
   * Enlarges a picture.
   *
   * @param picture any picture
   * @param request how
   * @param listener hears of each step, and may end the work by an exception
   * @return the picture, {@link #factor} times as wide and as high; some upscalers first make the
   *     picture a little smaller, to a multiple of what they take
   * @throws InvalidRequestException if that would be too large, or {@link #check} refuses it
   * @throws io.darkroom.runtime.OutOfMemoryException if the memory does not suffice
   * @throws BrokenPictureException if the result is not made of numbers
   */
  RgbImage upscale(RgbImage picture, UpscaleRequest request, PipelineListener listener);

  @Override
  void close();
}
