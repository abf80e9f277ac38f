package io.darkroom.cli;

import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.InvalidRequestException;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Where and in which precision the networks run. */
@Command(optionListHeading = "%nMachine:%n")
final class ComputeOption {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "auto, cpu, cuda or cuda:N; auto takes a GPU where there is one.")
  private String device = ComputeOptions.AUTO.device();

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "auto, fp32, fp16 or bf16; auto takes the fastest that is exact enough.")
  private Optional<String> dtype = Optional.empty();

  /**
   * What the user said.
   *
   * @return the options, not yet checked against the machine
   * @throws InvalidRequestException if a word is none of those known
   */
  ComputeOptions options() {
    return options(ComputeOptions.AUTO.dtype());
  }

  /**
   * What the user said.
   *
   * @param usualDtype the precision where the user said none
   * @return the options, not yet checked against the machine
   * @throws InvalidRequestException if a word is none of those known
   */
  ComputeOptions options(String usualDtype) {
    if (!device.matches("auto|cpu|cuda(:\\d{1,3})?")) {
      throw new InvalidRequestException(
          "--device " + device + " is not known; say auto, cpu, cuda or cuda:N");
    }
    if (dtype.isPresent() && !dtype.get().matches("auto|fp32|fp16|bf16")) {
      throw new InvalidRequestException(
          "--dtype " + dtype.get() + " is not known; say auto, fp32, fp16 or bf16");
    }
    return new ComputeOptions(device, dtype.orElse(usualDtype));
  }
}
