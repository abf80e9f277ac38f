package io.darkroom.cli.picture;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.option.LoraOption;
import io.darkroom.cli.option.ModelOption;
import io.darkroom.cli.output.PictureMetadata;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraHash;
import io.darkroom.model.AutoencoderFacts;
import io.darkroom.pipeline.RefinerFacts;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.Tool;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Holds the model that is to paint a picture again against the one that painted it. Where the user
 * chose what differs, a warning says so; else the difference is an error that tells what to choose.
 *
 * @param picture the picture
 * @param option the user's choice of a model
 * @param lora the user's choice of LoRAs
 * @param pipeline the open model
 * @param messages told of what differs
 */
record ModelComparison(
    PaintedPicture picture,
    ModelOption option,
    LoraOption lora,
    TextToImage pipeline,
    Messages messages) {
  private static final Pattern OWN_AUTOENCODER =
      Pattern.compile("(?i)\\s*|none|automatic|default.*|baked.*");

  /** An embedding as a prompt of ComfyUI names it. */
  private static final Pattern NAMED_EMBEDDING =
      Pattern.compile("embedding:([^\\s,:()<>\\[\\]{}]+)");

  private static final Pattern EMBEDDING = Pattern.compile("(.+?): ([0-9a-f]{12})(?:, |$)");

  /**
   * Compares all that the picture's file tells.
   *
   * @throws ModelException if something differs that the user did not choose
   */
  void check() {
    checkWeights();
    checkEmbeddings();
    checkLoras();
    checkLoraFiles();
    checkAutoencoder();
    checkRefiner();
    compareDevice();
  }

  private void checkWeights() {
    Optional<String> hash = picture.recipe().text(Detail.MODEL_HASH);
    if (hash.isEmpty() || hash.get().equalsIgnoreCase(pipeline.modelHash())) {
      return;
    }
    String difference =
        picture.name()
            + " was made with other weights (hash "
            + OneLine.of(hash.get())
            + ") than those of "
            + pipeline.modelName()
            + " ("
            + pipeline.modelHash()
            + ")";
    if (!option.isGiven()) {
      throw new ModelException(difference + "; choose a model with --model");
    }
    messages.warn(difference + ": the picture will be a different one");
  }

  private void checkEmbeddings() {
    Matcher recorded = EMBEDDING.matcher(picture.recipe().text(Detail.EMBEDDINGS).orElse(""));
    warnOfNamedEmbeddings();
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
          "%s was made with the embedding %s (hash %s)%s"
              .formatted(
                  picture.name(),
                  OneLine.of(recorded.group(1)),
                  recorded.group(2),
                  hash.isEmpty() ? "" : ", not with the one of hash " + hash);
      if (picture.recipe().tool() == Tool.DARKROOM) {
        throw new ModelException(difference + "; give its file with --embedding");
      }
      messages.warn(difference + "; give its file with --embedding");
    }
  }

  private void warnOfNamedEmbeddings() {
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
                "%s: left out: the embedding %s; give its file with --embedding %s=FILE"
                    .formatted(picture.name(), OneLine.of(name), OneLine.of(name))));
  }

  private void checkLoras() {
    String recorded = picture.recipe().text(Detail.LORAS).orElse("");
    String given = PictureMetadata.loras(pipeline);
    if (recorded.equals(given) || picture.recipe().tool() != Tool.DARKROOM) {
      return;
    }
    String difference =
        picture.name()
            + " was made with "
            + (recorded.isEmpty() ? "no LoRA" : OneLine.of(recorded))
            + ", but now it is "
            + (given.isEmpty() ? "none" : OneLine.of(given));
    if (!recorded.isEmpty() && !lora.isGiven()) {
      throw new ModelException(difference + "; give each with --lora FILE:WEIGHT");
    }
    messages.warn(difference + ": the picture will be a different one");
  }

  private void checkLoraFiles() {
    Map<String, String> recorded = picture.loraHashes();
    List<LoraHash> there = recorded.isEmpty() ? List.of() : pipeline.loraHashes();
    for (int i = 0; i < there.size(); i++) {
      LoraChoice given = pipeline.loras().get(i);
      String hash = recorded.getOrDefault(given.name(), there.get(i).file());
      if (!there.get(i).is(hash)) {
        String difference =
            "%s was made with another file of the name %s (hash %.12s) than %s (%.12s)"
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
        messages.warn(difference + ": the picture will be a different one");
      }
    }
  }

  private void checkAutoencoder() {
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
        "%s was made with %s, but now it is %s"
            .formatted(
                picture.name(),
                recorded
                    .map(hash -> autoencoder(picture.recipe().text(Detail.VAE).orElse(""), hash))
                    .orElse("the model's own autoencoder, as far as its text says"),
                given.map(vae -> autoencoder(vae.name(), vae.hash())).orElse("the model's own"));
    if (given.isEmpty()) {
      throw new ModelException(difference + "; give its file with --vae");
    }
    messages.warn(difference + ": the picture will be a different one");
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
                    "%s: left out: the autoencoder %s; give its file with --vae"
                        .formatted(picture.name(), OneLine.of(name))));
  }

  private void checkRefiner() {
    Optional<String> recorded = picture.recipe().text(Detail.REFINER_HASH);
    Optional<RefinerFacts> given = pipeline.refiner();
    boolean same =
        recorded.isPresent()
            ? given.isPresent() && given.get().hash().equalsIgnoreCase(recorded.get())
            : given.isEmpty();
    if (same || (given.isEmpty() && picture.recipe().tool() != Tool.DARKROOM)) {
      return;
    }
    String difference =
        "%s was made with %s, but now it is %s"
            .formatted(
                picture.name(),
                recorded
                    .map(hash -> refiner(picture.recipe().text(Detail.REFINER).orElse(""), hash))
                    .orElse("no refiner"),
                given.map(model -> refiner(model.name(), model.hash())).orElse("none"));
    if (!option.hasRefiner()) {
      throw new ModelException(difference + "; choose one with --refiner");
    }
    messages.warn(difference + ": the picture will be a different one");
  }

  private static String refiner(String name, String hash) {
    return "the refiner %s (hash %.10s)".formatted(OneLine.of(name), OneLine.of(hash));
  }

  private static String autoencoder(String name, String hash) {
    return "the autoencoder %s (hash %.10s)".formatted(OneLine.of(name), OneLine.of(hash));
  }

  private void compareDevice() {
    Optional<String> device = picture.recipe().text(Detail.DEVICE).map(ModelComparison::kind);
    if (device.isPresent() && !device.get().equals(kind(pipeline.device()))) {
      messages.note(
          picture.name()
              + " was made on "
              + OneLine.of(device.get())
              + ", but now it is "
              + kind(pipeline.device())
              + ": the pictures will differ a little");
    }
  }

  /** The kind of a device: {@code cuda} for {@code cuda:1}. */
  private static String kind(String device) {
    return device.replaceFirst(":.*", "");
  }
}
