package io.darkroom.cli.picture;

import io.darkroom.base.OneLine;
import io.darkroom.base.Sha256;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.option.Seed;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.Recipe;
import io.darkroom.recipe.Tool;
import io.darkroom.request.Choices;
import io.darkroom.request.HiresUpscaler;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.Setting;
import io.darkroom.request.SourcePictures;
import io.darkroom.request.Starts;
import io.darkroom.sampling.Schedule;
import io.darkroom.text.PromptSyntax;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
   * @param starts reads the pictures that a run begins with
   * @param messages told where the file does not suffice
   * @return what to paint
   * @throws InvalidRequestException if the user must choose what the file cannot
   */
  PictureOrder complete(
      Optional<String> prompt,
      Optional<Seed> seed,
      Choices choices,
      Starts starts,
      Messages messages) {
    if (recipe().tool() != Tool.DARKROOM) {
      messages.warn(
          picture.name()
              + " was made by "
              + recipe().tool().displayName()
              + ": the picture will be similar at best");
    } else if (!recipe().settings().isEmpty()) {
      messages.warn(
          picture.name()
              + " contains settings that this version of Darkroom does not know: "
              + OneLine.of(String.join(", ", recipe().settings().keySet())));
    }
    recipe().leftOut().forEach(what -> messages.warn(picture.name() + ": left out: " + what));
    return new PictureOrder(
        prompt.or(this::prompt).orElseThrow(this::promptMissing),
        seed.or(() -> recipe().seed().map(Seed::of)).orElseGet(() -> randomSeed(messages)),
        chosen(choices(choices, messages), choices, starts));
  }

  /** The pictures must be those that the file tells of, but for what the user chose. */
  private Starts.Chosen chosen(Choices choices, Choices wanted, Starts starts) {
    requireNamed(Setting.INIT_IMAGE, Detail.INIT_IMAGE_HASH, wanted);
    requireNamed(Setting.MASK, Detail.MASK_HASH, wanted);
    Starts.Chosen chosen = starts.choose(choices);
    Map<String, String> hashes = SourcePictures.hashes(chosen.start());
    requireSame(Setting.INIT_IMAGE, Detail.INIT_IMAGE_HASH, hashes, wanted);
    requireSame(Setting.MASK, Detail.MASK_HASH, hashes, wanted);
    requireSameUpscaler(chosen.choices(), wanted);
    return chosen;
  }

  private void requireSameUpscaler(Choices choices, Choices wanted) {
    Optional<HiresUpscaler.Network> network =
        choices.get(Setting.HIRES_UPSCALER).flatMap(HiresUpscaler::network);
    Optional<String> hash = recipe().text(Detail.HIRES_UPSCALER_HASH);
    if (wanted.get(Setting.HIRES_UPSCALER).isPresent() || network.isEmpty() || hash.isEmpty()) {
      return;
    }
    Path file = network.get().file();
    boolean isThere = Files.isRegularFile(file);
    if (!isThere || !hash.get().equals(Sha256.ofModelFile(file))) {
      throw new InvalidRequestException(
          "%s: the upscaler %s %s; give the original with --hires-upscaler"
              .formatted(
                  picture.name(),
                  OneLine.of(network.get().name()),
                  isThere ? "has changed since this picture was made" : "is not there"));
    }
  }

  /** A picture that came through standard input has no name by which to find it. */
  private void requireNamed(Setting<String> file, Detail hash, Choices wanted) {
    Optional<String> name = recipe().text(Detail.find(file.key()).orElseThrow());
    boolean isLost = name.isEmpty() ? recipe().text(hash).isPresent() : name.get().equals("-");
    if (wanted.get(file).isEmpty() && isLost) {
      throw new InvalidRequestException(
          "%s does not say where the picture is that it was made from; give it with %s"
              .formatted(picture.name(), file.names().get(file.names().size() - 1)));
    }
  }

  private void requireSame(
      Setting<?> file, Detail hash, Map<String, String> hashes, Choices wanted) {
    Optional<String> recorded = recipe().text(hash);
    Optional<String> found = Optional.ofNullable(hashes.get(hash.jsonName()));
    if (wanted.get(file).isEmpty() && recorded.isPresent() && !recorded.equals(found)) {
      throw new InvalidRequestException(
          ("%s: the picture %s has changed since this one was made from it; give the original"
                  + " with %s")
              .formatted(
                  picture.name(),
                  OneLine.of(
                      recipe()
                          .value(Detail.find(file.key()).orElseThrow())
                          .orElseThrow()
                          .getAsString()),
                  file.names().get(file.names().size() - 1)));
    }
  }

  /** Of another tool the LoRAs join the prompt, as they would stand in AUTOMATIC1111's. */
  private Optional<String> prompt() {
    Optional<String> loras =
        recipe().text(Detail.LORAS).filter(tags -> recipe().tool() != Tool.DARKROOM);
    return recipe()
        .text(Detail.PROMPT)
        .map(prompt -> loras.map(tags -> prompt + " " + tags).orElse(prompt));
  }

  /**
   * The precision that it was painted in.
   *
   * @return one of Darkroom's, or {@code auto}
   */
  String dtype() {
    return recipe().text(Detail.DTYPE).filter(DTYPES::contains).orElse(ComputeOptions.AUTO.dtype());
  }

  private Choices choices(Choices wanted, Messages messages) {
    Choices recorded = Choices.NONE;
    for (Setting<?> setting : Setting.ALL) {
      if (wanted.get(setting).isEmpty() && Detail.find(setting.key()).isPresent()) {
        recorded = recorded(setting, recorded, messages);
      }
    }
    Optional<Schedule> schedule =
        wanted.get(Setting.SCHEDULE).isPresent()
            ? Optional.empty()
            : new RecordedSampler(picture, messages).schedule(wanted.get(Setting.SAMPLER));
    Choices choices =
        wanted.orElse(
            schedule.isPresent()
                ? recorded.with(Setting.SCHEDULE, schedule.get())
                : recorded.without(Setting.SCHEDULE));
    try {
      choices.check();
    } catch (InvalidRequestException e) {
      throw new InvalidRequestException(
          picture.name() + ": " + e.getMessage() + "; set another value with its option");
    }
    return choices;
  }

  /** What the file tells of a setting; of some it tells in its own way. */
  private Choices recorded(Setting<?> setting, Choices known, Messages messages) {
    if (setting.equals(Setting.SCHEDULE)) {
      return known;
    }
    Optional<String> told =
        setting.equals(Setting.NEGATIVE_PROMPT)
            ? negativePrompt()
            : setting.equals(Setting.SAMPLER)
                ? new RecordedSampler(picture, messages).optionName()
                : setting.equals(Setting.PROMPT_SYNTAX) ? promptSyntax() : text(setting);
    try {
      return told.isPresent() ? known.withText(setting, told.get()) : known;
    } catch (InvalidRequestException e) {
      List<String> names = setting.names();
      throw new InvalidRequestException(
          "%s: %s; choose one with %s"
              .formatted(picture.name(), e.getMessage(), names.get(names.size() - 1)));
    }
  }

  private Optional<String> text(Setting<?> setting) {
    return recipe()
        .value(Detail.find(setting.key()).orElseThrow())
        .map(
            value ->
                setting.group() == Setting.Group.START
                    ? value.getAsString()
                    : OneLine.of(value.getAsString()));
  }

  /** Other tools always encode the negative prompt, be it empty; Darkroom tells it from none. */
  private Optional<String> negativePrompt() {
    String text = recipe().text(Detail.NEGATIVE_PROMPT).orElse("");
    boolean none =
        text.isEmpty()
            && recipe().tool() == Tool.DARKROOM
            && recipe().text(Detail.EMPTY_NEGATIVE_PROMPT).isEmpty();
    return none ? Optional.empty() : Optional.of(text);
  }

  /** Darkroom's first pictures do not tell it: their prompts were plain. */
  private Optional<String> promptSyntax() {
    return recipe()
        .text(Detail.PROMPT_SYNTAX)
        .map(OneLine::of)
        .or(
            () ->
                Optional.of(PromptSyntax.PLAIN.optionName())
                    .filter(plain -> recipe().tool() == Tool.DARKROOM));
  }

  private Seed randomSeed(Messages messages) {
    messages.warn(
        picture.name() + " does not contain its seed: the picture will be a different" + " one");
    return Seed.random();
  }

  private InvalidRequestException promptMissing() {
    return new InvalidRequestException(
        picture.name() + " does not contain its prompt; give one with --prompt");
  }

  private Recipe recipe() {
    return picture.recipe();
  }
}
