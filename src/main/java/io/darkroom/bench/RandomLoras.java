package io.darkroom.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.ModelSource;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * LoRAs of random numbers for a model, as float16 files of a temporary folder. They change what
 * trainers change by default: the matrices of the U-Net's transformers and of the text encoders'
 * layers. They change them little, so that activations stay finite.
 */
final class RandomLoras implements AutoCloseable {
  private static final StoredType TYPE = StoredType.F16;

  /** The product of a LoRA's matrices is about as large as the weight itself. */
  private static final double STRENGTH = 0.1;

  private final Path folder;
  private final int rank;
  private final Map<Component, Map<String, long[]>> layers = new LinkedHashMap<>();
  private final List<LoraChoice> written = new ArrayList<>();

  private RandomLoras(Path folder, int rank) {
    this.folder = folder;
    this.rank = rank;
  }

  /**
   * Prepares LoRAs; none is written yet.
   *
   * @param model what they are for
   * @param rank of each
   * @return the LoRAs; closing deletes them
   * @throws IOException if no temporary folder can be made
   */
  static RandomLoras of(ModelSource model, int rank) throws IOException {
    RandomLoras loras = new RandomLoras(Files.createTempDirectory("darkroom-bench-"), rank);
    for (Component component : model.kind().adaptableNetworks()) {
      try (ComponentWeights weights = model.weights(component)) {
        Map<String, long[]> adapted = new LinkedHashMap<>(weights.shapes());
        adapted.entrySet().removeIf(one -> !isAdapted(one.getKey(), one.getValue()));
        loras.layers.put(component, adapted);
      }
    }
    return loras;
  }

  private static boolean isAdapted(String weight, long[] shape) {
    boolean matrix = shape.length == 2 || (shape.length == 4 && shape[2] * shape[3] == 1);
    return matrix && weight.matches(".*(attentions\\.|\\.self_attn\\.|\\.mlp\\.).*\\.weight");
  }

  /**
   * The first LoRAs, which are written if they are not there.
   *
   * @param count how many
   * @return their files
   * @throws IOException if one cannot be written
   */
  List<LoraChoice> first(int count) throws IOException {
    while (written.size() < count) {
      Path file = folder.resolve("random-" + (written.size() + 1) + ".safetensors");
      write(file);
      written.add(new LoraChoice(file, STRENGTH));
    }
    return List.copyOf(written.subList(0, count));
  }

  private void write(Path file) throws IOException {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    layers.forEach(
        (component, adapted) ->
            adapted.forEach(
                (weight, shape) -> {
                  String layer = component + "." + weight.replaceFirst("\\.weight$", "");
                  shapes.put(layer + ".lora_A.weight", new long[] {rank, shape[1]});
                  shapes.put(layer + ".lora_B.weight", new long[] {shape[0], rank});
                }));
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        RandomWeights random = new RandomWeights(file.toString(), shapes)) {
      Map<String, TensorData> tensors = new LinkedHashMap<>();
      for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
        try (NDArray numbers = random.load(tensor.getKey(), manager)) {
          tensors.put(tensor.getKey(), TensorData.of(numbers.toFloatArray(), tensor.getValue()));
        }
      }
      new SafetensorsWriter(TYPE).write(file, tensors, Map.of());
    }
  }

  /**
   * Whether the LoRAs change a weight.
   *
   * @param component whose weight it is
   * @param weight its name
   */
  boolean change(Component component, String weight) {
    return layers.getOrDefault(component, Map.of()).containsKey(weight);
  }

  /** How many weights each of them changes. */
  int layers() {
    return layers.values().stream().mapToInt(Map::size).sum();
  }

  /** The rank of each. */
  int rank() {
    return rank;
  }

  /** The bytes of one of their numbers. */
  static int numberBytes() {
    return TYPE.bytes();
  }

  @Override
  public void close() throws IOException {
    for (LoraChoice lora : written) {
      Files.deleteIfExists(lora.file());
    }
    Files.deleteIfExists(folder);
  }
}
