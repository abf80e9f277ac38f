package io.darkroom.testing;

import ai.djl.Device;
import ai.djl.engine.Engine;
import io.darkroom.torchscript.Precision;

/**
 * Where and in which precision the tests against the references run: the CPU in float32, unless
 * {@code -Ddarkroom.test.device=cuda} and {@code -Ddarkroom.test.dtype=fp16} (or {@code bf16}) say
 * otherwise. A device that is not there is a failure: nothing is skipped.
 */
public final class TestDevice {
  private static final String NAME = System.getProperty("darkroom.test.device", "cpu");
  private static final String DTYPE = System.getProperty("darkroom.test.dtype", "fp32");

  private TestDevice() {}

  /**
   * The device's name.
   *
   * @return as on the command line
   */
  public static String name() {
    return NAME;
  }

  /**
   * The precision's name.
   *
   * @return as on the command line
   */
  public static String dtype() {
    return DTYPE;
  }

  /**
   * The device.
   *
   * @return DJL's
   */
  public static Device device() {
    if (NAME.equals("cpu")) {
      return Device.cpu();
    }
    if (Engine.getEngine("PyTorch").getGpuCount() == 0) {
      throw new AssertionError(
          "darkroom.test.device is " + NAME + ", but this libtorch finds no GPU here");
    }
    return Device.gpu(NAME.equals("cuda") ? 0 : Integer.parseInt(NAME.substring("cuda:".length())));
  }

  /**
   * The precision.
   *
   * @return weights' and arithmetic's
   */
  public static Precision precision() {
    return switch (DTYPE) {
      case "fp32" -> Precision.FLOAT32;
      case "fp16" -> Precision.of(Precision.Format.FLOAT16);
      case "bf16" -> Precision.of(Precision.Format.BFLOAT16);
      default -> throw new AssertionError("darkroom.test.dtype is " + DTYPE);
    };
  }

  /**
   * How far off one pass of a network may be.
   *
   * @param single the tolerance in float32
   * @return that, or what the half precisions allow: 10 and 7 bits, over some dozens of layers
   */
  public static double tolerance(double single) {
    return switch (DTYPE) {
      case "fp32" -> single;
      case "fp16" -> 1e-2;
      default -> 8e-2;
    };
  }

  /** Whether arithmetic is float32's. */
  public static boolean isSingle() {
    return DTYPE.equals("fp32");
  }
}
