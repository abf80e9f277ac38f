package io.darkroom.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.weights.WeightsFile;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The tensors that a file has for one layer.
 *
 * @param file the open file
 * @param names their names in it, by what they are to the layer
 * @param shapes their shapes
 */
record LayerTensors(WeightsFile file, Map<Part, String> names, Map<Part, long[]> shapes) {
  boolean has(Part part) {
    return names.containsKey(part);
  }

  boolean hasAny(List<Part> parts) {
    return parts.stream().anyMatch(this::has);
  }

  /** A tensor's shape, of no dimensions where it is not there. */
  long[] shape(Part part) {
    return shapes.getOrDefault(part, new long[0]);
  }

  /** A tensor's name in the file. */
  String name(Part part) {
    return names.get(part);
  }

  /** Loads a tensor, floating point as float32. */
  NDArray load(Part part, NDManager manager) {
    return file.load(names.get(part), manager);
  }

  /**
   * Refuses a layer that lacks a tensor.
   *
   * @param parts those that belong together
   * @throws ModelException if one of them is missing
   */
  void require(List<Part> parts) {
    for (Part part : parts) {
      if (!has(part)) {
        String some = names.values().iterator().next();
        throw new ModelException(
            "%s: the layer of %s lacks %s; download it again"
                .formatted(
                    file.path(),
                    OneLine.of(some),
                    parts.size() == 2 ? "one of its two matrices" : "a matrix that goes with it"));
      }
    }
  }

  /**
   * A fault of these tensors.
   *
   * @param fault what is wrong, after their shapes and name
   * @param parts the tensors
   * @return the exception
   */
  ModelException damaged(String fault, Part... parts) {
    String matrices =
        Arrays.stream(parts)
            .filter(this::has)
            .map(part -> Arrays.toString(shape(part)))
            .collect(Collectors.joining(" and "));
    Part last = Arrays.stream(parts).filter(this::has).reduce((a, b) -> b).orElseThrow();
    return new ModelException(
        "%s: the matrices %s of %s %s; the file is damaged: download it again"
            .formatted(file.path(), matrices, OneLine.of(name(last)), fault));
  }
}
