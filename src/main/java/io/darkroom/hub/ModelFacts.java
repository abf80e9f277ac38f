package io.darkroom.hub;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.model.CheckpointFile;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.model.EsrganFile;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelKind;
import io.darkroom.model.PipelineFamily;
import io.darkroom.model.StoredNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
 * What a model directory or a checkpoint file tells of itself. Only heads of the weights' files are
 * read.
 *
 * @param family its kind
 * @param bytes the size of all files
 * @param missing what it lacks to be used, in words
 * @param components its networks
 * @param side the width and height in pixels that it was trained for
 * @param scheduler its scheduler's settings, empty if it has none
 * @param wishes how it wants to be used: {@code darkroom.json}, or what its kind or name tells
 * @param licence as its card, or the file itself, names it
 * @param predictionReason of a single file, how it is known what it predicts, where there is doubt
 * @param lacksTokenizer of a single file, whether its tokenizer will have to be downloaded
 */
public record ModelFacts(
    PipelineFamily family,
    long bytes,
    List<String> missing,
    List<NetworkFacts> components,
    OptionalInt side,
    JsonConfig scheduler,
    JsonConfig wishes,
    Optional<String> licence,
    Optional<String> predictionReason,
    Optional<Boolean> lacksTokenizer) {
  private static final JsonConfig NOTHING = JsonConfig.of("", new JsonObject());
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
  public record NetworkFacts(String name, long parameters, String precision, long bytes) {
    /** Formats as {@code --dtype} has them: fp16, bf16. */
    private static NetworkFacts of(StoredNetwork network) {
      String precision =
          network.types().stream()
              .map(type -> type.name().toLowerCase(Locale.ROOT).replaceFirst("^f(?=\\d)", "fp"))
              .sorted()
              .collect(Collectors.joining("+"));
      return new NetworkFacts(
          network.component().folder(), network.parameters(), precision, network.bytes());
    }
  }

  /**
   * Reads a model.
   *
   * @param model a model directory, or a single-file checkpoint
   * @param environment the process's variables, which tell where a file's tokenizer may be
   * @return what it tells
   * @throws ModelException if it is no model, or a file in it is broken
   * @throws IOException if it cannot be read
   */
  public static ModelFacts read(Path model, Map<String, String> environment) throws IOException {
    return Files.isRegularFile(model) ? ofFile(model, environment) : ofFolder(model);
  }

  private static ModelFacts ofFolder(Path folder) throws IOException {
    if (!Files.isRegularFile(folder.resolve(NeededFiles.INDEX))) {
      throw new ModelException(
          folder + ": has no " + NeededFiles.INDEX + ", so it is not a model directory");
    }
    JsonConfig index = HubCache.index(folder);
    PipelineFamily family = PipelineFamily.of(index);
    Set<String> names = new TreeSet<>();
    long bytes = 0;
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path file : paths.filter(Files::isRegularFile).toList()) {
        names.add(folder.relativize(file).toString().replace('\\', '/'));
        bytes += Files.size(file);
      }
    }
    List<NetworkFacts> components = new ArrayList<>();
    for (Component network : family.isSupported() ? family.networks() : NeededFiles.NETWORKS) {
      StoredNetwork.in(folder, network).map(NetworkFacts::of).ifPresent(components::add);
    }
    List<String> missing =
        family.isSupported()
            ? DiffusersDirectory.missing(folder)
            : NeededFiles.choose(names, index, WeightVariant.PLAIN).missing();
    return new ModelFacts(
        family,
        bytes,
        missing,
        components,
        side(
            settings(folder, Component.UNET.config()),
            settings(folder, Component.AUTOENCODER.config())),
        settings(folder, Component.SCHEDULER.config()),
        missing.isEmpty() && family.isSupported()
            ? wishes(folder, DiffusersDirectory.wishes(folder))
            : settings(folder, "darkroom.json"),
        names.contains(NeededFiles.CARD)
            ? licence(folder.resolve(NeededFiles.CARD))
            : Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static JsonConfig settings(Path folder, String name) {
    Path file = folder.resolve(name);
    return Files.isRegularFile(file) ? JsonConfig.read(file) : NOTHING;
  }

  private static ModelFacts ofFile(Path file, Map<String, String> environment) throws IOException {
    if (EsrganFile.isOne(file)) {
      return new ModelFacts(
          PipelineFamily.ESRGAN,
          Files.size(file),
          List.of(),
          List.of(NetworkFacts.of(new EsrganFile(file).network())),
          OptionalInt.empty(),
          NOTHING,
          NOTHING,
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
    ModelFiles files = ModelFiles.of(file, Optional.empty(), Optional.empty(), environment);
    CheckpointFile checkpoint = files.openCheckpoint();
    ModelKind kind = checkpoint.kind();
    List<NetworkFacts> components = checkpoint.networks().stream().map(NetworkFacts::of).toList();
    List<String> there = components.stream().map(NetworkFacts::name).toList();
    return new ModelFacts(
        new PipelineFamily(checkpoint.family().title(), kind.pipeline(), Optional.of(kind)),
        Files.size(file),
        kind.networks().stream()
            .map(Component::folder)
            .filter(network -> !there.contains(network))
            .toList(),
        components,
        side(checkpoint.settings(Component.UNET), checkpoint.settings(Component.AUTOENCODER)),
        checkpoint.settings(Component.SCHEDULER),
        wishes(file, checkpoint.generationDefaults()),
        checkpoint.licence(),
        checkpoint.predictionReason(),
        Optional.of(files.lacksTokenizer()));
  }

  private static JsonConfig wishes(Path model, Optional<JsonObject> told) {
    return told.map(json -> JsonConfig.of(model + "/darkroom.json", json)).orElse(NOTHING);
  }

  private static OptionalInt side(JsonConfig unet, JsonConfig vae) {
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
