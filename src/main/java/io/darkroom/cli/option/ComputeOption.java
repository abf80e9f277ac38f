package io.darkroom.cli.option;

import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.runtime.Devices;
import io.darkroom.runtime.Offload;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Where and in which precision the networks run. */
@Command(optionListHeading = "%nMachine:%n")
public final class ComputeOption {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      completionCandidates = Words.Devices.class,
      description =
          "Where to compute: auto, cpu, cuda or cuda:N. With auto it is a GPU if there is one. For "
              + "a batch several may be named, separated by commas, or all.")
  private String device = ComputeOptions.AUTO.device();

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      completionCandidates = Words.Precisions.class,
      description =
          "The precision: auto, fp32, fp16 or bf16. With auto it is the fastest that is exact "
              + "enough.")
  private Optional<String> dtype = Optional.empty();

  @Option(
      names = "--offload",
      paramLabel = "WHEN",
      completionCandidates = Words.Offloads.class,
      description =
          "When text encoders and decoder leave the memory while they are not used: auto, never or "
              + "always. With auto they do so where memory is short. This has no effect on the "
              + "pictures.")
  private String offload = "auto";

  /**
   * Where the networks run.
   *
   * @return one device or several, as on the command line
   */
  public String device() {
    return device;
  }

  /**
   * What the user said.
   *
   * @return the options, not yet checked against the machine
   * @throws InvalidRequestException if a word is none of those known
   */
  public ComputeOptions options() {
    return options(ComputeOptions.AUTO.dtype());
  }

  /**
   * What the user said, for several devices.
   *
   * @return the options for each, not yet checked against the machine
   * @throws InvalidRequestException if a word is none of those known, or a device is there twice
   */
  public List<ComputeOptions> optionsForEachDevice() {
    List<String> names = device.equals("all") ? Devices.all() : List.of(device.split(",", -1));
    if (names.stream().distinct().count() < names.size()) {
      throw new InvalidRequestException("--device " + device + " names a device twice");
    }
    return names.stream().map(name -> options(name, ComputeOptions.AUTO.dtype())).toList();
  }

  /**
   * What the user said.
   *
   * @param usualDtype the precision where the user said none
   * @return the options, not yet checked against the machine
   * @throws InvalidRequestException if a word is none of those known
   */
  public ComputeOptions options(String usualDtype) {
    return options(device, usualDtype);
  }

  private ComputeOptions options(String device, String usualDtype) {
    requireDevice(device);
    if (dtype.isPresent() && !isDtype(dtype.get())) {
      throw new InvalidRequestException(
          "--dtype '" + dtype.get() + "' is not known; use auto, fp32, fp16 or bf16");
    }
    if (!offload.matches("auto|never|always")) {
      throw new InvalidRequestException(
          "--offload '" + offload + "' is not known; use auto, never or always");
    }
    return new ComputeOptions(device, dtype.orElse(usualDtype))
        .withOffload(Offload.valueOf(offload.toUpperCase(Locale.ROOT)));
  }

  /**
   * Refuses what cannot be a device on any machine.
   *
   * @param device as on the command line
   */
  public static void requireDevice(String device) {
    if (!device.matches("auto|cpu|cuda(:\\d{1,3})?")) {
      throw new InvalidRequestException(
          "--device '" + device + "' is not known; use auto, cpu, cuda or cuda:N");
    }
  }

  /**
   * Whether a word names a precision, or leaves it to the machine.
   *
   * @param word as on the command line
   * @return true for a precision and for {@code auto}
   */
  public static boolean isDtype(String word) {
    return word.matches("auto|fp32|fp16|bf16");
  }
}
