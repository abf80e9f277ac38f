package io.darkroom.bench;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.Sha256;
import io.darkroom.model.CheckpointFamily;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.ModelKind;
import io.darkroom.model.ModelSource;
import io.darkroom.network.Decoder;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.TextEncoder;
import io.darkroom.network.TextEncoderConfig;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A model of a known architecture whose weights are random: it takes the time and the memory of a
 * real one and paints nothing. Its configs and its tokenizer are real ones; token numbers of the
 * bundled tokenizer are within every vocabulary.
 */
final class RandomModel implements ModelSource {
  private static final int CLIP_LENGTH = 77;

  private final Architecture architecture;
  private final ModelSource bundled;

  /**
   * Creates the model.
   *
   * @param architecture its architecture
   * @param bundled the bundled model, whose tokenizer and, where they are asked for, configs count
   */
  RandomModel(Architecture architecture, ModelSource bundled) {
    this.architecture = architecture;
    this.bundled = bundled;
  }

  @Override
  public String name() {
    return architecture.optionName();
  }

  @Override
  public String hash() {
    return fingerprint().substring(0, 10);
  }

  @Override
  public String fingerprint() {
    return Sha256.of("random weights of " + name());
  }

  @Override
  public ModelKind kind() {
    return architecture.family().map(CheckpointFamily::kind).orElseGet(bundled::kind);
  }

  @Override
  public JsonConfig settings(Component component) {
    return architecture
        .family()
        .map(family -> family.settings(component))
        .orElseGet(() -> bundled.settings(component));
  }

  @Override
  public ComponentWeights weights(Component component) {
    return new ComponentWeights(new RandomWeights(name() + " " + component, shapes(component)));
  }

  /** The shapes that a component's networks ask for. */
  Map<String, long[]> shapes(Component component) {
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    Weights root = catalog.root();
    Script script = new Script(Precision.FLOAT32);
    switch (component) {
      case UNET -> new UNet(UNetConfig.parse(settings(component))).writeTo(root, script);
      case AUTOENCODER -> {
        Decoder decoder = Decoder.of(DecoderConfig.parse(settings(component)));
        decoder.writeDecoderTo(root, script);
        decoder.claimOthers(root);
      }
      case TEXT_ENCODER, TEXT_ENCODER_2 -> {
        TextEncoder encoder = new TextEncoder(TextEncoderConfig.parse(settings(component)));
        Method method = script.method("encode");
        Tensor ids = method.tensor("ids", 1);
        Tensor last = encoder.encodeToLast(root, ids);
        if (component == Component.TEXT_ENCODER_2) {
          encoder.project(root, ids, last);
        }
      }
      default -> throw new ModelException(name() + ": has no weights of a " + component);
    }
    return catalog.shapes();
  }

  @Override
  public Path tokenizer(Component component) {
    return bundled.tokenizer(Component.TOKENIZER);
  }

  @Override
  public OptionalInt promptLength(Component component) {
    return architecture.family().isPresent() ? OptionalInt.of(CLIP_LENGTH) : OptionalInt.empty();
  }

  @Override
  public Optional<JsonObject> generationDefaults() {
    return architecture.family().isPresent() ? Optional.empty() : bundled.generationDefaults();
  }
}
