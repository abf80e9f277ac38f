package io.darkroom.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.darkroom.torchscript.Precision;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class RateMeterTest {
  static final RateMeter.Effort LITTLE = new RateMeter.Effort(64, 1, 16, 8, 4096, 0.01);

  @Test
  void allRatesAreMeasuredInEveryFormat() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      RateMeter meter = new RateMeter(manager, LITTLE);
      for (Precision.Format format : Precision.Format.values()) {
        DeviceRates rates = meter.measure(format);
        assertTrue(
            DoubleStream.of(rates.matrixProducts(), rates.convolutions(), rates.bytes())
                .allMatch(rate -> rate > 0 && Double.isFinite(rate)),
            rates::toString);
      }
    }
  }
}
