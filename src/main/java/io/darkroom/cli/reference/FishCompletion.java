package io.darkroom.cli.reference;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;

/** The completion for fish. It starts no process: models are names of folders. */
final class FishCompletion {
  private static final String HEAD =
      """
      # Completion of darkroom's command line for fish. "darkroom completion fish" prints it.

      # The command that stands on the line; "darkroom" if there is none.
      function __darkroom_command
          set -l words (commandline -opc)
          set -l command darkroom
          for word in $words[2..3]
              set -l longer (string trim -- (string replace -r '^darkroom' '' -- $command)" $word")
              contains -- $longer $__darkroom_commands; or break
              set command $longer
          end
          echo $command
      end

      function __darkroom_in
          contains -- (__darkroom_command) $argv
      end

      # Whether a command's own command may stand here.
      function __darkroom_before
          set -l words (commandline -opc)
          test (count $words) -eq $argv[1]; and __darkroom_in $argv[2]
      end

      # The diffusion models in the hub's cache.
      function __darkroom_cached
          set -l home $HF_HOME
          if test -z "$home"
              set -l caches $XDG_CACHE_HOME
              test -n "$caches"; or set caches $HOME/.cache
              set home $caches/huggingface
          end
          set -l cache $home/hub
          test -n "$HUGGINGFACE_HUB_CACHE"; and set cache $HUGGINGFACE_HUB_CACHE
          test -n "$HF_HUB_CACHE"; and set cache $HF_HUB_CACHE
          set cache (string replace -r '^~/' "$HOME/" -- $cache)
          for folder in $cache/models--*--*/
              set -l indexes $folder/snapshots/*/model_index.json
              test (count $indexes) -gt 0; or continue
              set -l name (string replace -r '^.*/models--(.+?)--(.+)/$' '$1/$2' -- $folder)
              for ref in $folder/refs/*
                  set -l revision (string replace -r '^.*/' '' -- $ref)
                  if test $revision = main
                      echo $name
                  else
                      echo $name@$revision
                  end
              end
          end
      end

      complete -c darkroom -f
      """;

  private FishCompletion() {}

  /** The script. */
  static String script(List<ProgramCommand> commands, List<String> bundledModels) {
    StringBuilder script = new StringBuilder(HEAD);
    script.append(
        "set -g __darkroom_commands %s\n\n"
            .formatted(
                commands.stream()
                    .skip(1)
                    .map(command -> quoted(command.words()))
                    .collect(Collectors.joining(" "))));
    for (ProgramCommand command : commands) {
      int depth = command.words().isEmpty() ? 1 : command.words().split(" ").length + 1;
      for (ProgramCommand own : command.ownCommands()) {
        script.append(
            "complete -c darkroom -n '__darkroom_before %d %s' -a %s -d %s\n"
                .formatted(depth, place(command), own.spec().name(), quoted(own.header())));
      }
    }
    // Commands that share an option share its line.
    Map<String, Set<String>> places = new LinkedHashMap<>();
    for (ProgramCommand command : commands) {
      for (OptionSpec option : command.options()) {
        places
            .computeIfAbsent(option(command, option, bundledModels), any -> new LinkedHashSet<>())
            .add(place(command));
      }
      command
          .parameter()
          .map(parameter -> values(Offer.of(parameter, bundledModels)))
          .filter(values -> !values.isEmpty())
          .ifPresent(
              values ->
                  places.computeIfAbsent(values, any -> new LinkedHashSet<>()).add(place(command)));
    }
    places.forEach(
        (what, where) ->
            script.append(
                "complete -c darkroom -n '__darkroom_in %s'%s\n"
                    .formatted(String.join(" ", where), what)));
    return script.toString();
  }

  /** A command's name as a word of a condition, which stands in single quotes. */
  private static String place(ProgramCommand command) {
    return command.words().isEmpty()
        ? "darkroom"
        : command.words().contains(" ") ? "\"" + command.words() + "\"" : command.words();
  }

  private static String option(
      ProgramCommand command, OptionSpec option, List<String> bundledModels) {
    StringBuilder text = new StringBuilder();
    for (String name : command.names(option)) {
      text.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
    }
    text.append(" -d ").append(quoted(FirstSentence.of(option.description())));
    if (ProgramCommand.takesValue(option)) {
      Offer offer = Offer.of(option, bundledModels);
      String values = values(offer);
      text.append(values.isEmpty() ? " -x" : " -r" + values);
    }
    return text.toString();
  }

  private static String values(Offer offer) {
    return switch (offer.source()) {
      case NONE -> "";
      case WORDS -> " -f -a " + quoted(String.join(" ", offer.words()));
      case MODELS ->
          " -F -a " + quoted((String.join(" ", offer.words()) + " (__darkroom_cached)").strip());
      case CACHED_MODELS -> " -f -a '(__darkroom_cached)'";
      case FILES -> " -F";
      case FOLDERS -> " -f -a '(__fish_complete_directories)'";
    };
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
