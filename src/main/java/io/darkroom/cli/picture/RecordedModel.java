package io.darkroom.cli.picture;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.option.HubModels;
import io.darkroom.cli.option.LocalModels;
import io.darkroom.cli.option.LoraOption;
import io.darkroom.cli.option.ModelOption;
import io.darkroom.cli.option.PipelineOpener;
import io.darkroom.hub.HubId;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraTag;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.PromptLoras;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.Tool;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sees to it that the model that is to paint a picture again is the one that painted it, unless the
 * user chose one.
 *
 * @param picture the picture
 * @param option the user's choice
 * @param lora the user's choice of LoRAs
 * @param messages told of what differs
 */
record RecordedModel(
    PaintedPicture picture, ModelOption option, LoraOption lora, Messages messages) {
  /**
   * Finds the model.
   *
   * @param surroundings where the bundled models are, and the environment
   * @param compute in which precision it is to run
   * @return the user's choice, which may be downloaded, else the one that the file names
   * @throws ModelException if there is none
   * @throws IOException if a download fails, or the cache cannot be read
   */
  ModelFiles locate(Surroundings surroundings, ComputeOptions compute) throws IOException {
    if (option.isGiven()) {
      return withRefiner(option.locate(surroundings, messages, compute), surroundings);
    }
    String name =
        picture
            .recipe()
            .text(Detail.MODEL)
            .orElseThrow(
                () ->
                    new ModelException(
                        picture.name() + " does not name its model; choose one with --model"));
    // A picture's text comes from outside: it finds a model in the cache, but downloads none.
    Path path =
        new LocalModels(surroundings)
            .recorded(name)
            .or(() -> cached(name, surroundings))
            .orElseThrow(
                () ->
                    new ModelException(
                        picture.name()
                            + " was made with the model "
                            + OneLine.of(name)
                            + (HubId.parse(name).isPresent()
                                ? ", which is not in the cache; give its id with --model to"
                                    + " download it"
                                : ", which is not a bundled one; give its folder or file with"
                                    + " --model")));
    ModelFiles files =
        option
            .files(path, surroundings, messages)
            .withRefiner(option.refiner(surroundings, messages, compute));
    return withRefiner(files, surroundings);
  }

  /** Of the refiner, too, what the file tells is found, but not downloaded. */
  private ModelFiles withRefiner(ModelFiles files, Surroundings surroundings) throws IOException {
    Optional<String> name = picture.recipe().text(Detail.REFINER);
    if (option.hasRefiner() || name.isEmpty()) {
      return files;
    }
    Optional<Path> path =
        new LocalModels(surroundings)
            .recorded(name.get())
            .or(() -> cached(name.get(), surroundings));
    if (path.isPresent()) {
      return files.withRefiner(
          Optional.of(option.refinerFiles(path.get(), surroundings, messages)));
    }
    String missing =
        "the refiner %s; give its folder, file or id with --refiner"
            .formatted(OneLine.of(name.get()));
    if (picture.recipe().tool() == Tool.DARKROOM) {
      throw new ModelException(picture.name() + " was made with " + missing);
    }
    messages.warn(picture.name() + ": left out: " + missing);
    return files;
  }

  private Optional<Path> cached(String name, Surroundings surroundings) {
    return HubId.parse(name).flatMap(id -> new HubModels(surroundings, messages).cached(id));
  }

  /**
   * Looks at a model as soon as it is open.
   *
   * @param opener opens the model
   * @return an opener that refuses a model whose weights are not those that the file tells, and
   *     warns where the user chose it
   */
  PipelineOpener checking(PipelineOpener opener) {
    return (model, options) -> {
      TextToImage pipeline = opener.open(model, options);
      try {
        new ModelComparison(picture, option, lora, pipeline, messages).check();
        return pipeline;
      } catch (RuntimeException | Error e) {
        pipeline.close();
        throw e;
      }
    };
  }

  /**
   * The LoRAs to merge: the user's, those that the prompt names, and, where the user chose none,
   * those that the picture was painted with by option, if there is a folder to find them in. One
   * that goes by another name there is found by its hash.
   *
   * @param prompt what is to be painted
   * @return files and weights, in order
   * @throws InvalidRequestException if a tag makes no sense
   * @throws ModelException if a file is not there
   */
  List<LoraChoice> loras(String prompt) {
    List<LoraTag> tags = new ArrayList<>();
    List<LoraTag> named = PromptLoras.in(prompt);
    if (!lora.isGiven() && lora.hasFolder()) {
      // In the picture's order, in which they were added up.
      List<LoraTag> namedBefore = PromptLoras.in(picture.recipe().text(Detail.PROMPT).orElse(""));
      PromptLoras.in(picture.recipe().text(Detail.LORAS).orElse("")).stream()
          .filter(tag -> isIn(named, tag) || !isIn(namedBefore, tag))
          .map(tag -> named.stream().filter(tag::isSameLora).findFirst().orElse(tag))
          .forEach(tags::add);
    }
    named.stream().filter(tag -> !isIn(tags, tag)).toList().forEach(tags::add);
    return lora.choices(tags, picture.loraHashes());
  }

  private static boolean isIn(List<LoraTag> tags, LoraTag tag) {
    return tags.stream().anyMatch(other -> other.isSameLora(tag));
  }
}
