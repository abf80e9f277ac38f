package io.darkroom.cli.option;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraFolder;
import io.darkroom.lora.LoraHash;
import io.darkroom.lora.LoraStrength;
import io.darkroom.lora.LoraTag;
import io.darkroom.pipeline.PromptLoras;
import io.darkroom.request.InvalidRequestException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which LoRAs are merged into the model. */
@Command
public final class LoraOption {
  @Option(
      names = "--lora",
      paramLabel = "FILE[:WEIGHT]",
      description =
          "Merge a LoRA into the model. It is a file, or a folder of diffusers or peft. WEIGHT is "
              + "its strength, 1 by default; TEXT:UNET in its place sets text encoder and U-Net "
              + "apart. The option may be given several times.")
  private List<String> loras = List.of();

  @Option(
      names = "--lora-dir",
      paramLabel = "DIR",
      description = "The folder of the LoRAs that a prompt names, as in <lora:NAME:WEIGHT>.")
  private Optional<Path> folder = Optional.empty();

  /** The folder, with what was found in it: a batch's lines name the same again and again. */
  private Optional<LoraFolder> opened = Optional.empty();

  /** {@return whether the user chose LoRAs by option} */
  public boolean isGiven() {
    return !loras.isEmpty();
  }

  /**
   * The LoRAs chosen by option.
   *
   * @return files and weights, in order
   * @throws InvalidRequestException if a weight is no number
   * @throws ModelException if a file is not there
   */
  public List<LoraChoice> choices() {
    return loras.stream().map(LoraOption::choice).toList();
  }

  /**
   * The LoRAs chosen by option and those that a prompt names.
   *
   * @param prompt the prompt
   * @return files and weights, in order
   * @throws InvalidRequestException if a tag or a weight makes no sense, or option and prompt
   *     contradict each other
   * @throws ModelException if a file is not there, or two have the name
   */
  public List<LoraChoice> choices(String prompt) {
    return choices(PromptLoras.in(prompt), Map.of());
  }

  /**
   * The LoRAs chosen by option and others.
   *
   * @param tags the others
   * @param hashes by name the hashes that their files must have, as far as they are known: where
   *     the file of a name is not there, or is another one, any file of the hash is taken
   * @return files and weights, in order
   * @throws InvalidRequestException if option and tags contradict each other
   * @throws ModelException if a file is not there, or two have the name
   */
  public List<LoraChoice> choices(List<LoraTag> tags, Map<String, String> hashes) {
    List<LoraChoice> chosen = new ArrayList<>(choices());
    for (LoraTag tag : tags) {
      Optional<LoraChoice> same =
          chosen.stream().filter(lora -> lora.isCalled(tag.name())).findFirst();
      if (same.isEmpty()) {
        Optional<String> hash =
            hashes.entrySet().stream()
                .filter(known -> known.getKey().equalsIgnoreCase(tag.bareName()))
                .map(Map.Entry::getValue)
                .findFirst();
        chosen.add(inFolder(tag, hash));
      } else if (!same.get().strength().equals(tag.strength())) {
        throw new InvalidRequestException(
            "the LoRA %s is given twice, with the weights %s and %s; give it once"
                .formatted(tag.name(), same.get().strength(), tag.strength()));
      }
    }
    return chosen;
  }

  /** {@return whether there is a folder to find LoRAs in} */
  public boolean hasFolder() {
    return folder.isPresent();
  }

  private static LoraChoice choice(String text) {
    Path whole = path(text);
    if (Files.exists(whole)) {
      return choice(whole, LoraStrength.of(1));
    }
    // FILE:WEIGHT, or FILE:TEXT:UNET; a file's name may have colons, too.
    int last = text.lastIndexOf(':');
    if (last < 0) {
      throw missing(text);
    }
    int before = text.lastIndexOf(':', last - 1);
    Optional<Double> unet = number(text.substring(last + 1));
    Optional<Double> encoders =
        before < 0 ? Optional.empty() : number(text.substring(before + 1, last));
    if (unet.isEmpty()) {
      throw new InvalidRequestException(
          "--lora %s: the weight %s is not a number from -1000 to 1000, or there is no such file"
              .formatted(text, text.substring(last + 1)));
    }
    Path file = path(text.substring(0, last));
    if (!Files.exists(file) && encoders.isPresent()) {
      file = path(text.substring(0, before));
      if (Files.exists(file)) {
        return choice(
            file, new LoraStrength(encoders.get(), unet.get(), java.util.OptionalInt.empty()));
      }
    }
    if (!Files.exists(file)) {
      throw missing(file.toString());
    }
    return choice(file, LoraStrength.of(unet.get()));
  }

  private static LoraChoice choice(Path path, LoraStrength strength) {
    return LoraFolder.resolve(path, strength)
        .orElseThrow(
            () ->
                new ModelException(
                    path
                        + ": is a folder without pytorch_lora_weights.safetensors or"
                        + " adapter_model.safetensors; name a file in it"));
  }

  private static Optional<Double> number(String text) {
    try {
      return Optional.of(Double.parseDouble(text))
          .filter(weight -> Math.abs(weight) <= LoraStrength.GREATEST);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static ModelException missing(String file) {
    return new ModelException("--lora: there is no file " + file + "; check the path");
  }

  private static Path path(String text) {
    if (text.isEmpty()) {
      throw new InvalidRequestException("--lora is empty; name a file");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new InvalidRequestException("--lora " + text + " is not a path: " + e.getReason());
    }
  }

  private LoraChoice inFolder(LoraTag tag, Optional<String> hash) {
    LoraFolder loras = openFolder(tag);
    Optional<Path> named = loras.find(tag.name());
    if (hash.isPresent() && named.map(file -> !LoraHash.of(file).is(hash.get())).orElse(true)) {
      Optional<LoraChoice> other =
          loras
              .withHash(hash.get())
              .map(file -> new LoraChoice(file, tag.bareName(), tag.strength()));
      if (other.isPresent()) {
        return other.get();
      }
    }
    return named
        .map(file -> named(file, tag))
        .orElseThrow(
            () ->
                new ModelException(
                    "there is no "
                        + OneLine.of(tag.name())
                        + ".safetensors in "
                        + folder.orElseThrow()
                        + "; check <lora:...> in the prompt"));
  }

  /** A file is known by its own name, a folder's by what the prompt calls it. */
  private static LoraChoice named(Path file, LoraTag tag) {
    LoraChoice choice = new LoraChoice(file, tag.strength());
    return choice.isCalled(tag.name())
        ? choice
        : new LoraChoice(file, tag.bareName(), tag.strength());
  }

  private synchronized LoraFolder openFolder(LoraTag tag) {
    Path start =
        folder.orElseThrow(
            () ->
                new InvalidRequestException(
                    "the prompt names the LoRA %s; give it with --lora FILE:%s or --lora-dir DIR"
                        .formatted(tag.name(), tag.strength())));
    if (opened.isEmpty()) {
      opened = Optional.of(new LoraFolder(start));
    }
    return opened.get();
  }
}
