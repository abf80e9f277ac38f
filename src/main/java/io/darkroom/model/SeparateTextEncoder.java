package io.darkroom.model;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OpenResources;
import io.darkroom.base.Sha256;
import io.darkroom.model.LatentDiffusionNames.Projection;
import io.darkroom.model.LatentDiffusionNames.TextEncoderPlace;
import io.darkroom.weights.WeightsFile;
import io.darkroom.weights.WeightsFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model of which a text encoder is another's: a folder as transformers writes it, or one file by
 * transformers' names or OpenCLIP's, be it of text encoders or a whole checkpoint. A file's
 * settings are the model's own.
 */
final class SeparateTextEncoder extends ChangedModel {
  private static final String CONFIG = "config.json";
  private static final String WIDTH = "hidden_size";
  private static final int HASH_DIGITS = 10;

  /**
   * A text encoder that was given.
   *
   * @param weights its file, or the index of several
   * @param place where it is in there
   * @param config what tells its settings, if anything does
   */
  private record Given(Path weights, TextEncoderPlace place, Optional<Path> config) {}

  private final Component component;
  private final Given given;
  private String identity = "";

  private SeparateTextEncoder(ModelSource model, Component component, Given given) {
    super(model);
    this.component = component;
    this.given = given;
  }

  /**
   * Replaces a model's text encoders.
   *
   * @param model the model
   * @param paths files and folders, perhaps none; a model that has two text encoders is given
   *     either or both, in any order
   * @return the model with these text encoders
   * @throws ModelException if there is no text encoder, or none for this model
   */
  static ModelSource in(ModelSource model, List<Path> paths) {
    if (paths.isEmpty()) {
      return model;
    }
    List<Given> given = new ArrayList<>();
    paths.forEach(path -> given.addAll(read(path)));
    boolean two = model.kind().textSlots().size() == 2;
    if (given.size() > (two ? 2 : 1)) {
      throw new ModelException(
          "%s has %s, but --text-encoder gives %d; give the same number"
              .formatted(
                  model.name(), two ? "two text encoders" : "one text encoder", given.size()));
    }
    if (!two) {
      return with(model, model.kind().textSlots().get(0).encoder(), given.get(0));
    }
    if (given.size() == 1) {
      return with(model, place(model, given.get(0)), given.get(0));
    }
    // The second one is the larger one.
    given.sort(Comparator.comparingLong(one -> one.place().width()));
    return with(
        with(model, Component.TEXT_ENCODER, given.get(0)), Component.TEXT_ENCODER_2, given.get(1));
  }

  private static List<Given> read(Path path) {
    if (!Files.exists(path)) {
      throw new ModelException(path + ": there is no such text encoder; check the path");
    }
    Path weights = path;
    Optional<Path> config = Optional.empty();
    if (Files.isDirectory(path)) {
      Path folder =
          Files.isDirectory(path.resolve(Component.TEXT_ENCODER.folder()))
              ? path.resolve(Component.TEXT_ENCODER.folder())
              : path;
      weights =
          WeightsFolder.find(folder, Component.TEXT_ENCODER)
              .orElseThrow(
                  () ->
                      new ModelException(
                          path
                              + ": is not a text encoder; such a folder has config.json and"
                              + " model.safetensors"));
      config = Optional.of(folder.resolve(CONFIG)).filter(Files::isRegularFile);
    }
    try (WeightsFile file = WeightsFormat.open(weights)) {
      Map<String, long[]> shapes = file.shapes();
      List<TextEncoderPlace> places = LatentDiffusionNames.textEncoders(shapes);
      if (places.isEmpty()) {
        throw new ModelException(
            ForeignCheckpoint.refusal(weights.toString(), shapes.keySet()).getMessage()
                + "; --text-encoder takes a CLIP text encoder");
      }
      List<Given> given = new ArrayList<>();
      for (TextEncoderPlace place : places) {
        given.add(new Given(weights, place, config));
      }
      return given;
    }
  }

  /** Which of two it is shows in its width. */
  private static Component place(ModelSource model, Given given) {
    for (Component component : List.of(Component.TEXT_ENCODER, Component.TEXT_ENCODER_2)) {
      if (model.settings(component).integer(WIDTH, 512) == given.place().width()) {
        return component;
      }
    }
    throw new ModelException(
        "%s: is a text encoder of width %d, but those of the model have %d and %d"
            .formatted(
                given.weights(),
                given.place().width(),
                model.settings(Component.TEXT_ENCODER).integer(WIDTH, 512),
                model.settings(Component.TEXT_ENCODER_2).integer(WIDTH, 512)));
  }

  private static ModelSource with(ModelSource model, Component component, Given given) {
    SeparateTextEncoder changed = new SeparateTextEncoder(model, component, given);
    int width = changed.settings(component).integer(WIDTH, 512);
    if (width != given.place().width()) {
      throw new ModelException(
          "%s: is a text encoder of width %d, but the model's has %d: it is for another family"
              .formatted(given.weights(), given.place().width(), width));
    }
    return changed;
  }

  @Override
  public ComponentWeights weights(Component wanted) {
    if (wanted != component) {
      return super.weights(wanted);
    }
    WeightsFile file = WeightsFormat.open(given.weights());
    try {
      return new ComponentWeights(
          file,
          given
              .place()
              .weights(
                  file.shapes().keySet(),
                  settings(component).integer("num_hidden_layers", 12),
                  component == Component.TEXT_ENCODER_2 ? Projection.USED : Projection.LEFT_OUT));
    } catch (RuntimeException | Error failure) {
      OpenResources.closeAfter(file, failure);
      throw failure;
    }
  }

  @Override
  public JsonConfig settings(Component wanted) {
    return wanted == component && given.config().isPresent()
        ? JsonConfig.read(given.config().get())
        : super.settings(wanted);
  }

  @Override
  public String hash() {
    return Sha256.of(super.hash() + '\n' + identity()).substring(0, HASH_DIGITS);
  }

  @Override
  public String fingerprint() {
    return Sha256.of(super.fingerprint() + '\n' + identity());
  }

  /** What tells this text encoder from all others. */
  private String identity() {
    if (identity.isEmpty()) {
      StringBuilder content = new StringBuilder(component.folder()).append('\n');
      WeightsFolder.files(given.weights())
          .forEach(file -> content.append(Sha256.ofModelFile(file)).append('\n'));
      content.append(given.place().prefix()).append('\n').append(settings(component).json());
      identity = content.toString();
    }
    return identity;
  }
}
