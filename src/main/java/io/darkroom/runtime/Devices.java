package io.darkroom.runtime;

import ai.djl.engine.Engine;
import io.darkroom.request.InvalidRequestException;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** The devices of this machine. */
public final class Devices {
  private Devices() {}

  /**
   * All that are worth using together.
   *
   * @return the names of all GPUs that PyTorch can use; {@code cpu} where there is none
   */
  public static List<String> all() {
    int gpus = Engine.getEngine("PyTorch").getGpuCount();
    return gpus == 0
        ? List.of("cpu")
        : IntStream.range(0, gpus).mapToObj(index -> "cuda:" + index).toList();
  }

  /**
   * Makes sure that this machine has a device.
   *
   * @param name as the command line has it
   * @throws InvalidRequestException if it has not
   */
  public static void require(String name) {
    Compute.device(name);
  }

  /**
   * How much memory a device has.
   *
   * @param name as the command line has it
   * @return bytes; empty where there is nobody to ask
   * @throws InvalidRequestException if this machine has no such device
   */
  public static OptionalLong memory(String name) {
    return MemoryGauge.MACHINE.total(Compute.device(name));
  }
}
