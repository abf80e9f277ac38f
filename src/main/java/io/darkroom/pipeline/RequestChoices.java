package io.darkroom.pipeline;

import io.darkroom.text.PromptSyntax;
import java.util.Optional;

/**
 * What somebody chose of a picture beside prompt and seed; the rest is left to someone else, in the
 * end to the model.
 *
 * @param negativePrompt what to steer away from
 * @param steps denoising steps
 * @param guidanceScale classifier-free guidance
 * @param sampler the sampler's name
 * @param eta DDIM's noise
 * @param width pixels
 * @param height pixels
 * @param promptSyntax how the texts are read
 */
public record RequestChoices(
    Optional<String> negativePrompt,
    Optional<Integer> steps,
    Optional<Double> guidanceScale,
    Optional<String> sampler,
    Optional<Double> eta,
    Optional<Integer> width,
    Optional<Integer> height,
    Optional<PromptSyntax> promptSyntax) {
  /** Nothing chosen. */
  public static final RequestChoices NONE =
      new RequestChoices(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  private static final ModelDefaults ANY_MODEL = new ModelDefaults(512, 512, 50, 7.5, "ddim", 0);

  /**
   * Choices that leave it open how the texts are read.
   *
   * @see RequestChoices for the parameters
   */
  public RequestChoices(
      Optional<String> negativePrompt,
      Optional<Integer> steps,
      Optional<Double> guidanceScale,
      Optional<String> sampler,
      Optional<Double> eta,
      Optional<Integer> width,
      Optional<Integer> height) {
    this(negativePrompt, steps, guidanceScale, sampler, eta, width, height, Optional.empty());
  }

  /**
   * The same choices and how the texts are read.
   *
   * @param syntax the choice
   * @return the choices
   */
  public RequestChoices withPromptSyntax(Optional<PromptSyntax> syntax) {
    return new RequestChoices(
        negativePrompt, steps, guidanceScale, sampler, eta, width, height, syntax);
  }

  /**
   * Lets others choose what is not chosen here.
   *
   * @param others whose choices count less
   * @return these choices and, where there is none, the others'
   */
  public RequestChoices orElse(RequestChoices others) {
    return new RequestChoices(
        negativePrompt.or(() -> others.negativePrompt),
        steps.or(() -> others.steps),
        guidanceScale.or(() -> others.guidanceScale),
        sampler.or(() -> others.sampler),
        eta.or(() -> others.eta),
        width.or(() -> others.width),
        height.or(() -> others.height),
        promptSyntax.or(() -> others.promptSyntax));
  }

  /**
   * Checks what can be known without a model.
   *
   * @throws InvalidRequestException if a value makes no sense for any model
   */
  public void check() {
    request("", 0, ANY_MODEL);
  }

  /**
   * The request for one picture.
   *
   * @param prompt what to show
   * @param seed the picture's own seed
   * @param defaults the model's choice where there is none here
   * @return the request
   * @throws InvalidRequestException if a value makes no sense
   */
  public ImageRequest request(String prompt, long seed, ModelDefaults defaults) {
    return new ImageRequest(
            prompt,
            negativePrompt.orElse(""),
            seed,
            width.orElse(defaults.width()),
            height.orElse(defaults.height()),
            steps.orElse(defaults.steps()),
            guidanceScale.orElse(defaults.guidanceScale()),
            sampler.orElse(defaults.sampler()),
            eta.orElse(defaults.eta()))
        .withPromptSyntax(promptSyntax.orElse(PromptSyntax.WEIGHTED));
  }
}
