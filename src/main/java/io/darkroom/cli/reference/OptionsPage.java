package io.darkroom.cli.reference;

import io.darkroom.cli.console.ExitStatus;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The reference of all options of all commands, as a page in Markdown. */
public final class OptionsPage {
  private static final String HEAD =
      """
      <!-- This page is generated from the definitions of the options; see ReferenceFilesTest. Do not edit it. -->

      # Options

      Every command and every option of Darkroom. `darkroom --help` shows the most used ones, `darkroom --help-all` all of
      them, and `darkroom help COMMAND` those of a command.

      """;

  private final StringBuilder text = new StringBuilder(HEAD);

  private OptionsPage() {}

  /**
   * Writes the page.
   *
   * @param program the program with all its commands
   * @return the page
   */
  public static String of(CommandSpec program) {
    OptionsPage page = new OptionsPage();
    List<ProgramCommand> commands = ProgramCommand.all(program);
    page.contents(commands);
    commands.forEach(page::command);
    page.text.append(ConfigText.SECTION);
    page.text.append("\n## Exit status\n\n| status | meaning |\n| --- | --- |\n");
    for (ExitStatus status : ExitStatus.values()) {
      page.text.append("| %d | %s |\n".formatted(status.code(), cell(status.meaning())));
    }
    return page.text.toString();
  }

  private void contents(List<ProgramCommand> commands) {
    text.append("| Command | What it does |\n| --- | --- |\n");
    for (ProgramCommand command : commands) {
      text.append(
          "| [%s](#%s) | %s |\n"
              .formatted(command.name(), command.name().replace(' ', '-'), cell(command.header())));
    }
    text.append(
        "| [Your own defaults](#your-own-defaults) | A file with options that you always want. |\n"
            + "| [Exit status](#exit-status) | What a finished command tells a script. |\n\n");
  }

  private void command(ProgramCommand command) {
    text.append("## %s\n\n%s\n\n".formatted(command.name(), command.header()));
    text.append("```text\n");
    command.synopsis().forEach(line -> text.append(line).append('\n'));
    text.append("```\n\n");
    command.description().forEach(paragraph -> text.append(plain(paragraph)).append("\n\n"));
    if (!command.parameters().isEmpty()) {
      text.append("| argument | meaning |\n| --- | --- |\n");
      for (PositionalParamSpec parameter : command.parameters()) {
        text.append(
            "| `%s` | %s |\n"
                .formatted(
                    parameter.paramLabel().replace("|", "\\|"),
                    cell(ProgramCommand.text(parameter.description()))));
      }
      text.append('\n');
    }
    command
        .sections()
        .sections()
        .forEach(
            (heading, options) -> {
              text.append("**%s**\n\n| option | meaning |\n| --- | --- |\n".formatted(heading));
              options.forEach(option -> text.append(row(command, option)));
              text.append('\n');
            });
    if (!command.examples().isEmpty()) {
      text.append("```sh\n");
      command.examples().forEach(line -> text.append(line).append('\n'));
      text.append("```\n\n");
    }
  }

  private static String row(ProgramCommand command, OptionSpec option) {
    String names =
        command.names(option).stream()
            .map(name -> "`" + name + "`")
            .collect(Collectors.joining(", "));
    String value =
        ProgramCommand.takesValue(option)
            ? " `" + option.paramLabel().replace("|", "\\|") + "`"
            : "";
    return "| %s%s | %s |\n"
        .formatted(names, value, cell(ProgramCommand.text(option.description())));
  }

  private static String cell(String text) {
    return plain(text).replace("|", "\\|");
  }

  /** What Markdown would take for marks, as it stands. */
  private static String plain(String text) {
    return text.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_");
  }
}
