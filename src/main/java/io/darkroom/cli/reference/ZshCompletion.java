package io.darkroom.cli.reference;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;

/** The completion for zsh. It starts no process: models are names of folders. */
final class ZshCompletion {
  private static final String HEAD =
      """
      #compdef darkroom
      # Completion of darkroom's command line for zsh. "darkroom completion zsh" prints it.

      # The diffusion models in the hub's cache, into the array "found".
      _darkroom_cached() {
        local cache folder name ref
        cache=${HF_HUB_CACHE:-${HUGGINGFACE_HUB_CACHE:-${HF_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/huggingface}/hub}}
        cache=${cache/#\\~\\//$HOME/}
        for folder in $cache/models--*--*(N/); do
          [[ -n $folder/snapshots/*/model_index.json(#qN[1]) ]] || continue
          name=${folder##*/models--}
          name=${name%%--*}/${name#*--}
          for ref in $folder/refs/*(N.:t); do
            [[ $ref = main ]] && found+=($name) || found+=($name@$ref)
          done
        done
      }

      _darkroom_cached_names() {
        setopt localoptions extendedglob
        local -a found
        _darkroom_cached
        compadd -a found
      }
      """;

  private ZshCompletion() {}

  /** The script. */
  static String script(List<ProgramCommand> commands, List<String> bundledModels) {
    StringBuilder script = new StringBuilder(HEAD);
    script.append(
        """

        _darkroom_model_names() {
          setopt localoptions extendedglob
          local -a found=(%s)
          _darkroom_cached
          compadd -a found || _files
        }
        """
            .formatted(String.join(" ", bundledModels)));
    for (ProgramCommand command : commands) {
      script.append(function(command, bundledModels));
    }
    return script + "\n_darkroom \"$@\"\n";
  }

  private static String function(ProgramCommand command, List<String> bundledModels) {
    StringBuilder text = new StringBuilder("\n" + name(command) + "() {\n");
    List<ProgramCommand> own = command.ownCommands();
    if (!own.isEmpty()) {
      text.append("  (( $words[(i)--] < CURRENT )) && return 1\n"); // a prompt
      text.append("  if (( CURRENT > 2 )); then\n    case $words[2] in\n");
      for (ProgramCommand sub : own) {
        text.append(
            "      %s) shift words; (( CURRENT-- )); %s; return ;;\n"
                .formatted(sub.spec().name(), name(sub)));
      }
      text.append("    esac\n  fi\n");
    }
    text.append("  _arguments -s -S");
    for (OptionSpec option : command.options()) {
      text.append(" \\\n    ").append(option(command, option, bundledModels));
    }
    if (!own.isEmpty()) {
      text.append(
          " \\\n    '1:command:((%s))'"
              .formatted(
                  own.stream()
                      .map(
                          sub ->
                              sub.spec().name()
                                  + "\\:\""
                                  + escaped(sub.header()).replace("\"", "")
                                  + "\"")
                      .collect(Collectors.joining(" "))));
    }
    command
        .parameter()
        .ifPresent(
            parameter ->
                text.append(
                    " \\\n    '*:%s:%s'"
                        .formatted(
                            escaped(parameter.paramLabel()),
                            action(Offer.of(parameter, bundledModels)))));
    return text.append("\n}\n").toString();
  }

  private static String name(ProgramCommand command) {
    return ("_darkroom " + (command.words().isEmpty() ? "" : "at " + command.words()))
        .strip()
        .replace(' ', '_');
  }

  /** As {@code '(-m --model)'{-m+,--model=}'[meaning]:LABEL:action'}. */
  private static String option(
      ProgramCommand command, OptionSpec option, List<String> bundledModels) {
    List<String> names = command.names(option);
    boolean hasValue = ProgramCommand.takesValue(option);
    String forms =
        names.stream()
            .map(name -> hasValue ? name + (name.startsWith("--") ? "=" : "+") : name)
            .collect(Collectors.joining(","));
    String meaning = "[" + escaped(FirstSentence.of(option.description())) + "]";
    String value =
        hasValue
            ? ":" + escaped(option.paramLabel()) + ":" + action(Offer.of(option, bundledModels))
            : "";
    String others = option.isMultiValue() ? "*" : "(" + String.join(" ", names) + ")";
    return names.size() == 1
        ? "'%s%s%s%s'".formatted(option.isMultiValue() ? "*" : "", forms, meaning, value)
        : "'%s'{%s}'%s%s'".formatted(others, forms, meaning, value);
  }

  private static String action(Offer offer) {
    return switch (offer.source()) {
      case NONE -> " ";
      case WORDS ->
          "("
              + offer.words().stream()
                  .map(word -> word.replace(":", "\\:"))
                  .collect(Collectors.joining(" "))
              + ")";
      case MODELS -> "_darkroom_model_names";
      case CACHED_MODELS -> "_darkroom_cached_names";
      case FILES -> "_files";
      case FOLDERS -> "_files -/";
    };
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\")
        .replace("[", "\\[")
        .replace("]", "\\]")
        .replace(":", "\\:")
        .replace("'", "'\\''");
  }
}
