package io.darkroom.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.model.ModelSource;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestModels;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of adapter against the changes that the reference computes, weight by weight. */
class LayerChangeTest {
  private static final ModelSource MODEL =
      DiffusersDirectory.open(TestModels.directory("tiny-sd1"));
  private static final List<Component> COMPONENTS = List.of(Component.UNET, Component.TEXT_ENCODER);
  private static final AdaptableLayers LAYERS = AdaptableLayers.of(MODEL, COMPONENTS);
  private static final double TOLERANCE = 2e-6;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dora_kohya_in",
        "dora_kohya_out",
        "dora_peft",
        "full",
        "ia3",
        "locon",
        "loha",
        "lokr",
        "oft"
      })
  void everyParameterChangesAsInTheReferenceAndNoOther(String kind) {
    Map<String, float[]> deltas = deltas(kind, 1);
    assertTrue(deltas.size() >= 13, deltas.keySet().toString());
    assertDeltas(kind, 1, deltas);
  }

  /** What AUTOMATIC1111's web UI and ComfyUI do with kohya's files. */
  @ParameterizedTest
  @ValueSource(strings = {"dora_kohya_out", "ia3", "oft", "lokr"})
  void aStrengthScalesTheWholeChange(String kind) {
    assertDeltas(kind, 0.6, deltas(kind, 0.6f));
  }

  /** What peft does with its own. */
  @Test
  void aStrengthLeavesPeftsMagnitudesAlone() {
    Golden golden = golden("dora_peft");
    try (Adapters adapters = open("dora_peft", 0.6);
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      List<String> names =
          golden.names().stream().filter(name -> name.startsWith("delta_0.6.")).toList();
      assertEquals(3, names.size());
      for (String golden06 : names) {
        String name = golden06.substring("delta_0.6.".length()) + ".weight";
        Component component =
            name.startsWith("text_model") ? Component.TEXT_ENCODER : Component.UNET;
        try (ComponentWeights weights = MODEL.weights(component)) {
          float[] before = load(Adapters.none(), component, weights, name, manager);
          float[] after = load(adapters, component, weights, name, manager);
          float[] expected = golden.floats(golden06);
          for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], after[i] - before[i], TOLERANCE, name + " " + i);
          }
        }
      }
    }
  }

  private static Map<String, float[]> deltas(String kind, float factor) {
    Golden golden = golden(kind);
    Map<String, float[]> deltas = new HashMap<>();
    for (String name : golden.names()) {
      if (name.startsWith("delta.")) {
        float[] delta = golden.floats(name);
        for (int i = 0; i < delta.length; i++) {
          delta[i] *= factor;
        }
        deltas.put(name.substring("delta.".length()), delta);
      }
    }
    return deltas;
  }

  /** The changes that a file makes to some parameters, each held against the reference. */
  private static void assertDeltas(String kind, double strength, Map<String, float[]> expected) {
    try (Adapters adapters = open(kind, strength);
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      for (Component component : COMPONENTS) {
        try (ComponentWeights weights = MODEL.weights(component)) {
          for (String name : weights.shapes().keySet()) {
            float[] before = load(Adapters.none(), component, weights, name, manager);
            float[] after = load(adapters, component, weights, name, manager);
            Optional<float[]> delta = Optional.ofNullable(expected.get(component + "." + name));
            assertEquals(delta.map(values -> values.length).orElse(after.length), after.length);
            for (int i = 0; i < after.length; i++) {
              float wanted = delta.isPresent() ? delta.get()[i] : 0;
              double tolerance = delta.isPresent() ? TOLERANCE : 0;
              assertEquals(wanted, after[i] - before[i], tolerance, kind + " " + name + " " + i);
            }
          }
        }
      }
    }
  }

  private static float[] load(
      Adapters adapters,
      Component component,
      ComponentWeights weights,
      String name,
      NDManager manager) {
    try (NDManager temporary = manager.newSubManager()) {
      NDArray weight = adapters.merging(component, weights).apply(name, temporary);
      return weight.toType(DataType.FLOAT32, true).toFloatArray();
    }
  }

  private static Adapters open(String kind, double strength) {
    Path file = TestModels.directory("tiny-sd1-lora-kinds").resolve(kind + ".safetensors");
    return Adapters.open(List.of(new LoraChoice(file, strength)), LAYERS);
  }

  private static Golden golden(String kind) {
    return Golden.open("tiny-sd1-lora-kinds/" + kind + ".safetensors");
  }
}
