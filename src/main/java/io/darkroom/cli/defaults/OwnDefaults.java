package io.darkroom.cli.defaults;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.cli.defaults.ConfigFile.Entry;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSize;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * A user's own defaults for options. The command line counts more than they do; {@link
 * DefaultRules} tells where it makes some of them meaningless.
 *
 * <p>A key is an option's long name without its dashes. It holds for each command that has the
 * option with the same kind of value: {@code steps} is a number for a picture, but a list for
 * {@code bench}, so {@code steps} does not hold for {@code bench}. A command's name before the key,
 * as in {@code bench.steps} or {@code models.pull.variant}, means the option of that command alone;
 * {@code darkroom.output} means the program without a command.
 *
 * <p>picocli asks for a default after it has read the command line, and only for options that are
 * not on it.
 */
public final class OwnDefaults implements IDefaultValueProvider {
  private static final String PROGRAM = "darkroom";
  private static final int CLOSE_ENOUGH = 2;

  /** A shorter value may stand in a message by chance. */
  private static final int SHORTEST_TELLING = 4;

  /** An option that a key may mean. */
  private record Candidate(String command, OptionSpec option) {}

  private final ConfigFile file;
  private final DefaultRules rules;
  private final Map<String, String> environment;

  /** By command and option, as in {@code batch --steps}; the program itself is an empty name. */
  private final Map<String, Entry> values = new LinkedHashMap<>();

  private OwnDefaults(ConfigFile file, Map<String, String> environment) {
    this.file = file;
    this.environment = environment;
    rules = new DefaultRules(environment);
  }

  /**
   * Holds the keys of a file against the options that there are.
   *
   * @param file the file
   * @param program the program with all its commands
   * @param environment the process's variables, which count more than the file
   * @return the defaults
   * @throws InvalidRequestException if a key names no option; the message names file and line
   */
  public static OwnDefaults of(
      ConfigFile file, CommandSpec program, Map<String, String> environment) {
    OwnDefaults defaults = new OwnDefaults(file, environment);
    List<Candidate> all = candidates("", program).toList();
    // A key with a command's name counts more, wherever it stands.
    file.entries().stream()
        .sorted(Comparator.comparing(entry -> entry.key().contains(".")))
        .forEach(entry -> defaults.add(entry, all));
    return defaults;
  }

  private static Stream<Candidate> candidates(String command, CommandSpec spec) {
    Stream<Candidate> own =
        spec.options().stream()
            .filter(option -> !option.hidden() && option.longestName().startsWith("--"))
            .filter(option -> !DefaultRules.isHelp(option))
            .map(option -> new Candidate(command, option));
    return Stream.concat(
        own,
        spec.subcommands().entrySet().stream()
            .filter(sub -> sub.getKey().equals(sub.getValue().getCommandName())) // no alias
            .flatMap(
                sub ->
                    candidates(
                        command.isEmpty() ? sub.getKey() : command + "." + sub.getKey(),
                        sub.getValue().getCommandSpec())));
  }

  private void add(Entry entry, List<Candidate> all) {
    String name = "--" + entry.key().substring(entry.key().lastIndexOf('.') + 1);
    List<Candidate> meant =
        entry.key().contains(".")
            ? named(entry, name, all)
            : shared(
                name,
                all.stream()
                    .filter(candidate -> rules.isShared(candidate.command(), candidate.option()))
                    .toList());
    if (meant.isEmpty()) {
      throw file.fault(entry.line(), unknown(entry, all));
    }
    for (Candidate candidate : meant) {
      if (!rules.isFixed(candidate.command(), candidate.option())) {
        set(candidate, entry);
      } else if (entry.key().contains(".")) {
        throw file.fault(
            entry.line(),
            "'%s' has no effect, since darkroom %s takes this from the picture; remove the line"
                .formatted(OneLine.of(entry.key()), candidate.command()));
      }
    }
  }

