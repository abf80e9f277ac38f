package io.darkroom.cli.models;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.PlainNumber;
import io.darkroom.base.Printable;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.HubModels;
import io.darkroom.cli.option.JsonOption;
import io.darkroom.cli.option.LocalModels;
import io.darkroom.cli.option.SpeechOption;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.hub.ByteCount;
import io.darkroom.hub.CachedModel;
import io.darkroom.hub.HubId;
import io.darkroom.hub.ModelFacts;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.PipelineFamily;
import io.darkroom.pipeline.Upscaler;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code darkroom models show MODEL}: what a model is. Reads no weights. */
@Command(
    name = "show",
    versionProvider = Version.class,
    header = "Show what a model is: family, parameters, precision, size, defaults, licence.",
    customSynopsis = "darkroom models show [OPTIONS] MODEL",
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    exitCodeListHeading = "%nExit status:%n")
final class ModelsShowCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "MODEL",
      description =
          "A model's folder, a checkpoint file, a bundled model's name, or the id of a model in the"
              + " cache.")
  private String name = "";

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  private final HubModels hub;

  /**
   * Creates the command.
   *
   * @param hub the models
   */
  ModelsShowCommand(HubModels hub) {
    this.hub = hub;
  }

  @Override
  public Integer call() throws IOException {
    hub.messages().setLevel(speech.level());
    if (name.isEmpty()) {
      throw new InvalidRequestException(
          "the model's name is empty; name a folder, a file or an id");
    }
    Optional<Path> local =
        new LocalModels(hub.surroundings()).find(name).map(path -> ModelFiles.meant(path));
    Optional<CachedModel> cached = local.isPresent() ? Optional.empty() : Optional.of(cached());
    Path folder = local.orElseGet(() -> cached.get().path());
    ModelFacts facts = ModelFacts.read(folder, hub.surroundings().environment());
    StandardOutput out = new StandardOutput(hub.surroundings().out());
    if (json.isJson()) {
      out.println(Printable.line(json(folder, cached, facts).toString()), StandardCharsets.UTF_8);
    } else {
      out.println(Printable.line(name), Charset.defaultCharset());
      for (String line : ModelsListCommand.Columns.aligned(rows(folder, cached, facts))) {
        out.println("  " + Printable.line(line), Charset.defaultCharset());
      }
    }
    return ExitStatus.DONE.code();
  }

  private CachedModel cached() throws IOException {
    Optional<HubId> id = HubId.parse(name);
    if (id.isEmpty()) {
      throw new ModelException(
          "there is no model "
              + name
              + ": it is not a folder, a file, a bundled model or the id of a model on the hub");
    }
    return hub.cache()
        .find(id.get())
        .orElseThrow(
            () ->
                new ModelException(
                    id.get()
                        + " is not in the cache; darkroom models pull "
                        + id.get()
                        + " downloads it"));
  }

  private static List<List<String>> rows(
      Path folder, Optional<CachedModel> cached, ModelFacts facts) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "family",
            facts.family().name() + (facts.family().isSupported() ? "" : ", not supported")));
    cached.ifPresent(
        model ->
            rows.add(List.of("revision", model.id().revision() + " (" + model.commit() + ")")));
    rows.add(List.of("path", folder.toString()));
    rows.add(List.of("size", ByteCount.text(facts.bytes())));
    if (facts.family().enlarges()) {
      enlarges(folder, facts)
          .ifPresent(
              factor ->
                  rows.add(
                      List.of("use", "enlarges pictures " + factor + " times; darkroom upscale")));
    } else {
      size(facts, "width")
          .ifPresent(
              width ->
                  rows.add(List.of("pictures", width + "x" + size(facts, "height").orElse(width))));
    }
    ModelDefaults defaults = ModelDefaults.of(facts);
    defaults
        .settings()
        .ifPresent(
            settings -> {
              rows.add(List.of("sampler", settings.sampler().optionName() + defaults.instead()));
              rows.add(List.of("steps", Integer.toString(settings.steps())));
              rows.add(List.of("guidance", PlainNumber.of(settings.guidance().scale())));
            });
    defaults.problem().ifPresent(problem -> rows.add(List.of("refused", problem)));
    if (!facts.family().equals(PipelineFamily.ESRGAN)) {
      rows.add(
          List.of(
              "predicts",
              predicts(facts) + facts.predictionReason().map(reason -> ": " + reason).orElse("")));
    }
    facts.licence().ifPresent(licence -> rows.add(List.of("licence", licence)));
    for (ModelFacts.NetworkFacts component : facts.components()) {
      rows.add(
          List.of(
              component.name().replace('_', ' '),
              String.format(
                  Locale.ROOT,
                  "%,d parameters, %s, %s",
                  component.parameters(),
                  component.precision(),
                  ByteCount.text(component.bytes()))));
    }
    facts
        .lacksTokenizer()
        .ifPresent(
            lacks ->
                rows.add(
                    List.of(
                        "tokenizer",
                        lacks
                            ? "not in the file, not beside it and not in the cache; it is"
                                + " downloaded when needed"
                            : "not in the file, but beside it or in the cache")));
    if (!facts.missing().isEmpty()) {
      rows.add(List.of("missing", String.join(", ", facts.missing())));
    }
    return rows;
  }

  private static JsonObject json(Path folder, Optional<CachedModel> cached, ModelFacts facts) {
    JsonObject line = new JsonObject();
    cached.ifPresent(
        model -> {
          line.addProperty("id", model.id().repository());
          line.addProperty("revision", model.id().revision());
          line.addProperty("commit", model.commit());
        });
    line.addProperty("path", folder.toString());
    line.addProperty("family", facts.family().name());
    line.addProperty("supported", facts.family().isSupported());
    line.addProperty("complete", facts.missing().isEmpty());
    line.addProperty("bytes", facts.bytes());
    if (facts.family().enlarges()) {
      enlarges(folder, facts).ifPresent(factor -> line.addProperty("enlarges", factor));
    } else {
      size(facts, "width").ifPresent(width -> line.addProperty("width", width));
      size(facts, "height").ifPresent(height -> line.addProperty("height", height));
    }
    ModelDefaults defaults = ModelDefaults.of(facts);
    defaults
        .settings()
        .ifPresent(
            settings -> {
              line.addProperty("sampler", settings.sampler().optionName());
              line.addProperty("steps", settings.steps());
              line.addProperty("guidance_scale", settings.guidance().scale());
            });
    defaults.problem().ifPresent(problem -> line.addProperty("refused", problem));
    if (!facts.family().equals(PipelineFamily.ESRGAN)) {
      line.addProperty("prediction_type", facts.scheduler().text("prediction_type", "epsilon"));
    }
    facts.licence().ifPresent(licence -> line.addProperty("licence", licence));
    JsonArray components = new JsonArray();
    for (ModelFacts.NetworkFacts component : facts.components()) {
      JsonObject part = new JsonObject();
      part.addProperty("name", component.name());
      part.addProperty("parameters", component.parameters());
      part.addProperty("dtype", component.precision());
      part.addProperty("bytes", component.bytes());
      components.add(part);
    }
    line.add("components", components);
    facts.lacksTokenizer().ifPresent(lacks -> line.addProperty("tokenizer_there", !lacks));
    return line;
  }

  /** How much larger pictures become; of a model that lacks something nobody knows. */
  private static OptionalInt enlarges(Path model, ModelFacts facts) {
    return facts.missing().isEmpty()
        ? OptionalInt.of(Upscaler.factor(ModelFiles.of(model)))
        : OptionalInt.empty();
  }

  private static OptionalInt size(ModelFacts facts, String side) {
    JsonConfig wishes = facts.wishes();
    return wishes.has(side) ? OptionalInt.of(wishes.integer(side)) : facts.side();
  }

  /** What the U-Net was trained to say: samplers take it from the same settings. */
  private static String predicts(ModelFacts facts) {
    JsonConfig scheduler = facts.scheduler();
    String type = scheduler.text("prediction_type", "epsilon");
    if (scheduler.text("_class_name", "").startsWith("EDM")) {
      return "EDM's (" + OneLine.of(type) + ")";
    }
    return switch (type) {
      case "epsilon" -> "the noise (epsilon)";
      case "v_prediction" -> "the velocity (v_prediction)";
      case "sample" -> "the clean image (sample)";
      default -> OneLine.of(type);
    };
  }
}
