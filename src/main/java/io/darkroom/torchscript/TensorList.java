package io.darkroom.torchscript;

/** A symbolic list of tensors. */
public final class TensorList {
  private final Method method;
  private final String name;

  TensorList(Method method, String name) {
    this.method = method;
    this.name = name;
  }

  /**
   * One of the list.
   *
   * @param index from 0
   * @param channels how many channels it has
   * @return the tensor
   */
  public Tensor get(int index, int channels) {
    return new Tensor(method, name + "[" + index + "]", channels);
  }

  /** The TorchScript expression for this list. */
  @Override
  public String toString() {
    return name;
  }
}
