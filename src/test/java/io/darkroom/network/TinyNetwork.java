package io.darkroom.network;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.JsonConfig;
import io.darkroom.model.ComponentWeights;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import io.darkroom.weights.SafetensorsFile;
import java.util.Map;
import java.util.function.BiConsumer;

/** One network of one of the small models. */
record TinyNetwork(String model, String component) {
  /** Its settings. */
  JsonConfig config() {
    return JsonConfig.read(TestModels.directory(model).resolve(component).resolve("config.json"));
  }

  /**
   * Its settings, some of them changed.
   *
   * @param changes keys and values, as JSON writes them, such as {@code "layers": 3}
   */
  JsonConfig configWith(String changes) {
    JsonObject json = config().json();
    JsonParser.parseString("{" + changes + "}")
        .getAsJsonObject()
        .entrySet()
        .forEach(change -> json.add(change.getKey(), change.getValue()));
    return JsonConfig.of("config.json", json);
  }

  /** The names and shapes of its weights. */
  Map<String, long[]> shapes() {
    try (ComponentWeights weights = weights()) {
      return weights.shapes();
    }
  }

  /** Loads it. */
  LoadedModule load(NDManager manager, Precision precision, BiConsumer<Weights, Script> network) {
    try (ComponentWeights weights = weights()) {
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      Script script = new Script(precision);
      network.accept(catalog.root(), script);
      catalog.requireAllUsed(TextEncoder::isLeftover);
      return LoadedModule.load(script, manager, weights::lend);
    }
  }

  private ComponentWeights weights() {
    return new ComponentWeights(SafetensorsFile.open(TestModels.weights(model, component)));
  }
}
