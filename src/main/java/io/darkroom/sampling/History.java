package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;
import io.darkroom.base.OpenResources;
import java.util.ArrayList;
import java.util.List;

/** The last few arrays of a run, which no manager owns. */
final class History implements AutoCloseable {
  private final List<NDArray> arrays = new ArrayList<>();
  private final int capacity;

  /**
   * Begins with none.
   *
   * @param capacity how many to remember
   */
  History(int capacity) {
    this.capacity = capacity;
  }

  /**
   * Remembers an array, which is this history's from now on, and forgets the oldest beyond the
   * capacity.
   *
   * @param array not to be closed by the caller
   */
  void push(NDArray array) {
    array.detach();
    arrays.add(0, array);
    if (arrays.size() > capacity) {
      arrays.remove(capacity).close();
    }
  }

  /**
   * An array.
   *
   * @param age 0 for the newest
   * @return the array
   */
  NDArray get(int age) {
    return arrays.get(age);
  }

  /** How many will be remembered after one more. */
  int sizeAfterPush() {
    return Math.min(arrays.size() + 1, capacity);
  }

  /** How many are remembered. */
  int size() {
    return arrays.size();
  }

  @Override
  public void close() {
    List<NDArray> all = List.copyOf(arrays);
    arrays.clear();
    OpenResources.closeAll(all);
  }
}
