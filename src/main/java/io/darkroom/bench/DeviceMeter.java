package io.darkroom.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.darkroom.torchscript.Precision;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the device does at best in each number format that is measured, over the whole run. */
final class DeviceMeter {
  private final Optional<RateMeter.Effort> effort;
  private final Map<Precision.Format, DeviceRates> rates = new EnumMap<>(Precision.Format.class);

  /**
   * Has measured nothing.
   *
   * @param effort how large the work is; if empty, as the device needs it
   */
  DeviceMeter(Optional<RateMeter.Effort> effort) {
    this.effort = effort;
  }

  /**
   * Tells which formats have not been measured.
   *
   * @param formats those of interest
   * @return those without a measurement
   */
  Set<Precision.Format> missing(Collection<Precision.Format> formats) {
    Set<Precision.Format> missing = EnumSet.noneOf(Precision.Format.class);
    formats.stream().filter(format -> !rates.containsKey(format)).forEach(missing::add);
    return missing;
  }

  /**
   * Measures; the best of all measurements of a format counts.
   *
   * @param device where
   * @param formats which
   */
  void measure(Device device, Collection<Precision.Format> formats) {
    RateMeter.Effort work =
        effort.orElse(device.isGpu() ? RateMeter.Effort.GPU : RateMeter.Effort.PROCESSOR);
    try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
      RateMeter meter = new RateMeter(manager, work);
      for (Precision.Format format : formats) {
        rates.merge(format, meter.measure(format), DeviceRates::best);
      }
    }
  }

  /** The best rates so far. */
  Map<Precision.Format, DeviceRates> rates() {
    return Collections.unmodifiableMap(rates);
  }
}
