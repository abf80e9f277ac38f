package io.darkroom.model;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A model of which one component is another's; all else is as the model has it. */
abstract class ChangedModel implements ModelSource {
  private final ModelSource model;

  /**
   * Takes a model over.
   *
   * @param model the model
   */
  ChangedModel(ModelSource model) {
    this.model = model;
  }

  /**
   * The model as it was.
   *
   * @return the model
   */
  final ModelSource model() {
    return model;
  }

  @Override
  public String name() {
    return model.name();
  }

  @Override
  public String hash() {
    return model.hash();
  }

  @Override
  public String fingerprint() {
    return model.fingerprint();
  }

  @Override
  public Optional<AutoencoderFacts> separateAutoencoder() {
    return model.separateAutoencoder();
  }

  @Override
  public ModelKind kind() {
    return model.kind();
  }

  @Override
  public boolean zeroesNoNegative() {
    return model.zeroesNoNegative();
  }

  @Override
  public JsonConfig settings(Component component) {
    return model.settings(component);
  }

  @Override
  public ComponentWeights weights(Component component) {
    return model.weights(component);
  }

  @Override
  public Path tokenizer(Component component) {
    return model.tokenizer(component);
  }

  @Override
  public Optional<String> paddingToken(Component component) {
    return model.paddingToken(component);
  }

  @Override
  public OptionalInt promptLength(Component component) {
    return model.promptLength(component);
  }

  @Override
  public Optional<ModelSource> refiner() {
    return model.refiner();
  }

  @Override
  public List<String> warnings() {
    return model.warnings();
  }

  @Override
  public Optional<JsonObject> generationDefaults() {
    return model.generationDefaults();
  }
}
