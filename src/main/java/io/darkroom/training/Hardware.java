package io.darkroom.training;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

/**
 * What trains.
 *
 * @param device where networks are computed
 * @param batchFactor how many times as large as on two cores batches are
 */
record Hardware(Device device, int batchFactor) {
  /**
   * A place for arrays on the device.
   *
   * @return an empty manager, which the caller closes
   */
  NDManager newManager() {
    return NDManager.newBaseManager(device);
  }
}
