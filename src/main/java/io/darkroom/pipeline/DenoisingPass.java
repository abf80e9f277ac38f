package io.darkroom.pipeline;

import io.darkroom.conditioning.ClassifierFreeGuidance;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Seamless;
import io.darkroom.request.Start;
import io.darkroom.sampling.Sampler;
import io.darkroom.torchscript.ConvolutionPadding;

/**
 * One pass of denoising: what it begins with and the steps that it makes.
 *
 * @param model whose U-Net makes it
 * @param settings its size, the steps that its sampler was planned with, and guidance
 * @param beginning where its first latents are from
 * @param start what the picture begins with; a mask counts in every pass
 * @param sampler a fresh one, which is closed with the pass
 * @param first the evaluation of the model that it begins with; 0 for a pass from noise
 * @param end the evaluation that it no longer makes
 */
record DenoisingPass(
    Model model,
    PictureSettings settings,
    Beginning beginning,
    Start start,
    Sampler sampler,
    int first,
    int end)
    implements AutoCloseable {
  /** Whose U-Net and text encoders are used. */
  enum Model {
    /** The model's own. */
    BASE,
    /** Those of the refiner beside it. */
    REFINER
  }

  /** Where the first latents of a pass are from. */
  enum Beginning {
    /** From what the picture begins with. */
    START,
    /** They are those of the pass before, enlarged, with noise. */
    ENLARGED,
    /** They are those of the pass before as they are, with what noise is left in them. */
    HANDED_OVER
  }

  /**
   * The same pass with an earlier end.
   *
   * @param evaluation the first evaluation that it leaves out
   * @return the pass, with the same sampler
   */
  DenoisingPass endingBefore(int evaluation) {
    return new DenoisingPass(model, settings, beginning, start, sampler, first, evaluation);
  }

  /** {@return how many evaluations it makes, 1 or more} */
  int evaluations() {
    return end - first;
  }

  /**
   * Plans what the U-Net does at each evaluation.
   *
   * @param unet the U-Net
   * @return the plan
   */
  EvaluationPlan plan(UNetConfig unet) {
    return EvaluationPlan.of(
        settings,
        ClassifierFreeGuidance.hasBranches(settings.guidance(), unet),
        first,
        end,
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
