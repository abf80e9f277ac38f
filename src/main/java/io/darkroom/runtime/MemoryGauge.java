package io.darkroom.runtime;

import ai.djl.Device;
import io.darkroom.torchscript.LibTorch;
import java.util.OptionalLong;

/** Tells how much memory a device has. */
public interface MemoryGauge {
  /** This machine. */
  MemoryGauge MACHINE =
      new MemoryGauge() {
        @Override
        public OptionalLong free(Device device) {
          if (device.isGpu()) {
            LibTorch.emptyCudaCache(); // what the engine keeps for itself is free, too
          }
          return FreeMemory.bytes(device);
        }

        @Override
        public OptionalLong atHand(Device device) {
          return FreeMemory.bytes(device);
        }

        @Override
        public OptionalLong total(Device device) {
          return FreeMemory.totalBytes(device);
        }
      };

  /**
   * What can be had now.
   *
   * @param device the device
   * @return bytes; empty where there is nobody to ask
   */
  OptionalLong free(Device device);

  /**
   * What can be had without asking anybody to give back what he keeps: no more than {@link #free},
   * and told faster.
   *
   * @param device the device
   * @return bytes; empty where nothing is known that fast
   */
  default OptionalLong atHand(Device device) {
    return OptionalLong.empty();
  }

  /**
   * What can be had, as exactly as somebody needs to know who wants so much: on a GPU the engine is
   * not made to empty its cache where there is enough without.
   *
   * @param device the device
   * @param bytes how much is wanted
   * @return bytes, either at least as many or all that are free; empty where there is nobody to ask
   */
  default OptionalLong freeFor(Device device, long bytes) {
    OptionalLong atHand = atHand(device);
    return atHand.isPresent() && atHand.getAsLong() >= bytes ? atHand : free(device);
  }

  /**
   * What could be had if nobody else were there.
   *
   * @param device the device
   * @return bytes, swap space included; empty where there is nobody to ask
   */
  OptionalLong total(Device device);
}
