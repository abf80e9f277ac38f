package io.darkroom.cli;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.hub.HubId;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraHash;
import io.darkroom.lora.LoraTag;
import io.darkroom.model.AutoencoderFacts;
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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
  private static final Pattern LORA = Pattern.compile("(.+?): ([0-9a-f]{12}|[0-9a-f]{64})(?:, |$)");
  private static final Pattern OWN_AUTOENCODER =
      Pattern.compile("(?i)\\s*|none|automatic|default.*|baked.*");

  /** An embedding as a prompt of ComfyUI names it. */
  private static final Pattern NAMED_EMBEDDING =
      Pattern.compile("embedding:([^\\s,:()<>\\[\\]{}]+)");

  private static final Pattern EMBEDDING = Pattern.compile("(.+?): ([0-9a-f]{12})(?:, |$)");

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
      return option.locate(surroundings, messages, compute);
    }
    String name =
        picture
            .recipe()
            .text(Detail.MODEL)
            .orElseThrow(
                () ->
                    new ModelException(
                        picture.name() + " does not tell its model; choose one with --model"));
    // A picture's text comes from outside: it finds a model in the cache, but downloads none.
    Path path =
        ModelOption.named(name, surroundings)
            .or(() -> cached(name, surroundings))
            .orElseThrow(
                () ->
                    new ModelException(
                        picture.name()
                            + " was painted by the model "
                            + OneLine.of(name)
                            + (HubId.parse(name).isPresent()
                                ? ", which is not in the cache; --model and its id download it"
                                : ", which is none of the bundled ones; say where it is with"
                                    + " --model")));
    return option.files(path, surroundings, messages);
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
        checkWeights(pipeline);
        checkEmbeddings(pipeline);
        checkLoras(pipeline);
        checkLoraFiles(pipeline);
        checkAutoencoder(pipeline);
        compareDevice(pipeline);
        return pipeline;
      } catch (RuntimeException | Error e) {
        pipeline.close();
        throw e;
      }
    };
  }

  private void checkWeights(TextToImage pipeline) {
    Optional<String> hash = picture.recipe().text(Detail.MODEL_HASH);
    if (hash.isEmpty() || hash.get().equalsIgnoreCase(pipeline.modelHash())) {
      return;
    }
    String difference =
        picture.name()
            + " was painted by other weights (hash "
            + OneLine.of(hash.get())
            + ") than those of "
            + pipeline.modelName()
            + " ("
            + pipeline.modelHash()
            + ")";
    if (!option.isGiven()) {
      throw new ModelException(difference + "; choose a model with --model");
    }
    messages.warn(difference + ": it will be another picture");
  }

  private void checkEmbeddings(TextToImage pipeline) {
    Matcher recorded = EMBEDDING.matcher(picture.recipe().text(Detail.EMBEDDINGS).orElse(""));
    warnOfNamedEmbeddings(pipeline);
    while (recorded.find()) {
      String wanted = PictureMetadata.webUiName(recorded.group(1));
      String hash =
          pipeline
              .embeddings(name -> PictureMetadata.webUiName(name).equalsIgnoreCase(wanted))
              .values()
              .stream()
              .findFirst()
              .orElse("");
      if (recorded.group(2).equals(hash)) {
        continue;
      }
      String difference =
          "%s was painted with the embedding %s (hash %s)%s"
              .formatted(
                  picture.name(),
                  OneLine.of(recorded.group(1)),
                  recorded.group(2),
                  hash.isEmpty() ? "" : ", not with the one of hash " + hash);
      if (picture.recipe().tool() == Tool.DARKROOM) {
        throw new ModelException(difference + "; say where it is with --embedding");
      }
      messages.warn(difference + "; --embedding says where it is");
    }
  }

  private void warnOfNamedEmbeddings(TextToImage pipeline) {
    if (picture.recipe().tool() == Tool.DARKROOM) {
      return;
    }
    Set<String> missing = new TreeSet<>();
    for (Detail detail : List.of(Detail.PROMPT, Detail.NEGATIVE_PROMPT)) {
      Matcher named = NAMED_EMBEDDING.matcher(picture.recipe().text(detail).orElse(""));
      while (named.find()) {
        String name = named.group(1).replaceFirst("(?i)\\.(safetensors|pt|bin)$", "");
        if (pipeline.embeddings(name::equalsIgnoreCase).isEmpty()) {
          missing.add(name);
        }
      }
    }
    missing.forEach(
        name ->
            messages.warn(
                "%s: left out: the embedding %s; --embedding %s=FILE says where it is"
                    .formatted(picture.name(), OneLine.of(name), OneLine.of(name))));
  }

  private void checkLoras(TextToImage pipeline) {
    String recorded = picture.recipe().text(Detail.LORAS).orElse("");
    String given = PictureMetadata.loras(pipeline);
    if (recorded.equals(given) || picture.recipe().tool() != Tool.DARKROOM) {
      return;
    }
    String difference =
        picture.name()
            + " was painted with "
            + (recorded.isEmpty() ? "no LoRA" : OneLine.of(recorded))
            + ", now it is "
            + (given.isEmpty() ? "none" : OneLine.of(given));
    if (!recorded.isEmpty() && !lora.isGiven()) {
      throw new ModelException(difference + "; give each with --lora FILE:WEIGHT");
    }
    messages.warn(difference + ": it will be another picture");
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
    return lora.choices(tags, loraHashes());
  }

  private static boolean isIn(List<LoraTag> tags, LoraTag tag) {
    return tags.stream().anyMatch(other -> other.isSameLora(tag));
  }

  /** The web UI's hash has twelve digits. */
  private Map<String, String> loraHashes() {
    Map<String, String> recorded = new HashMap<>();
    Matcher hashes = LORA.matcher(picture.recipe().text(Detail.LORA_HASHES).orElse(""));
    while (hashes.find()) {
      recorded.put(hashes.group(1), hashes.group(2));
    }
    return recorded;
  }

  private void checkLoraFiles(TextToImage pipeline) {
    Map<String, String> recorded = loraHashes();
    List<LoraHash> there = recorded.isEmpty() ? List.of() : pipeline.loraHashes();
    for (int i = 0; i < there.size(); i++) {
      LoraChoice given = pipeline.loras().get(i);
      String hash = recorded.getOrDefault(given.name(), there.get(i).file());
      if (!there.get(i).is(hash)) {
        String difference =
            "%s was painted with another file of the name %s (hash %.12s) than %s (%.12s)"
                .formatted(
                    picture.name(),
                    OneLine.of(given.name()),
                    hash,
                    given.file(),
                    hash.length() < there.get(i).file().length()
                        ? there.get(i).webUi()
                        : there.get(i).file());
        if (!lora.isGiven()) {
          throw new ModelException(difference + "; give the right one with --lora FILE:WEIGHT");
        }
        messages.warn(difference + ": it will be another picture");
      }
    }
  }

  private void checkAutoencoder(TextToImage pipeline) {
    Optional<String> recorded = picture.recipe().text(Detail.VAE_HASH);
    Optional<AutoencoderFacts> given = pipeline.separateAutoencoder();
    boolean same =
        recorded.isPresent()
            ? given.isPresent()
                && given.get().hash().startsWith(recorded.get().toLowerCase(Locale.ROOT))
            : given.isEmpty();
    if (picture.recipe().tool() != Tool.DARKROOM) {
      warnOfAutoencoder(given);
      return;
    }
    if (same) {
      return;
    }
    String difference =
        "%s was painted with %s, now it is %s"
            .formatted(
                picture.name(),
                recorded
                    .map(hash -> autoencoder(picture.recipe().text(Detail.VAE).orElse(""), hash))
                    .orElse("the model's own autoencoder, as far as it tells"),
                given.map(vae -> autoencoder(vae.name(), vae.hash())).orElse("the model's own"));
    if (given.isEmpty()) {
      throw new ModelException(difference + "; say where it is with --vae");
    }
    messages.warn(difference + ": it will be another picture");
  }

  /** Other tools tell a file's name, and some of them one that means the model's own. */
  private void warnOfAutoencoder(Optional<AutoencoderFacts> given) {
    picture
        .recipe()
        .text(Detail.VAE)
        .filter(name -> given.isEmpty() && !OWN_AUTOENCODER.matcher(name).matches())
        .ifPresent(
            name ->
                messages.warn(
                    "%s: left out: the autoencoder %s; --vae says where it is"
                        .formatted(picture.name(), OneLine.of(name))));
  }

  private static String autoencoder(String name, String hash) {
    return "the autoencoder %s (hash %.10s)".formatted(OneLine.of(name), OneLine.of(hash));
  }

  private void compareDevice(TextToImage pipeline) {
    Optional<String> device = picture.recipe().text(Detail.DEVICE).map(RecordedModel::kind);
    if (device.isPresent() && !device.get().equals(kind(pipeline.device()))) {
      messages.note(
          picture.name()
              + " was painted on "
              + OneLine.of(device.get())
              + ", now it is "
              + kind(pipeline.device())
              + ": the pictures will differ a little");
    }
  }

  /** The kind of a device: {@code cuda} for {@code cuda:1}. */
  private static String kind(String device) {
    return device.replaceFirst(":.*", "");
  }
}