  /** The size in one is width and height, so that the command line may change one of them. */
  private void set(Candidate candidate, Entry entry) {
    CommandSpec command = candidate.option().command();
    OptionSpec width = command.findOption("--width");
    OptionSpec height = command.findOption("--height");
    if (candidate.option().longestName().equals("--size") && width != null && height != null) {
      PictureSize size;
      try {
        size = PictureSize.parse(entry.value());
      } catch (InvalidRequestException e) {
        put(candidate, candidate.option(), entry); // told when a command wants it
        return;
      }
      put(candidate, width, new Entry(entry.line(), entry.key(), "" + size.width()));
      put(candidate, height, new Entry(entry.line(), entry.key(), "" + size.height()));
    } else {
      put(candidate, candidate.option(), entry);
    }
  }

  private void put(Candidate candidate, OptionSpec option, Entry entry) {
    Entry other = values.put(slot(candidate.command(), option), entry);
    if (other != null && other.key().contains(".") == entry.key().contains(".")) {
      throw file.fault(
          entry.line(),
          "'%s' and '%s' in line %d say the same twice; remove one of them"
              .formatted(OneLine.of(entry.key()), OneLine.of(other.key()), other.line()));
    }
  }

  /** All options of the name whose value is of the same kind as the first one's. */
  private static List<Candidate> shared(String name, List<Candidate> all) {
    List<Candidate> called =
        all.stream().filter(candidate -> candidate.option().longestName().equals(name)).toList();
    return called.stream()
        .filter(
            candidate ->
                candidate.option().paramLabel().equals(called.get(0).option().paramLabel()))
        .toList();
  }

  private static List<Candidate> named(Entry entry, String name, List<Candidate> all) {
    String prefix = entry.key().substring(0, entry.key().lastIndexOf('.'));
    String command =
        prefix.equals(PROGRAM)
            ? ""
            : prefix.startsWith(PROGRAM + ".") ? prefix.substring(PROGRAM.length() + 1) : prefix;
    return all.stream()
        .filter(candidate -> candidate.command().equals(command))
        .filter(candidate -> candidate.option().longestName().equals(name))
        .toList();
  }

  private static String unknown(Entry entry, List<Candidate> all) {
    List<String> keys = new ArrayList<>();
    for (Candidate candidate : all) {
      String name = candidate.option().longestName().substring(2);
      keys.add(name);
      keys.add((candidate.command().isEmpty() ? PROGRAM : candidate.command()) + "." + name);
    }
    Optional<String> near =
        keys.stream()
            .filter(key -> distance(key, entry.key()) <= CLOSE_ENOUGH)
            .min(Comparator.comparingInt(key -> distance(key, entry.key())));
    return "there is no option '%s'; %s"
        .formatted(
            OneLine.of(entry.key()),
            near.map(key -> "did you mean '" + key + "'?")
                .orElse(
                    "write an option's long name without its dashes (darkroom --help-all lists"
                        + " them)"));
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > CLOSE_ENOUGH) {
      return Integer.MAX_VALUE;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }

  /** A flag gets none here: picocli would take a flag with a default for a switch that turns it. */
  @Override
  public String defaultValue(ArgSpec argument) {
    return argument instanceof OptionSpec option && !isFlag(option) && runs(option.command())
        ? entry(option).map(entry -> withHome(entry.value())).orElse(null)
        : null;
  }

  /** On a command line the shell would put the user's home folder in the place of the sign. */
  private String withHome(String value) {
    String home = environment.getOrDefault("HOME", "");
    return value.startsWith("~/") && !home.isEmpty() ? home + value.substring(1) : value;
  }

  /** Whether it is this command that will run, and not one of its own commands. */
  private static boolean runs(CommandSpec command) {
    return command.subcommands().values().stream().allMatch(own -> own.getParseResult() == null);
  }

  private static boolean isFlag(OptionSpec option) {
    return option.typeInfo().isBoolean();
  }

