package io.darkroom.pipeline;

import io.darkroom.conditioning.ClassifierFreeGuidance;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Seamless;
import io.darkroom.request.Start;
import io.darkroom.sampling.Sampler;
import io.darkroom.torchscript.ConvolutionPadding;

/**
 * One pass of denoising: what it begins with and the steps that it makes.
 *
 * @param settings size, steps and guidance
 * @param start what the first latents are made of
 * @param sampler a fresh one, which is closed with the pass
 */
record DenoisingPass(PictureSettings settings, Start start, Sampler sampler)
    implements AutoCloseable {
  /**
   * The pass that a request asks for.
   *
   * @param request the request
   * @param sampler its sampler
   * @return the pass, which the caller closes
   */
  static DenoisingPass of(ImageRequest request, Sampler sampler) {
    return new DenoisingPass(request.settings(), request.start(), sampler);
  }

  /**
   * The evaluation of the model that the pass begins with.
   *
   * @return 0 for a pass from noise; more where a source picture stays in part
   * @throws InvalidRequestException if the strength leaves no step, or the sampler cannot begin
   *     there
   */
  int firstEvaluation() {
    try {
      return start
          .source()
          .map(source -> sampler.firstEvaluation(settings.steps(), source.strength()))
          .orElse(0);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }

  /**
   * Plans what the U-Net does at each evaluation.
   *
   * @param unet the U-Net
   * @return the plan
   * @throws InvalidRequestException as {@link #firstEvaluation} does
   */
  EvaluationPlan plan(UNetConfig unet) {
    return EvaluationPlan.of(
        settings,
        ClassifierFreeGuidance.hasBranches(settings.guidance(), unet),
        firstEvaluation(),
        sampler.evaluations(),
        sampler::sigma);
  }

  /** What convolutions see beyond the picture's borders. */
  ConvolutionPadding padding() {
    Seamless seamless = settings.seamless();
    return ConvolutionPadding.of(seamless.joinsColumns(), seamless.joinsRows());
  }

  @Override
  public void close() {
    sampler.close();
  }
}
