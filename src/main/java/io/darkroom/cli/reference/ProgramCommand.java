package io.darkroom.cli.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command of the program, as documents tell of it.
 *
 * @param words its name behind the program's; empty for the program itself
 * @param spec its definition
 */
record ProgramCommand(String words, CommandSpec spec) {
  /** The program and all its commands that are not hidden, in the order of the help. */
  static List<ProgramCommand> all(CommandSpec program) {
    return all("", program).toList();
  }

  private static Stream<ProgramCommand> all(String words, CommandSpec spec) {
    return Stream.concat(
        Stream.of(new ProgramCommand(words, spec)),
        spec.subcommands().entrySet().stream()
            .filter(own -> !own.getValue().getCommandSpec().usageMessage().hidden())
            .flatMap(
                own -> all((words + " " + own.getKey()).strip(), own.getValue().getCommandSpec())));
  }

  /** Its name with the program's before it. */
  String name() {
    return ("darkroom " + words).strip();
  }

  /** What it does, in a sentence. */
  String header() {
    return String.join(" ", spec.usageMessage().header());
  }

  /** How it is called, a line each. */
  List<String> synopsis() {
    return Stream.of(spec.usageMessage().customSynopsis()).map(String::strip).toList();
  }

  /** What it does, in paragraphs. */
  List<String> description() {
    return Stream.of(spec.usageMessage().description()).filter(text -> !text.isEmpty()).toList();
  }

  /** Examples, a line each. */
  List<String> examples() {
    return Stream.of(spec.usageMessage().footer()).map(String::strip).toList();
  }

  List<PositionalParamSpec> parameters() {
    return spec.positionalParameters();
  }

  /** The first parameter, which tells what is offered for the others, too. */
  Optional<PositionalParamSpec> parameter() {
    return parameters().stream().findFirst();
  }

  OptionSections sections() {
    return OptionSections.of(spec);
  }

  List<OptionSpec> options() {
    return sections().options();
  }

  /** Its own commands' names, in the order of the help. */
  List<ProgramCommand> ownCommands() {
    return all(words, spec).filter(command -> command.above().equals(Optional.of(words))).toList();
  }

  /** The words of the command that it belongs to; none for the program itself. */
  Optional<String> above() {
    int space = words.lastIndexOf(' ');
    return words.isEmpty() ? Optional.empty() : Optional.of(words.substring(0, Math.max(0, space)));
  }

  /** An option's names, the short one first; a flag that is on by itself has that which ends it. */
  List<String> names(OptionSpec option) {
    List<String> names = new ArrayList<>(List.of(option.names()));
    spec.negatedOptionsMap()
        .forEach(
            (name, negated) -> {
              if (negated.equals(option)) {
                names.add(name);
              }
            });
    return names;
  }

  /** Whether an option has a value. */
  static boolean takesValue(OptionSpec option) {
    return option.arity().max() > 0;
  }

  /** An option's or parameter's description as one text. */
  static String text(String... description) {
    return String.join(" ", description);
  }
}
