package io.darkroom.torchscript;

import io.darkroom.base.ModelException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The weights of one checkpoint, by name and shape. A network says which weights it has; the
 * catalogue holds each against the checkpoint, or, where there is no checkpoint yet, takes it down.
 * What nobody asks for is an error, because a picture made without part of its model is a wrong
 * picture.
 */
public final class WeightCatalog {
  private final String source;
  private final Map<String, long[]> shapes;
  private final Set<String> used = new LinkedHashSet<>();
  private final boolean fixed;

  private WeightCatalog(String source, Map<String, long[]> shapes, boolean fixed) {
    this.source = Objects.requireNonNull(source, "source");
    this.shapes = shapes;
    this.fixed = fixed;
  }

  /**
   * The catalogue of a checkpoint.
   *
   * @param source where the weights come from, for messages
   * @param shapes each weight's shape
   * @return the catalogue
   */
  public static WeightCatalog of(String source, Map<String, long[]> shapes) {
    return new WeightCatalog(source, new LinkedHashMap<>(shapes), true);
  }

  /**
   * An empty catalogue that takes down whatever a network asks for: the inventory of a model whose
   * weights are still to be made.
   *
   * @return the catalogue
   */
  public static WeightCatalog ofNewModel() {
    return new WeightCatalog("a new model", new LinkedHashMap<>(), false);
  }

  /**
   * The root of the paths to the weights.
   *
   * @return the empty path
   */
  public Weights root() {
    return new Weights(this, "");
  }

  /**
   * All weights.
   *
   * @return shapes by name
   */
  public Map<String, long[]> shapes() {
    return Collections.unmodifiableMap(shapes);
  }

  /**
   * Ends the description of the networks of one checkpoint.
   *
   * @param leftover names that may stay unused
   * @throws ModelException if another weight was asked for by nobody
   */
  public void requireAllUsed(Predicate<String> leftover) {
    List<String> unused =
        shapes.keySet().stream()
            .filter(name -> !used.contains(name) && !leftover.test(name))
            .toList();
    if (!unused.isEmpty()) {
      String more = unused.size() > 3 ? " and " + (unused.size() - 3) + " more" : "";
      throw new ModelException(
          source
              + ": the config has no place for the weight "
              + String.join(", ", unused.subList(0, Math.min(3, unused.size())))
              + more
              + "; config and weights belong to different models, or Darkroom does not support"
              + " this kind");
    }
  }

  void use(String name, long... shape) {
    if (!fixed) {
      shapes.putIfAbsent(name, shape.clone());
    }
    long[] found = shapes.get(name);
    if (found == null) {
      throw new ModelException(source + ": the weight " + name + " is missing");
    }
    if (!Arrays.equals(found, shape)) {
      throw new ModelException(
          source
              + ": the weight "
              + name
              + " has the shape "
              + Arrays.toString(found)
              + ", but the config asks for "
              + Arrays.toString(shape));
    }
    used.add(name);
  }
}
