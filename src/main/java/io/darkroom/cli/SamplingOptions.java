package io.darkroom.cli;

import io.darkroom.pipeline.ImageRequest;
import io.darkroom.pipeline.ModelDefaults;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What shapes a picture beside prompt and seed. */
@Command(optionListHeading = "%nPicture:%n")
final class SamplingOptions {
  @Option(
      names = {"-n", "--negative-prompt"},
      paramLabel = "TEXT",
      description = "What to steer away from.")
  private String negativePrompt = "";

  @Option(
      names = "--steps",
      paramLabel = "COUNT",
      description = "Denoising steps; from the model, else 50.")
  private Optional<Integer> steps = Optional.empty();

  @Option(
      names = {"-g", "--guidance-scale"},
      paramLabel = "SCALE",
      description = {
        "How strictly to follow the prompt; from the model, else 7.5.",
        "1 or less leaves guidance out, which takes half the time."
      })
  private Optional<Double> guidanceScale = Optional.empty();

  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      description = "ddim or ddpm; from the model, else ddim.")
  private Optional<String> sampler = Optional.empty();

  @Option(
      names = "--eta",
      paramLabel = "ETA",
      description = "DDIM's noise, 0 to 1; from the model, else 0.")
  private Optional<Double> eta = Optional.empty();

  @Option(
      names = {"-W", "--width"},
      paramLabel = "PIXELS",
      description = "A multiple of the model's factor (8); the model's own size if left out.")
  private Optional<Integer> width = Optional.empty();

  @Option(
      names = {"-H", "--height"},
      paramLabel = "PIXELS",
      description = "Likewise.")
  private Optional<Integer> height = Optional.empty();

  /**
   * Checks what can be known without a model.
   *
   * @throws io.darkroom.pipeline.InvalidRequestException if a value makes no sense for any model
   */
  void check() {
    request("", new Seed(0), new ModelDefaults(512, 512, 50, 7.5, "ddim", 0));
  }

  /**
   * The request for one picture.
   *
   * @param prompt what to show
   * @param seed the picture's own seed
   * @param defaults the model's choice where the user made none
   * @return the request
   * @throws io.darkroom.pipeline.InvalidRequestException if a value makes no sense
   */
  ImageRequest request(String prompt, Seed seed, ModelDefaults defaults) {
    return new ImageRequest(
        prompt,
        negativePrompt,
        seed.value(),
        width.orElse(defaults.width()),
        height.orElse(defaults.height()),
        steps.orElse(defaults.steps()),
        guidanceScale.orElse(defaults.guidanceScale()),
        sampler.orElse(defaults.sampler()),
        eta.orElse(defaults.eta()));
  }
}
