package io.darkroom.runtime;

import ai.djl.Device;
import ai.djl.engine.Engine;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.torchscript.Precision;

/**
 * Where and in which precision the networks run, decided.
 *
 * @param device DJL's device
 * @param dtype {@code fp32}, {@code fp16} or {@code bf16}
 * @param precision the same, for the networks
 */
public record Compute(Device device, String dtype, Precision precision) {
  /**
   * Holds the user's wishes against the machine.
   *
   * @param deviceName {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
   * @param dtypeName {@code auto}, {@code fp32}, {@code fp16} or {@code bf16}
   * @return what will be used
   * @throws InvalidRequestException if there is no such device or precision
   */
  public static Compute choose(String deviceName, String dtypeName) {
    Device device = device(deviceName);
    String dtype = dtypeName.equals("auto") ? best(device) : dtypeName;
    return new Compute(device, dtype, precision(dtype, device));
  }

  /**
   * The device's name as the command line has it.
   *
   * @return {@code cpu} or {@code cuda:N}
   */
  public String deviceName() {
    return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
  }

  /**
   * Finds a device.
   *
   * @param name as the command line has it
   * @return DJL's device
   * @throws InvalidRequestException if this machine has none such
   */
  static Device device(String name) {
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    int gpus = Engine.getEngine("PyTorch").getGpuCount();
    if (name.equals("auto")) {
      return gpus > 0 ? Device.gpu(0) : Device.cpu();
    }
    if (!name.matches("cuda(:\\d{1,4})?")) {
      throw new InvalidRequestException(
          "there is no device '" + name + "'; use auto, cpu, cuda or cuda:N");
    }
    int index = name.equals("cuda") ? 0 : Integer.parseInt(name.substring("cuda:".length()));
    if (index >= gpus) {
      throw new InvalidRequestException(
          gpus == 0
              ? "there is no CUDA device that PyTorch can use here; leave --device out, or use cpu"
              : "there is no device " + name + "; the last one is cuda:" + (gpus - 1));
    }
    return Device.gpu(index);
  }

  /** float16 is fast on GPUs alone, bfloat16 on a CPU only where it has instructions for it. */
  private static String best(Device device) {
    if (device.isGpu()) {
      return "fp16";
    }
    return Processor.ofThisMachine().hasBfloat16() ? "bf16" : "fp32";
  }

  private static Precision precision(String dtype, Device device) {
    return switch (dtype) {
      case "fp32" -> Precision.FLOAT32;
      case "fp16" -> half(Precision.Format.FLOAT16, device.isGpu());
      case "bf16" ->
          half(
              Precision.Format.BFLOAT16, device.isGpu() || Processor.ofThisMachine().hasBfloat16());
      default ->
          throw new InvalidRequestException(
              "there is no dtype '" + dtype + "'; use auto, fp32, fp16 or bf16");
    };
  }

  /**
   * Where the processor cannot compute in half precision, half-precision weights still save half
   * the memory; the arithmetic is then float32's, which is faster than emulation by far.
   */
  private static Precision half(Precision.Format format, boolean computes) {
    return computes ? Precision.of(format) : new Precision(format, Precision.Format.FLOAT32);
  }
}
