package io.darkroom.torchscript;

/**
 * An integer that is known when the network runs: a tensor's height, a step's number.
 *
 * @param expression the TorchScript expression for it
 */
public record Size(String expression) {
  @Override
  public String toString() {
    return expression;
  }
}
