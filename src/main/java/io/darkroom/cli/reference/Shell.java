package io.darkroom.cli.reference;

import io.darkroom.request.InvalidRequestException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** The shells that completions are made for. */
public enum Shell {
  /** GNU's shell, from version 3.2 on, which macOS has. */
  BASH {
    @Override
    String completion(List<ProgramCommand> commands, List<String> bundledModels) {
      return BashCompletion.script(commands, bundledModels);
    }
  },
  /** The Z shell. */
  ZSH {
    @Override
    String completion(List<ProgramCommand> commands, List<String> bundledModels) {
      return ZshCompletion.script(commands, bundledModels);
    }
  },
  /** The friendly interactive shell, from version 3.0 on. */
  FISH {
    @Override
    String completion(List<ProgramCommand> commands, List<String> bundledModels) {
      return FishCompletion.script(commands, bundledModels);
    }
  };

  /** The names, for completion itself. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(values()).map(Shell::optionName).iterator();
    }
  }

  abstract String completion(List<ProgramCommand> commands, List<String> bundledModels);

  /**
   * The completion of the program's command line.
   *
   * @param program the program with all its commands
   * @param bundledModels the names of the models that come with it
   * @return a script for this shell
   */
  public String completion(CommandSpec program, List<String> bundledModels) {
    return completion(ProgramCommand.all(program), bundledModels);
  }

  /**
   * The name on the command line.
   *
   * @return such as {@code bash}
   */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Finds a shell.
   *
   * @param name its name, or the path of its program
   * @return the shell, if it is one of these
   */
  static Optional<Shell> find(String name) {
    String file = name.substring(name.lastIndexOf('/') + 1);
    return Arrays.stream(values()).filter(shell -> shell.optionName().equals(file)).findFirst();
  }

  /**
   * Finds a shell that must be one of these.
   *
   * @param name its name
   * @return the shell
   * @throws InvalidRequestException if there is no completion for it
   */
  static Shell named(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "there is no completion for the shell '%s'; choose %s"
                        .formatted(
                            name,
                            Arrays.stream(values())
                                .map(Shell::optionName)
                                .collect(Collectors.joining(", ")))));
  }
}