  /**
   * Sets the flags that the command line leaves open.
   *
   * @param command the command that will run
   * @throws InvalidRequestException if a value is neither true nor false; the message names file
   *     and line
   */
  public void setFlags(CommandSpec command) {
    for (OptionSpec option : command.options()) {
      Optional<Entry> entry = isFlag(option) ? entry(option) : Optional.empty();
      if (entry.isPresent() && !DefaultRules.isSaid(option)) {
        String value = entry.get().value();
        if (!value.equals("true") && !value.equals("false")) {
          throw file.fault(
              entry.get().line(),
              "%s is true or false, not '%s'"
                  .formatted(OneLine.of(entry.get().key()), OneLine.of(value)));
        }
        option.setValue(Boolean.valueOf(value));
      }
    }
  }

  private Optional<Entry> entry(OptionSpec option) {
    CommandSpec command = option.command();
    return Optional.ofNullable(values.get(slot(command(command), option)))
        .filter(entry -> rules.count(option, name -> isSet(command, name)));
  }

  /** Whether an option is on the command line, or in the file with a value that means something. */
  private boolean isSet(CommandSpec command, String name) {
    OptionSpec option = command.findOption(name);
    if (option == null) {
      return false;
    }
    Entry entry = values.get(slot(command(command), option));
    return DefaultRules.isSaid(option) || (entry != null && !entry.value().equals("false"));
  }

  private static String command(CommandSpec spec) {
    String words = spec.qualifiedName(".");
    return words.equals(PROGRAM) ? "" : words.substring(PROGRAM.length() + 1);
  }

  private static String slot(String command, OptionSpec option) {
    return command + " " + option.longestName();
  }

  /**
   * Explains a failure for which a value of the file is to blame.
   *
   * @param failure what ended the work
   * @param command the command that ran, or was to run
   * @return a failure of the same kind that names file and line, too; the same if the file has no
   *     part in it
   */
  public Throwable explained(Throwable failure, CommandSpec command) {
    if (failure instanceof ParameterException refused
        && refused.getArgSpec() instanceof OptionSpec option
        && !DefaultRules.isSaid(option)) {
      return entry(option)
          .map(entry -> (Throwable) file.fault(entry.line(), refusal(refused, entry)))
          .orElse(failure);
    }
    boolean isExplicable =
        failure instanceof InvalidRequestException || failure instanceof ModelException;
    Optional<Entry> blamed =
        isExplicable ? blamed(String.valueOf(failure.getMessage()), command) : Optional.empty();
    if (blamed.isEmpty()) {
      return failure;
    }
    String message =
        "%s (%s, line %d: %s = %s)"
            .formatted(
                failure.getMessage(),
                file.path(),
                blamed.get().line(),
                OneLine.of(blamed.get().key()),
                OneLine.of(blamed.get().value()));
    return failure instanceof ModelException
        ? new ModelException(message, failure)
        : new InvalidRequestException(message);
  }

  private static String refusal(ParameterException refused, Entry entry) {
    String reason =
        refused.getMessage().replaceFirst("^Invalid value for option '[^']*'( \\([^)]*\\))?: ", "");
    return "%s (%s = %s)".formatted(reason, OneLine.of(entry.key()), OneLine.of(entry.value()));
  }

  /** The entry whose option or value the message names. */
  private Optional<Entry> blamed(String message, CommandSpec command) {
    return command.options().stream()
        .filter(option -> !option.hidden() && !DefaultRules.isSaid(option))
        .flatMap(
            option ->
                entry(option).stream()
                    .filter(
                        entry ->
                            message.matches(
                                    "(?s).*" + Pattern.quote(option.longestName()) + "\\b(?!-).*")
                                || (entry.value().length() >= SHORTEST_TELLING
                                    && message.contains(entry.value()))))
        .findFirst();
  }

  /** {@return the file} */
  public ConfigFile file() {
    return file;
  }
}
