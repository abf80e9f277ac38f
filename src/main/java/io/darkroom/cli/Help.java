package io.darkroom.cli;

import io.darkroom.cli.console.ExitStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Layout;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Gives a command's help its form: a section for each group of options, a table of statuses. */
final class Help {
  private static final int WIDEST = 100;
  private static final int NARROWEST = 55;
  private static final int USUAL = 80;

  /** The sections of options, in the order in which every help has them. */
  private static final List<String> SECTIONS =
      List.of(
          "Batch",
          "Model",
          "Prompt",
          "Picture",
          "Beginning with a picture",
          "Series",
          "Measurement",
          "Weights",
          "Output",
          "Terminal",
          "Machine",
          "Messages",
          "About");

  private Help() {}

  /**
   * Sets the form.
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
    commandLine
        .getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING, help -> "");
    commandLine.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, Help::options);
    return commandLine;
  }

  /** The options in the sections that their mixins say. */
  private static String options(CommandLine.Help help) {
    CommandSpec command = help.commandSpec();
    StringBuilder sections = new StringBuilder();
    for (CommandSpec mixin : sections(command)) {
      sections.append(help.createHeading(mixin.usageMessage().optionListHeading()));
      Layout layout = help.createDefaultLayout();
      layout.addAllOptions(
          mixin.options().stream().filter(option -> !option.hidden()).toList(),
          help.createDefaultParamLabelRenderer());
      sections.append(layout);
    }
    return sections.toString();
  }

  /** Mixins may be made of others. One without a heading goes on with the section before it. */
  private static List<CommandSpec> sections(CommandSpec command) {
    Map<String, List<CommandSpec>> byHeading = new LinkedHashMap<>();
    SECTIONS.forEach(heading -> byHeading.put("%n" + heading + ":%n", new ArrayList<>()));
    List<CommandSpec> current = new ArrayList<>();
    for (CommandSpec mixin : parts(command).toList()) {
      String heading = mixin.usageMessage().optionListHeading();
      if (!heading.isEmpty()) {
        current = byHeading.computeIfAbsent(heading, unknown -> new ArrayList<>());
      }
      current.add(mixin);
    }
    return byHeading.values().stream().flatMap(List::stream).toList();
  }

  private static Stream<CommandSpec> parts(CommandSpec command) {
    return command.mixins().values().stream()
        .flatMap(mixin -> mixin.mixins().isEmpty() ? Stream.of(mixin) : parts(mixin));
  }
}
