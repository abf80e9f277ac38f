package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.weights.SafetensorsFile;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A training run's state on disk, replaced as a whole each time. */
final class TrainingState {
  private static final String STEP = "step";

  private final Path path;

  /**
   * Names the file.
   *
   * @param path where the state is or will be
   */
  TrainingState(Path path) {
    this.path = path;
  }

  /**
   * Takes up an earlier run's state, if there is one.
   *
   * @param arrays what to overwrite, by name
   * @return the steps that it had done
   */
  int restore(Map<String, NDArray> arrays) {
    if (!Files.exists(path)) {
      return 0;
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      arrays.forEach(
          (name, array) -> {
            try (NDManager scratch = array.getManager().newSubManager()) {
              file.load(name, scratch).copyTo(array);
            }
          });
      return Integer.parseInt(file.metadata().get(STEP));
    }
  }

  /**
   * Reads how far a run has come.
   *
   * @param path the state's file
   * @return the steps that it had done
   */
  static int steps(Path path) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return Integer.parseInt(file.metadata().get(STEP));
    }
  }

  /**
   * Reads the averaged weights out of a state.
   *
   * @param path the state's file
   * @param manager where the arrays live
   * @return arrays by name
   */
  static Map<String, NDArray> averages(Path path, NDManager manager) {
    Map<String, NDArray> weights = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (String name : file.tensors().keySet()) {
        if (name.startsWith(AdamW.AVERAGE)) {
          weights.put(name.substring(AdamW.AVERAGE.length()), file.load(name, manager));
        }
      }
    }
    return weights;
  }

  /**
   * Writes the state.
   *
   * @param step the steps done
   * @param arrays by name
   */
  void save(int step, Map<String, NDArray> arrays) {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    arrays.forEach((name, array) -> tensors.put(name, tensor(array)));
    try {
      new SafetensorsWriter(StoredType.F32)
          .write(path, tensors, Map.of(STEP, Integer.toString(step)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * An array for a file.
   *
   * @param array float32
   * @return its shape and, when asked, its values
   */
  static TensorData tensor(NDArray array) {
    List<Long> shape = java.util.Arrays.stream(array.getShape().getShape()).boxed().toList();
    return new TensorData(shape, array::toFloatArray);
  }
}
