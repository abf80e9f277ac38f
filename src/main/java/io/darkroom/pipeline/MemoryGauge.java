package io.darkroom.pipeline;

import ai.djl.Device;
import ai.djl.pytorch.jni.JniUtils;
import java.util.OptionalLong;

/** Tells how much memory a device has. */
interface MemoryGauge {
  /** This machine. */
  MemoryGauge MACHINE =
      new MemoryGauge() {
        @Override
        public OptionalLong free(Device device) {
          if (device.isGpu()) {
            JniUtils.emptyCudaCache(); // what the engine keeps for itself is free, too
          }
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
   * What could be had if nobody else were there.
   *
   * @param device the device
   * @return bytes, swap space included; empty where there is nobody to ask
   */
  OptionalLong total(Device device);
}
