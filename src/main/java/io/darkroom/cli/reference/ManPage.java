package io.darkroom.cli.reference;

import io.darkroom.cli.console.ExitStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command's manual page, in the macros of man(7). It is written straight from picocli's
 * definitions, as the help is: picocli's own generator writes AsciiDoc, which needs Asciidoctor.
 */
public final class ManPage {
  private final ProgramCommand command;
  private final List<ProgramCommand> all;
  private final StringBuilder text = new StringBuilder();

  private ManPage(ProgramCommand command, List<ProgramCommand> all) {
    this.command = command;
    this.all = all;
  }

  /**
   * The pages of all commands.
   *
   * @param program the program with all its commands
   * @param version the program's name and version
   * @return by their file names, the pages
   */
  public static Map<String, String> all(CommandSpec program, String version) {
    List<ProgramCommand> commands = ProgramCommand.all(program);
    Map<String, String> pages = new LinkedHashMap<>();
    for (ProgramCommand command : commands) {
      pages.put(name(command) + ".1", new ManPage(command, commands).write(version));
    }
    return pages;
  }

  private static String name(ProgramCommand command) {
    return command.name().replace(' ', '-');
  }

  private String write(String version) {
    text.append(
        ".TH \"%s\" 1 \"\" \"%s\" \"Darkroom\"\n"
            .formatted(name(command).toUpperCase(Locale.ROOT), version));
    section("NAME");
    line(name(command) + " - " + command.header());
    section("SYNOPSIS");
    text.append(".nf\n");
    command.synopsis().forEach(this::line);
    text.append(".fi\n");
    if (!command.description().isEmpty() || !command.parameters().isEmpty()) {
      section("DESCRIPTION");
      command.description().forEach(this::line);
      for (PositionalParamSpec parameter : command.parameters()) {
        item(italic(parameter.paramLabel()), ProgramCommand.text(parameter.description()));
      }
    }
    section("OPTIONS");
    command
        .sections()
        .sections()
        .forEach(
            (heading, options) -> {
              text.append(".SS ").append(escaped(heading)).append('\n');
              options.forEach(
                  option -> item(term(option), ProgramCommand.text(option.description())));
            });
    List<ProgramCommand> own = command.ownCommands();
    if (!own.isEmpty()) {
      section("COMMANDS");
      own.forEach(sub -> item(bold(sub.spec().name()), sub.header()));
    }
    section("EXIT STATUS");
    for (ExitStatus status : ExitStatus.values()) {
      item(bold("" + status.code()), status.meaning());
    }
    if (command.words().isEmpty()) {
      section("FILES");
      item(italic("$XDG_CONFIG_HOME/darkroom/config.properties"), ConfigText.SHORT);
    }
    if (!command.examples().isEmpty()) {
      section("EXAMPLES");
      text.append(".nf\n");
      command.examples().forEach(this::line);
      text.append(".fi\n");
    }
    seeAlso();
    return text.toString();
  }

  private void seeAlso() {
    List<String> others = new ArrayList<>();
    for (ProgramCommand other : all) {
      boolean isAbove = command.above().equals(Optional.of(other.words()));
      boolean isBelow = other.above().equals(Optional.of(command.words()));
      boolean isBeside =
          other.above().equals(command.above()) && !other.words().equals(command.words());
      if (isAbove || isBelow || isBeside) {
        others.add(bold(name(other)) + "(1)");
      }
    }
    section("SEE ALSO");
    text.append(others.stream().sorted().collect(Collectors.joining(",\n"))).append('\n');
  }

  private void section(String heading) {
    text.append(".SH ").append(heading).append('\n');
  }

  private void item(String term, String meaning) {
    text.append(".TP\n").append(term).append('\n');
    line(meaning);
  }

  private void line(String plain) {
    text.append(escaped(plain)).append('\n');
  }

  private String term(OptionSpec option) {
    String names =
        command.names(option).stream().map(ManPage::bold).collect(Collectors.joining(", "));
    return ProgramCommand.takesValue(option) ? names + " " + italic(option.paramLabel()) : names;
  }

  private static String bold(String plain) {
    return "\\fB" + escaped(plain) + "\\fR";
  }

  private static String italic(String plain) {
    return "\\fI" + escaped(plain) + "\\fR";
  }

  /** What begins with a point or an apostrophe would be a request; a bare minus is a hyphen. */
  private static String escaped(String plain) {
    String escaped =
        plain
            .replace("\\", "\\e")
            .replace("-", "\\-")
            .replace("'", "\\(aq")
            .replace("`", "\\(ga")
            .replace("^", "\\(ha")
            .replace("~", "\\(ti");
    return escaped.startsWith(".") ? "\\&" + escaped : escaped;
  }
}
