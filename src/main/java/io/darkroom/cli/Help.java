package io.darkroom.cli;

import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.reference.FirstSentence;
import io.darkroom.cli.reference.OptionSections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Layout;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Gives a command's help its form. There are two: a screen of the options that people use, and the
 * whole, with a section for each group of options and a table of exit statuses. A command with few
 * options shows all of them in both.
 */
final class Help {
  private static final int WIDEST = 100;
  private static final int NARROWEST = 55;
  private static final int USUAL = 80;

  /** A command with more options shows in the short form those that people use. */
  private static final int FEW = 16;

  /** So many examples has the short form. */
  private static final int EXAMPLES = 2;

  /** The options of the short form. */
  static final Set<String> USUAL_OPTIONS =
      Set.of(
          "--model",
          "--output",
          "--prompt",
          "--negative-prompt",
          "--seed",
          "--images",
          "--size",
          "--steps",
          "--guidance-scale",
          "--sampler",
          "--init-image",
          "--mask",
          "--noise-level",
          "--lora",
          "--device",
          "--show",
          "--quiet",
          "--help",
          "--workers",
          "--dry-run",
          "--status",
          "--skip-invalid",
          "--retry-failed",
          "--arch",
          "--repeats");

  /** How much of a command's help is shown. */
  enum Form {
    /** A screen of it. */
    SHORT,
    /** All of it. */
    WHOLE
  }

  private Help() {}

  /**
   * Sets the width of a command's help, and its short form.
   *
   * @param commandLine the command
   * @param columns the terminal's width, if it is known
   * @return the same command
   */
  static CommandLine format(CommandLine commandLine, OptionalInt columns) {
    int width = Math.min(WIDEST, Math.max(NARROWEST, columns.orElse(USUAL)));
    UsageMessageSpec usage = commandLine.getCommandSpec().usageMessage();
    usage.width(width);
    Map<String, String> statuses = new LinkedHashMap<>();
    for (ExitStatus status : ExitStatus.values()) {
      statuses.put(Integer.toString(status.code()), status.meaning());
    }
    usage.exitCodeList(statuses);
    Map<String, IHelpSectionRenderer> sections = commandLine.getHelpSectionMap();
    sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING, help -> "");
    return in(Form.SHORT, commandLine);
  }

  /**
   * Chooses the form.
   *
   * @param form the form
   * @param commandLine the command
   * @return the same command
   */
  static CommandLine in(Form form, CommandLine commandLine) {
    boolean isShort = form == Form.SHORT && isLong(commandLine.getCommandSpec());
    Map<String, IHelpSectionRenderer> sections = commandLine.getHelpSectionMap();
    sections.put(
        UsageMessageSpec.SECTION_KEY_PARAMETER_LIST,
        isShort ? Help::shortParameters : CommandLine.Help::parameterList);
    sections.put(
        UsageMessageSpec.SECTION_KEY_OPTION_LIST, isShort ? Help::usualOptions : Help::options);
    sections.put(
        UsageMessageSpec.SECTION_KEY_EXIT_CODE_LIST_HEADING,
        isShort ? help -> "" : CommandLine.Help::exitCodeListHeading);
    sections.put(
        UsageMessageSpec.SECTION_KEY_EXIT_CODE_LIST,
        isShort ? help -> "" : CommandLine.Help::exitCodeList);
    sections.put(
        UsageMessageSpec.SECTION_KEY_FOOTER,
        isShort ? Help::shortFooter : CommandLine.Help::footer);
    return commandLine;
  }

  private static boolean isLong(CommandSpec command) {
    return command.options().stream().filter(option -> !option.hidden()).count() > FEW;
  }

  private static String options(CommandLine.Help help) {
    StringBuilder text = new StringBuilder();
    OptionSections.of(help.commandSpec())
        .sections()
        .forEach(
            (heading, options) ->
                text.append(help.createHeading("%n" + heading + ":%n"))
                    .append(table(help, options)));
    return text.toString();
  }

  private static String usualOptions(CommandLine.Help help) {
    List<OptionSpec> options =
        OptionSections.of(help.commandSpec()).options().stream()
            .filter(option -> USUAL_OPTIONS.contains(option.longestName()))
            .map(
                option ->
                    option.toBuilder().description(FirstSentence.of(option.description())).build())
            .toList();
    return help.createHeading("%n") + table(help, options);
  }

  private static String table(CommandLine.Help help, List<OptionSpec> options) {
    Layout layout = help.createDefaultLayout();
    layout.addAllOptions(options, help.createDefaultParamLabelRenderer());
    return layout.toString();
  }

  private static String shortParameters(CommandLine.Help help) {
    Layout layout = help.createDefaultLayout();
    layout.addAllPositionalParameters(
        help.commandSpec().positionalParameters().stream()
            .map(
                parameter ->
                    parameter.toBuilder()
                        .description(FirstSentence.of(parameter.description()))
                        .build())
            .toList(),
        help.createDefaultParamLabelRenderer());
    return layout.toString();
  }

  private static String shortFooter(CommandLine.Help help) {
    CommandSpec command = help.commandSpec();
    String[] examples =
        Stream.of(command.usageMessage().footer()).limit(EXAMPLES).toArray(String[]::new);
    StringBuilder text = new StringBuilder();
    CommandLine.Help.join(help.ansi(), command.usageMessage().width(), true, examples, text);
    return text
        + help.createHeading("%s %s shows all options.%n", command.qualifiedName(), HelpOption.ALL);
  }
}
