package io.darkroom.cli.reference;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A command's options in sections, as its mixins group them, in the order of every help.
 *
 * @param sections by its heading, the visible options of a section
 */
public record OptionSections(Map<String, List<OptionSpec>> sections) {
  private static final List<String> ORDER =
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

  /**
   * Sorts a command's options into sections.
   *
   * @param command the command
   * @return its sections; those without a visible option are left out
   */
  public static OptionSections of(CommandSpec command) {
    Map<String, List<OptionSpec>> sections = new LinkedHashMap<>();
    ORDER.forEach(heading -> sections.put(heading, new ArrayList<>()));
    // A mixin without a heading goes on with the section before it.
    String heading = "";
    for (CommandSpec mixin : parts(command).toList()) {
      String own = mixin.usageMessage().optionListHeading().replace("%n", "").replace(":", "");
      heading = own.isEmpty() ? heading : own;
      sections
          .computeIfAbsent(heading, unknown -> new ArrayList<>())
          .addAll(mixin.options().stream().filter(option -> !option.hidden()).toList());
    }
    sections.values().removeIf(List::isEmpty);
    return new OptionSections(sections);
  }

  /** Mixins may be made of others. */
  private static Stream<CommandSpec> parts(CommandSpec command) {
    return command.mixins().values().stream()
        .flatMap(mixin -> mixin.mixins().isEmpty() ? Stream.of(mixin) : parts(mixin));
  }

  /** {@return all visible options, in the order of the sections} */
  public List<OptionSpec> options() {
    return sections.values().stream().flatMap(List::stream).toList();
  }
}
