package io.darkroom.cli;

import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.HelpOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code darkroom help [COMMAND]}: the help of the program, or of one of its commands. */
@Command(
    name = "help",
    versionProvider = Version.class,
    header = "Show the help of a command, or of the program.",
    customSynopsis = "darkroom help [COMMAND]",
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {"  darkroom help batch", "  darkroom help models pull"})
final class HelpCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "COMMAND",
      hideParamSyntax = true,
      arity = "0..*",
      description =
          "The command, such as batch, or models pull. Without it, the help of the program.")
  private final List<String> names = new ArrayList<>();

  @Mixin private final HelpOption help = new HelpOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine().getParent();
    for (String name : names) {
      CommandLine within = command;
      command = within.getSubcommands().get(name);
      if (command == null) {
        throw new ParameterException(spec.commandLine(), unknown(name, within));
      }
    }
    command.usage(spec.commandLine().getOut());
    return ExitStatus.DONE.code();
  }

  private String unknown(String name, CommandLine within) {
    String group = within.getCommandSpec().qualifiedName();
    if (within.getSubcommands().isEmpty()) {
      return group + " has no commands of its own: '" + name + "'";
    }
    String message =
        "%s has no command '%s'; there are %s"
            .formatted(
                group,
                name,
                within.getSubcommands().entrySet().stream()
                    .filter(own -> !own.getValue().getCommandSpec().usageMessage().hidden())
                    .map(Map.Entry::getKey)
                    .collect(Collectors.joining(", ")));
    boolean first = within == spec.commandLine().getParent() && spec.parent().parent() == null;
    return first ? message + "; a prompt that begins with help goes after --" : message;
  }
}
