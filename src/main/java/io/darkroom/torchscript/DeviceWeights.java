package io.darkroom.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Collection;
import java.util.function.BiFunction;

/**
 * The weights of a network on a device: made once, and then passed to each call by a handle. Any
 * number of {@link Program}s runs on them without a copy.
 */
public final class DeviceWeights implements AutoCloseable {
  private final EngineValue list;

  private DeviceWeights(EngineValue list) {
    this.list = list;
  }

  /**
   * Loads the weights that a script, and those that share its list, ask for. The list is complete
   * from now on.
   *
   * @param script one of the scripts
   * @param manager whose device to use
   * @param source gives a weight by name, as a tensor of any floating-point format on the device,
   *     made in the manager that it is given
   * @return the weights, which the caller closes
   */
  public static DeviceWeights load(
      Script script, NDManager manager, BiFunction<String, NDManager, NDArray> source) {
    script.weights().load();
    return new DeviceWeights(new EngineValue(WeightPacker.pack(script, manager, source)));
  }

  /**
   * Takes tensors as they are.
   *
   * @param tensors still their managers'
   * @return the weights, which the caller closes
   */
  public static DeviceWeights of(Collection<? extends NDArray> tensors) {
    return new DeviceWeights(EngineValue.ofTensors(tensors));
  }

  /** The list argument {@code w}. */
  EngineValue list() {
    return list;
  }

  @Override
  public void close() {
    list.close();
  }
}
