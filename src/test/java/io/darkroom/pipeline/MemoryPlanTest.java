package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import io.darkroom.model.Component;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.runtime.Offload;
import io.darkroom.runtime.OutOfMemoryException;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.Precision;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** The plan by itself, for devices that need not be there. */
class MemoryPlanTest {
  private static final long GIB = 1L << 30;
  private static final PictureSettings SMALL = Requests.settings(64, 64, 2, 7.5, "ddim", 0);
  private static final PictureSettings LARGE = Requests.settings(8192, 8192, 2, 7.5, "ddim", 0);

  private final RecordingListener listener = new RecordingListener();
  private long free = 100 * GIB;
  private int asked;

  private final MemoryGauge gauge =
      new MemoryGauge() {
        @Override
        public OptionalLong free(Device device) {
          asked++;
          return OptionalLong.of(free);
        }

        @Override
        public OptionalLong atHand(Device device) {
          return OptionalLong.of(free);
        }

        @Override
        public OptionalLong total(Device device) {
          return OptionalLong.of(100 * GIB);
        }
      };

  private MemoryPlan plan(Device device) {
    ModelSource model = ModelFiles.of(TestModels.directory("tiny-sd1")).open();
    MemoryPlan plan =
        new MemoryPlan(
            new Compute(device, "fp32", Precision.FLOAT32),
            UNetConfig.parse(model.settings(Component.UNET)),
            DecoderConfig.parse(model.settings(Component.AUTOENCODER)),
            Precision.FLOAT32,
            Offload.AUTO,
            gauge);
    plan.begin(List.of(GIB), GIB, SMALL);
    asked = 0;
    return plan;
  }

  /** There the whole answer takes time; what lies at hand does for a small picture. */
  @Test
  void aGpuIsAskedOnlyWhereItMatters() {
    MemoryPlan plan = plan(Device.gpu(0));
    plan.makeRoomForDenoising(SMALL, 1, listener::onWarning);
    plan.makeRoomForDecoding(SMALL, listener::onWarning);
    assertEquals(0, asked);
    plan.makeRoomForDenoising(LARGE, 16, listener::onWarning);
    assertTrue(asked > 0);
    assertFalse(listener.warnings.stream().anyMatch(line -> line.startsWith("denoising")));
  }

  @Test
  void aProcessorsSystemMayEndTheProgramWhichIsSaidOnce() {
    MemoryPlan plan = plan(Device.cpu());
    free = 1 << 20;
    plan.makeRoomForDenoising(LARGE, 1, listener::onWarning);
    assertEquals(2, listener.warnings.size());
    assertTrue(listener.warnings.get(0).startsWith("memory is short: "));
    assertTrue(
        listener.warnings.get(1).startsWith("denoising 1 picture(s) of 8192x8192 takes about "),
        listener.warnings.get(1));
    free = 2 << 20;
    plan.makeRoomForDenoising(LARGE, 1, listener::onWarning);
    assertEquals(2, listener.warnings.size());
    assertTrue(!plan.warnings().isEmpty());
  }

  @Test
  void aBatchIsAsLargeAsHalfTheFreeMemoryAllows() {
    MemoryPlan plan = plan(Device.gpu(0));
    assertEquals(7, plan.batchSize(SMALL, 7, 0));
    assertEquals(1, plan.batchSize(SMALL, 7, 100 * GIB));
    int most = plan.batchSize(SMALL, 100_000, 0);
    assertTrue(most > 100, "a busy device gains nothing by more than " + most);
    free = 1 << 20;
    assertEquals(1, plan.batchSize(SMALL, 7, 0));
    PictureSettings unguided = SMALL.with(Setting.GUIDANCE_SCALE, 1.0);
    free = 64 << 20;
    assertEquals(2 * plan.batchSize(SMALL, 1000, 0), plan.batchSize(unguided, 1000, 0), 1);
  }

  @Test
  void whatDoesNotFitIsToldWithWhatWould() {
    MemoryPlan plan = plan(Device.cpu());
    OutOfMemoryException failure =
        assertThrows(
            OutOfMemoryException.class,
            () ->
                plan.requireRoom(
                    Requests.settings(65536, 65536, 2, 7.5, "ddim", 0), listener::onWarning));
    assertTrue(
        failure.getMessage().matches(".* of 65536x65536 take .*; \\d+x\\d+ would fit, or try .*"),
        failure.getMessage());
    free = 3 * GIB;
    assertTrue(plan.tooMuch(SMALL, 8).endsWith("8 picture(s) of 64x64; try --batch-size 4"));
    assertFalse(plan.tooMuch(LARGE, 1).contains("8192x8192 would fit"));
  }
}
