package io.darkroom.cli;

import io.darkroom.checkpoint.LoraChoice;
import io.darkroom.checkpoint.ModelException;
import io.darkroom.checkpoint.PlainNumber;
import io.darkroom.pipeline.InvalidRequestException;
import io.darkroom.pipeline.PromptLoras;
import io.darkroom.text.LoraTag;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which LoRAs are merged into the model. */
@Command
final class LoraOption {
  private static final int DEEPEST_FOLDER = 8;

  @Option(
      names = "--lora",
      paramLabel = "FILE[:WEIGHT]",
      description = "A LoRA to merge into the model, and how strongly (1); may be repeated.")
  private List<String> loras = List.of();

  @Option(
      names = "--lora-dir",
      paramLabel = "DIR",
      description = "Where the LoRAs lie that a prompt names: <lora:NAME:WEIGHT>.")
  private Optional<Path> folder = Optional.empty();

  /** What was found by its name: a batch's lines name the same again and again. */
  private final Map<String, Path> found = new ConcurrentHashMap<>();

  /** Tells whether the user chose LoRAs by option. */
  boolean isGiven() {
    return !loras.isEmpty();
  }

  /**
   * The LoRAs chosen by option.
   *
   * @return files and weights, in order
   * @throws InvalidRequestException if a weight is no number
   * @throws ModelException if a file is not there
   */
  List<LoraChoice> choices() {
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
  List<LoraChoice> choices(String prompt) {
    List<LoraChoice> chosen = new ArrayList<>(choices());
    for (LoraTag tag : PromptLoras.in(prompt)) {
      Optional<LoraChoice> same =
          chosen.stream().filter(lora -> lora.name().equals(tag.name())).findFirst();
      if (same.isEmpty()) {
        chosen.add(new LoraChoice(file(tag), tag.weight()));
      } else if (same.get().weight() != tag.weight()) {
        throw new InvalidRequestException(
            "the LoRA %s is asked for twice, with the weights %s and %s"
                .formatted(tag.name(), same.get().weight(), tag.weight()));
      }
    }
    return chosen;
  }

  private static LoraChoice choice(String text) {
    Path whole = path(text);
    if (Files.exists(whole)) {
      return new LoraChoice(whole, 1);
    }
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw missing(text);
    }
    Path file = path(text.substring(0, colon));
    String number = text.substring(colon + 1);
    double weight = Double.NaN;
    try {
      weight = Double.parseDouble(number);
    } catch (NumberFormatException e) {
      // told below
    }
    if (!Double.isFinite(weight)) {
      throw new InvalidRequestException(
          "--lora "
              + text
              + ": the weight "
              + number
              + " is not a number, or there is no such file");
    }
    if (!Files.exists(file)) {
      throw missing(text.substring(0, colon));
    }
    return new LoraChoice(file, weight);
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
      throw new InvalidRequestException("--lora " + text + " is no path: " + e.getReason());
    }
  }

  private Path file(LoraTag tag) {
    Path start =
        folder.orElseThrow(
            () ->
                new InvalidRequestException(
                    "the prompt names the LoRA %s; give it with --lora FILE:%s or --lora-dir DIR"
                        .formatted(tag.name(), PlainNumber.of(tag.weight()))));
    return found.computeIfAbsent(tag.name(), name -> find(start, name));
  }

  private static Path find(Path start, String name) {
    if (!Files.isDirectory(start)) {
      throw new ModelException("--lora-dir: there is no folder " + start + "; check the path");
    }
    try (Stream<Path> files = Files.walk(start, DEEPEST_FOLDER)) {
      List<Path> found =
          files
              .filter(file -> file.getFileName().toString().equals(name + ".safetensors"))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      if (found.isEmpty()) {
        throw new ModelException(
            "there is no " + name + ".safetensors in " + start + "; check the prompt's <lora:...>");
      }
      if (found.size() > 1) {
        throw new ModelException(
            "the LoRA %s is there twice: %s and %s; give one with --lora"
                .formatted(name, found.get(0), found.get(1)));
      }
      return found.get(0);
    } catch (IOException | UncheckedIOException e) {
      throw new ModelException(start + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
