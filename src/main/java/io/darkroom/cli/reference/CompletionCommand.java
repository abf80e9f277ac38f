package io.darkroom.cli.reference;

import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.LocalModels;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code darkroom completion SHELL}: prints a script that completes the command line. */
@Command(
    name = "completion",
    versionProvider = Version.class,
    header = "Print a completion script for your shell.",
    description = {
      "",
      "With the script your shell completes commands, options, and values: samplers, schedules, "
          + "devices, models in the hub's cache, files."
    },
    customSynopsis = "darkroom completion [OPTIONS] [SHELL]",
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(darkroom completion bash)",
      "  darkroom completion zsh > ~/.zfunc/_darkroom",
      "  darkroom completion fish | source"
    })
public final class CompletionCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "SHELL",
      hideParamSyntax = true,
      arity = "0..1",
      completionCandidates = Shell.Names.class,
      description = "bash, zsh or fish. Without it, the shell that the variable SHELL names.")
  private Optional<String> shell = Optional.empty();

  @Mixin private final HelpOption help = new HelpOption();

  @Spec private CommandSpec spec;

  private final Surroundings surroundings;

  /**
   * Creates the command.
   *
   * @param surroundings the process
   */
  public CompletionCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws IOException {
    Shell wanted =
        shell
            .map(Shell::named)
            .or(() -> Shell.find(surroundings.environment().getOrDefault("SHELL", "")))
            .orElseThrow(
                () ->
                    new InvalidRequestException(
                        "say for which shell: bash, zsh or fish (darkroom completion --help shows "
                            + "the usage)"));
    String script = wanted.completion(spec.root(), new LocalModels(surroundings).bundledModels());
    new StandardOutput(surroundings.out()).println(script.stripTrailing(), StandardCharsets.UTF_8);
    return ExitStatus.DONE.code();
  }
}
