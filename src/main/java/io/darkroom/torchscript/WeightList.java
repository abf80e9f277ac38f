package io.darkroom.torchscript;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The weights that scripts ask for, in the order of the list argument {@code w}. */
final class WeightList {
  private final Map<String, Integer> indices = new LinkedHashMap<>();
  private final List<long[]> shapes = new ArrayList<>();
  private boolean loaded;

  /**
   * A weight's place, which it gets when it is asked for first.
   *
   * @param weight its path
   * @param shape the shape that the network gives it
   * @return the place, from 0
   * @throws IllegalStateException if it is new and the weights have been loaded
   */
  int index(Weights weight, long... shape) {
    weight.use(shape);
    Integer known = indices.get(weight.path());
    if (known != null) {
      return known;
    }
    if (loaded) {
      throw new IllegalStateException("the weights were loaded without " + weight.path());
    }
    shapes.add(shape.clone());
    indices.put(weight.path(), indices.size());
    return indices.size() - 1;
  }

  /** Their names, in order. */
  List<String> names() {
    return List.copyOf(indices.keySet());
  }

  /** Their shapes, in order. */
  List<long[]> shapes() {
    return shapes;
  }

  /** How many there are. */
  int size() {
    return shapes.size();
  }

  /** From now on the list stays as it is. */
  void load() {
    loaded = true;
  }
}
