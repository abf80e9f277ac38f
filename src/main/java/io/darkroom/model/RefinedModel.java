package io.darkroom.model;

import io.darkroom.base.ModelException;
import io.darkroom.base.Sha256;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A model with a refiner, which goes on with its latents. */
final class RefinedModel extends ChangedModel {
  private final ModelSource refiner;

  private RefinedModel(ModelSource model, ModelSource refiner) {
    super(model);
    this.refiner = refiner;
  }

  /**
   * Joins a model and a refiner.
   *
   * @param model the model
   * @param refiner what goes on with its latents
   * @return both
   * @throws ModelException if the one is no refiner, or the other no model for it
   */
  static ModelSource in(ModelSource model, ModelSource refiner) {
    if (!refiner.kind().isRefiner()) {
      throw new ModelException(
          "%s is no refiner but a model of the kind %s; --refiner takes the refiner of %s"
              .formatted(
                  refiner.name(), refiner.kind().title(), ModelKind.STABLE_DIFFUSION_XL.title()));
    }
    if (model.kind() != ModelKind.STABLE_DIFFUSION_XL) {
      throw new ModelException(
          "%s is a model of the kind %s; the refiner %s goes on with latents of %s alone"
              .formatted(
                  model.name(),
                  model.kind().title(),
                  refiner.name(),
                  ModelKind.STABLE_DIFFUSION_XL.title()));
    }
    return new RefinedModel(model, refiner);
  }

  @Override
  public Optional<ModelSource> refiner() {
    return Optional.of(refiner);
  }

  @Override
  public String fingerprint() {
    return Sha256.of(model().fingerprint() + "\nrefiner " + refiner.fingerprint());
  }

  @Override
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>(model().warnings());
    warnings.addAll(refiner.warnings());
    return warnings;
  }
}
