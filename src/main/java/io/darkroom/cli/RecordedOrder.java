package io.darkroom.cli;

import io.darkroom.checkpoint.OneLine;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.InvalidRequestException;
import io.darkroom.pipeline.RequestChoices;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.Recipe;
import io.darkroom.recipe.Tool;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.text.PromptSyntax;
import java.util.Optional;
import java.util.Set;

/**
 * What a picture's file says for the picture to be painted again; what the user says counts more.
 *
 * @param picture the picture
 */
record RecordedOrder(PaintedPicture picture) {
  private static final Set<String> DTYPES = Set.of("fp32", "fp16", "bf16");

  /**
   * The order.
   *
   * @param prompt the user's prompt
   * @param seed the user's seed
   * @param choices what else the user chose
   * @param messages told where the file does not suffice
   * @return what to paint
   * @throws InvalidRequestException if the user must choose what the file cannot
   */
  PictureOrder complete(
      Optional<String> prompt, Optional<Seed> seed, RequestChoices choices, Messages messages) {
    if (recipe().tool() != Tool.DARKROOM) {
      messages.warn(
          picture.name()
              + " was painted by "
              + recipe().tool().displayName()
              + ": the picture will be similar at best");
    } else if (!recipe().settings().isEmpty()) {
      messages.warn(
          picture.name()
              + " tells what this version of Darkroom does not know: "
              + OneLine.of(String.join(", ", recipe().settings().keySet())));
    }
    return new PictureOrder(
        prompt.or(() -> recipe().text(Detail.PROMPT)).orElseThrow(this::promptMissing),
        seed.or(() -> recipe().seed().map(Seed::of)).orElseGet(() -> randomSeed(messages)),
        choices(choices));
  }

  /**
   * The precision that it was painted in.
   *
   * @return one of Darkroom's, or {@code auto}
   */
  String dtype() {
    return recipe().text(Detail.DTYPE).filter(DTYPES::contains).orElse(ComputeOptions.AUTO.dtype());
  }

  private RequestChoices choices(RequestChoices wanted) {
    RequestChoices recorded =
        new RequestChoices(
            recipe().text(Detail.NEGATIVE_PROMPT),
            recipe().count(Detail.STEPS),
            recipe().number(Detail.GUIDANCE_SCALE),
            wanted.sampler().or(this::sampler),
            recipe().number(Detail.ETA),
            recipe().count(Detail.WIDTH),
            recipe().count(Detail.HEIGHT),
            wanted.promptSyntax().or(this::promptSyntax));
    RequestChoices choices = wanted.orElse(recorded);
    try {
      choices.check();
    } catch (InvalidRequestException e) {
      throw new InvalidRequestException(
          picture.name() + ": " + e.getMessage() + "; choose another value by its option");
    }
    return choices;
  }

  private Optional<String> sampler() {
    try {
      return recipe()
          .text(Detail.SAMPLER)
          .map(OneLine::of)
          .map(SamplerKind::named)
          .map(SamplerKind::optionName);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(
          picture.name() + ": " + e.getMessage() + "; choose one with --sampler");
    }
  }

  /** Darkroom's first pictures do not tell it: their prompts were plain. */
  private Optional<PromptSyntax> promptSyntax() {
    try {
      return recipe()
          .text(Detail.PROMPT_SYNTAX)
          .map(OneLine::of)
          .map(PromptSyntax::named)
          .or(
              () ->
                  Optional.of(PromptSyntax.PLAIN)
                      .filter(plain -> recipe().tool() == Tool.DARKROOM));
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(
          picture.name() + ": " + e.getMessage() + "; choose one with --prompt-syntax");
    }
  }

  private Seed randomSeed(Messages messages) {
    messages.warn(picture.name() + " does not tell its seed: it will be another picture");
    return Seed.random();
  }

  private InvalidRequestException promptMissing() {
    return new InvalidRequestException(
        picture.name() + " does not tell its prompt; say one with --prompt");
  }

  private Recipe recipe() {
    return picture.recipe();
  }
}
