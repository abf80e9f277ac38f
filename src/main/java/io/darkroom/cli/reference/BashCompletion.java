package io.darkroom.cli.reference;

import io.darkroom.cli.reference.Offer.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;

/** The completion for bash. It starts no process: models are names of folders. */
final class BashCompletion {
  private static final String HEAD =
      """
      # Completion of darkroom's command line for bash. "darkroom completion bash" prints it.

      # The diffusion models in the hub's cache, into the array "found".
      _darkroom_cached() {
        local cache folder name ref
        cache=${HF_HUB_CACHE:-${HUGGINGFACE_HUB_CACHE:-${HF_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/huggingface}/hub}}
        case $cache in '~/'*) cache=$HOME/${cache#??} ;; esac
        for folder in "$cache"/models--*--*/; do
          compgen -G "${folder}snapshots/*/model_index.json" >/dev/null || continue
          name=${folder%/}
          name=${name##*/models--}
          name=${name%%--*}/${name#*--}
          for ref in "$folder"refs/*; do
            [ -f "$ref" ] || continue
            case ${ref##*/} in
              main) found+=("$name") ;;
              *) found+=("$name@${ref##*/}") ;;
            esac
          done
        done
      }
      """;

  private static final String TAIL =
      """

      _darkroom() {
        local line=${COMP_LINE:0:COMP_POINT} words=() starts=1 token='' i
        # readline ends words at =, : and @ as well: they are joined again.
        for ((i = 0; i <= COMP_CWORD; i++)); do
          token=${COMP_WORDS[i]}
          case $line in [[:blank:]]*) line=${line#"${line%%[![:blank:]]*}"} starts=1 ;; esac
          [ "$i" -lt "$COMP_CWORD" ] || token=$line
          if [ -n "$starts" ]; then words+=("$token"); else words[${#words[@]}-1]+=$token; fi
          line=${line#"$token"} starts=
        done
        local last=$((${#words[@]} - 1))
        local current=${words[last]} before=
        case $token in
          '' | *[!=:@]*) before=${current%"$token"} ;;
          *) before=$current ;;
        esac

        local command='' first=1
        if [ "$last" -gt 1 ] && _darkroom_is_command "${words[1]}"; then
          command=${words[1]} first=2
          if [ "$last" -gt 2 ] && _darkroom_is_command "$command ${words[2]}"; then
            command="$command ${words[2]}" first=3
          fi
        fi
        for ((i = first; i < last; i++)); do
          [ "${words[i]}" != -- ] || return 0
        done

        local value=$current prefix='' source='' offered='' found=() word
        case $current in
          --*=*)
            prefix=${current%%=*}=
            value=${current#*=}
            _darkroom_offer "$command" "${current%%=*}"
            ;;
          *)
            case ${words[last-1]} in -*) _darkroom_offer "$command" "${words[last-1]}" ;; esac
            if [ -z "$source" ]; then
              case $current in
                -*) _darkroom_options "$command" ;;
                *)
                  _darkroom_offer "$command" ''
                  [ "$last" -ne "$first" ] || _darkroom_commands "$command"
                  ;;
              esac
            fi
            ;;
        esac
        case $source in
          cached | models) _darkroom_cached ;;
          folders)
            compopt -o filenames 2>/dev/null
            while IFS= read -r word; do found+=("$word"); done < <(compgen -d -- "$value")
            ;;
        esac
        # shellcheck disable=SC2206  # the offered words hold nothing that a shell would change
        found+=($offered)
        COMPREPLY=()
        for word in ${found[@]+"${found[@]}"}; do
          case $word in "$value"*) word=$prefix$word; COMPREPLY+=("${word#"$before"}") ;; esac
        done
        # Without a word of its own the shell offers files; that is right for files alone.
        case $source in files | models) ;; *) compopt +o default 2>/dev/null ;; esac
        return 0
      }

      complete -o default -F _darkroom darkroom
      """;

  private BashCompletion() {}

  /** The script. */
  static String script(List<ProgramCommand> commands, List<String> bundledModels) {
    return HEAD
        + isCommand(commands)
        + commands(commands)
        + options(commands)
        + offers(commands, bundledModels)
        + TAIL;
  }

  private static String isCommand(List<ProgramCommand> commands) {
    return "\n_darkroom_is_command() {\n  case $1 in\n    "
        + commands.stream()
            .skip(1)
            .map(command -> quoted(command.words()))
            .collect(Collectors.joining(" | "))
        + ") ;;\n    *) return 1 ;;\n  esac\n}\n";
  }

  private static String commands(List<ProgramCommand> commands) {
    StringBuilder cases = new StringBuilder();
    for (ProgramCommand command : commands) {
      List<ProgramCommand> own = command.ownCommands();
      if (!own.isEmpty()) {
        cases.append(
            "    %s) offered+=' %s' ;;\n"
                .formatted(
                    quoted(command.words()),
                    own.stream().map(sub -> sub.spec().name()).collect(Collectors.joining(" "))));
      }
    }
    return "\n_darkroom_commands() {\n  case $1 in\n" + cases + "  esac\n}\n";
  }

  private static String options(List<ProgramCommand> commands) {
    StringBuilder cases = new StringBuilder();
    for (ProgramCommand command : commands) {
      String names =
          command.options().stream()
              .flatMap(option -> command.names(option).stream())
              .collect(Collectors.joining(" "));
      cases.append("    %s) offered='%s' ;;\n".formatted(quoted(command.words()), names));
    }
    return "\n_darkroom_options() {\n  source=words\n  case $1 in\n" + cases + "  esac\n}\n";
  }

  /** Options with the same offer share a line. An option without a value has none. */
  private static String offers(List<ProgramCommand> commands, List<String> bundledModels) {
    Map<Offer, List<String>> keys = new LinkedHashMap<>();
    for (ProgramCommand command : commands) {
      for (OptionSpec option : command.options()) {
        if (ProgramCommand.takesValue(option)) {
          List<String> slots =
              keys.computeIfAbsent(Offer.of(option, bundledModels), any -> new ArrayList<>());
          command.names(option).forEach(name -> slots.add(slot(command, name)));
        }
      }
      command
          .parameter()
          .map(parameter -> Offer.of(parameter, bundledModels))
          .filter(offer -> offer.source() != Source.NONE)
          .ifPresent(
              offer ->
                  keys.computeIfAbsent(offer, any -> new ArrayList<>()).add(slot(command, "")));
    }
    StringBuilder cases = new StringBuilder();
    keys.forEach(
        (offer, slots) ->
            cases.append(
                "    %s)\n      source=%s offered='%s'\n      ;;\n"
                    .formatted(
                        String.join(" | ", slots),
                        switch (offer.source()) {
                          case NONE -> "none";
                          case WORDS -> "words";
                          case MODELS -> "models";
                          case CACHED_MODELS -> "cached";
                          case FILES -> "files";
                          case FOLDERS -> "folders";
                        },
                        String.join(" ", offer.words()))));
    return "\n_darkroom_offer() {\n  case \"$1:$2\" in\n" + cases + "  esac\n}\n";
  }

  private static String slot(ProgramCommand command, String option) {
    return quoted(command.words() + ":" + option);
  }

  private static String quoted(String text) {
    return "'" + text + "'";
  }
}
