package io.darkroom.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Weights by name, in whatever form they are stored. */
public interface WeightsFile extends AutoCloseable {
  /**
   * The file.
   *
   * @return its path, for messages
   */
  Path path();

  /**
   * All files that the weights are in.
   *
   * @return their paths
   */
  default List<Path> files() {
    return List.of(path());
  }

  /**
   * What it holds.
   *
   * @return each tensor's dimensions by its stored name, in the file's order
   */
  Map<String, long[]> shapes();

  /**
   * How the numbers are stored.
   *
   * @return each tensor's type by its stored name
   */
  Map<String, StoredType> types();

  /**
   * What whoever wrote the file said beside the weights: the texts in a safetensors file's header,
   * the plain values beside a training run's weights in one of PyTorch.
   *
   * @return texts by name; empty where there are none
   */
  Map<String, String> metadata();

  /**
   * Reads a small tensor without the engine, such as a mark that says what kind of model this is.
   *
   * @param name the tensor's stored name
   * @return its numbers, row after row
   * @throws ModelException if there is no such tensor, if Darkroom does not compute with its type,
   *     or if it is not small
   */
  List<Double> numbers(String name);

  /**
   * Loads a tensor for computing: floating point of any width becomes float32, integers stay what
   * they are.
   *
   * @param name the tensor's stored name
   * @param manager owns the array; its device is where the array lives
   * @return the array, of the stored shape, with memory of its own
   * @throws ModelException if there is no such tensor, if Darkroom does not compute with its type,
   *     or if it takes 2 GiB or more
   */
  NDArray load(String name, NDManager manager);

  /**
   * Loads a tensor to be converted at once: as {@link #load}, but what is stored in half precision
   * stays so, and the array may stand in memory that the next tensor is read into. BF16, of which
   * DJL has no arrays, comes as its bytes: UINT8, with one more dimension of 2.
   *
   * @param name the tensor's stored name
   * @param manager owns the array, which must not outlive it; its device is where the array lives
   * @return the array, of the stored shape but for BF16, not to be written into
   * @throws ModelException as {@link #load} does
   */
  NDArray lend(String name, NDManager manager);

  /**
   * Refuses tensors that {@link #load} would refuse, before anybody tries.
   *
   * @param names the tensors' stored names
   * @throws ModelException if Darkroom does not compute with the type of one of them
   */
  default void requireReadable(Collection<String> names) {
    Map<String, StoredType> types = types();
    names.forEach(
        name ->
            ArrayReader.check(path(), new StoredTensor(name, types.get(name), List.of(), 0, 0)));
  }

  @Override
  void close();
}
