package io.darkroom.hub;

import io.darkroom.checkpoint.JsonConfig;
import io.darkroom.checkpoint.ModelException;
import io.darkroom.checkpoint.OneLine;
import io.darkroom.checkpoint.PipelineFamily;
import io.darkroom.checkpoint.SafetensorsFile;
import io.darkroom.checkpoint.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a model directory tells of itself. Only heads of the weights' files are read.
 *
 * @param family its kind
 * @param bytes the size of all files
 * @param missing what it lacks to be used, in words
 * @param components its networks
 * @param side the width and height in pixels that it was trained for
 * @param scheduler the diffusers class of its scheduler
 * @param wishes how its makers want it to be used: {@code darkroom.json}
 * @param licence as its card names it
 */
public record ModelFacts(
    PipelineFamily family,
    long bytes,
    List<String> missing,
    List<Component> components,
    OptionalInt side,
    Optional<String> scheduler,
    JsonConfig wishes,
    Optional<String> licence) {
  private static final int LONGEST_CARD = 1 << 20;
  private static final Pattern FRONT_MATTER =
      Pattern.compile("\\A---\\R(.*?)\\R---", Pattern.DOTALL);
  private static final Pattern LICENCE = Pattern.compile("(?m)^license(_name)?:\\s*(\\S.*)$");

  /**
   * A network.
   *
   * @param name such as {@code unet}
   * @param parameters how many numbers it has
   * @param precision the formats that they are stored in, such as {@code fp16}
   * @param bytes the size of its weights' files
   */
  public record Component(String name, long parameters, String precision, long bytes) {}

  /**
   * Reads a model directory.
   *
   * @param folder the directory
   * @return what it tells
   * @throws ModelException if it is no model directory, or a file in it is broken
   * @throws IOException if it cannot be read
   */
  public static ModelFacts read(Path folder) throws IOException {
    if (!Files.isRegularFile(folder.resolve(NeededFiles.INDEX))) {
      throw new ModelException(
          folder + ": has no " + NeededFiles.INDEX + ", so it is no model directory");
    }
    JsonConfig index = HubCache.index(folder);
    Set<String> names = new TreeSet<>();
    long bytes = 0;
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path file : paths.filter(Files::isRegularFile).toList()) {
        names.add(folder.relativize(file).toString().replace('\\', '/'));
        bytes += Files.size(file);
      }
    }
    NeededFiles files = NeededFiles.choose(names, index, WeightVariant.PLAIN);
    return new ModelFacts(
        PipelineFamily.of(index),
        bytes,
        files.missing(),
        components(folder, files),
        side(folder, names),
        names.contains("scheduler/scheduler_config.json")
            ? Optional.of(
                JsonConfig.read(folder.resolve("scheduler/scheduler_config.json"))
                    .text("_class_name", ""))
            : Optional.empty(),
        names.contains("darkroom.json")
            ? JsonConfig.read(folder.resolve("darkroom.json"))
            : JsonConfig.of("", new com.google.gson.JsonObject()),
        names.contains(NeededFiles.CARD)
            ? licence(folder.resolve(NeededFiles.CARD))
            : Optional.empty());
  }

  private static List<Component> components(Path folder, NeededFiles files) throws IOException {
    Map<String, List<Path>> weights = new LinkedHashMap<>();
    for (String path : files.paths()) {
      if (path.endsWith(".safetensors")) {
        weights
            .computeIfAbsent(path.substring(0, path.indexOf('/')), name -> new ArrayList<>())
            .add(folder.resolve(path));
      }
    }
    List<Component> components = new ArrayList<>();
    for (Map.Entry<String, List<Path>> component : weights.entrySet()) {
      long parameters = 0;
      long bytes = 0;
      Set<String> formats = new TreeSet<>();
      for (Path file : component.getValue()) {
        bytes += Files.size(file);
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
          for (StoredTensor tensor : tensors.tensors().values()) {
            // Whole numbers are positions, which some checkpoints keep beside the weights.
            if (!tensor.type().name().matches("[IU]\\d+|BOOL")) {
              parameters += tensor.count();
              formats.add(format(tensor));
            }
          }
        }
      }
      components.add(
          new Component(component.getKey(), parameters, String.join("+", formats), bytes));
    }
    return components;
  }

  /** As {@code --dtype} has it: fp16, bf16. */
  private static String format(StoredTensor tensor) {
    return tensor.type().name().toLowerCase(Locale.ROOT).replaceFirst("^f(?=\\d)", "fp");
  }

  private static OptionalInt side(Path folder, Set<String> names) {
    if (!names.contains("unet/config.json") || !names.contains("vae/config.json")) {
      return OptionalInt.empty();
    }
    JsonConfig unet = JsonConfig.read(folder.resolve("unet/config.json"));
    JsonConfig vae = JsonConfig.read(folder.resolve("vae/config.json"));
    if (!unet.has("sample_size") || !vae.has("block_out_channels")) {
      return OptionalInt.empty();
    }
    int levels = vae.integers("block_out_channels").size();
    return OptionalInt.of(unet.integer("sample_size") << Math.min(levels - 1, 8));
  }

  /** The card's head is YAML; two keys of it are asked for, so that no parser is needed. */
  private static Optional<String> licence(Path card) throws IOException {
    if (Files.size(card) > LONGEST_CARD) {
      return Optional.empty();
    }
    String text = new String(Files.readAllBytes(card), java.nio.charset.StandardCharsets.UTF_8);
    Matcher head = FRONT_MATTER.matcher(text);
    if (!head.find()) {
      return Optional.empty();
    }
    String licence =
        LICENCE
            .matcher(head.group(1))
            .results()
            .map(line -> line.group(2).strip().replaceAll("^[\"']|[\"']$", ""))
            .filter(name -> !name.equals("other"))
            .collect(Collectors.joining(", "));
    return Optional.of(OneLine.of(licence)).filter(name -> !name.isEmpty());
  }
}
