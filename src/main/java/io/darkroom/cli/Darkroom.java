package io.darkroom.cli;

import io.darkroom.batch.OptionValues;
import io.darkroom.cli.batch.BatchCommand;
import io.darkroom.cli.bench.BenchCommand;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.ProcessLimits;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.defaults.ConfigFile;
import io.darkroom.cli.defaults.OwnDefaults;
import io.darkroom.cli.doctor.DoctorCommand;
import io.darkroom.cli.models.ModelsCommand;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.PipelineOpener;
import io.darkroom.cli.output.ClosedOutputException;
import io.darkroom.cli.output.PrintedText;
import io.darkroom.cli.picture.AgainCommand;
import io.darkroom.cli.picture.InspectCommand;
import io.darkroom.cli.picture.PictureCommand;
import io.darkroom.cli.picture.UpscaleCommand;
import io.darkroom.cli.reference.CompletionCommand;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program {@code darkroom}: hands the command line to a command and turns failures to statuses.
 */
public final class Darkroom {
  private static final Set<String> NEED_MODEL_COMMANDS =
      Set.of("models", "help", "doctor", "completion", "generate-completion");

  /** These work whatever is wrong with the config file. */
  private static final Set<String> WITHOUT_CONFIG =
      Set.of("help", "doctor", "completion", "generate-completion");

  private static final String END_OF_OPTIONS = "--";

  private final Messages messages;
  private final PrintedText out;
  private final CommandLine commandLine;
  private final Consumer<CommandLine> modelCommands;
  private final Map<String, String> environment;
  private final MistypedCommand mistyped;
  private Optional<OwnDefaults> defaults = Optional.empty();
  private Optional<InvalidRequestException> configFault = Optional.empty();

  /**
   * Creates the program.
   *
   * @param surroundings the process that it runs in
   * @param opener opens models
   */
  public Darkroom(Surroundings surroundings, PipelineOpener opener) {
    messages = new Messages(surroundings.err(), surroundings.terminalColumns());
    out = new PrintedText(surroundings.out());
    Function<Callable<Integer>, CommandLine> line =
        command -> Help.format(new CommandLine(command), surroundings.terminalColumns());
    commandLine = line.apply(new PictureCommand(surroundings, messages, opener));
    Stream.of(
            new BatchCommand(surroundings, messages, opener),
            new AgainCommand(surroundings, messages, opener),
            new UpscaleCommand(surroundings, messages),
            new InspectCommand(surroundings, messages),
            new SamplersCommand(surroundings, messages),
            new BenchCommand(surroundings, messages),
            new ModelsCommand(),
            new DoctorCommand(surroundings, messages),
            new CompletionCommand(surroundings))
        .map(line)
        .forEach(commandLine::addSubcommand);
    // As it was called when it printed for bash alone; people's start-up files say so.
    CommandLine earlier = line.apply(new CompletionCommand(surroundings));
    earlier.getCommandSpec().usageMessage().hidden(true);
    commandLine
        .addSubcommand("generate-completion", earlier)
        .addSubcommand(line.apply(new HelpCommand()));
    modelCommands =
        models ->
            Stream.concat(
                    ModelsCommand.commands(surroundings, messages).stream(),
                    Stream.of(new HelpCommand()))
                .map(line)
                .forEach(models::addSubcommand);
    configure();
    environment = surroundings.environment();
    // The names as they are now: the first word of a prompt takes the commands away.
    Set<String> names = Set.copyOf(commandLine.getSubcommands().keySet());
    mistyped = new MistypedCommand(names, name -> ownCommands(name, names), surroundings.folder());
  }

  private void configure() {
    OptionValues.register(commandLine)
        .setOut(out.writer())
        .setExpandAtFiles(false) // a prompt may begin with an @
        .setInterpolateVariables(false) // and so may a default be any text
        .setParameterExceptionHandler(
            (failure, arguments) -> fail(failure, failure.getCommandLine()))
        .setExecutionExceptionHandler((failure, command, result) -> fail(failure, command))
        .setExecutionStrategy(this::execute);
  }

  private Collection<String> ownCommands(String name, Set<String> names) {
    return switch (name) {
      case "help" -> names;
      case "models" -> {
        CommandLine models = new CommandLine(new ModelsCommand());
        modelCommands.accept(models);
        yield models.getSubcommands().keySet();
      }
      default -> Set.of();
    };
  }

  /** Options before a command's name are not that command's: they would count for nothing. */
  private int execute(ParseResult line) {
    CommandLine command = deepest(line).commandSpec().commandLine();
    try {
      ReadableText.check(environment);
      requireNoMistake(line);
      if (isWholeHelpAsked(line)) {
        Help.in(Help.Form.WHOLE, command).usage(out.writer());
        return ExitStatus.DONE.code();
      }
      if (!isHelpAsked(line)) {
        useDefaults(command);
      }
    } catch (InvalidRequestException e) {
      return fail(e);
    }
    return new CommandLine.RunLast().execute(line);
  }

  private static ParseResult deepest(ParseResult line) {
    return line.hasSubcommand() ? deepest(line.subcommand()) : line;
  }

  private static boolean isWholeHelpAsked(ParseResult line) {
    return line.hasMatchedOption(HelpOption.ALL)
        || (line.hasSubcommand() && isWholeHelpAsked(line.subcommand()));
  }

  private static boolean isHelpAsked(ParseResult line) {
    return line.isUsageHelpRequested()
        || line.isVersionHelpRequested()
        || (line.hasSubcommand() && isHelpAsked(line.subcommand()));
  }

  private void useDefaults(CommandLine command) {
    if (!WITHOUT_CONFIG.contains(command.getCommandName())) {
      configFault.ifPresent(
          fault -> {
            throw fault;
          });
    }
    defaults.ifPresent(own -> own.setFlags(command.getCommandSpec()));
  }

  private void requireNoMistake(ParseResult line) {
    if (line.hasSubcommand()) {
      // The one command that is not Darkroom's own takes whatever stands behind it.
      List<String> rest = line.subcommand().unmatched();
      if (!rest.isEmpty()) {
        throw new UnmatchedArgumentException(line.subcommand().commandSpec().commandLine(), rest);
      }
      for (OptionSpec option : line.matchedOptions()) {
        if (!option.usageHelp() && !option.versionHelp()) {
          throw new ParameterException(
              line.commandSpec().commandLine(),
              option.longestName()
                  + " goes after the command's name: darkroom "
                  + line.subcommand().commandSpec().name()
                  + " "
                  + option.longestName()
                  + "; a prompt that begins with this name goes after --");
        }
      }
    }
    if (!line.hasSubcommand() && !line.originalArgs().contains(END_OF_OPTIONS)) {
      List<String> words = line.commandSpec().positionalParameters().get(0).getValue();
      mistyped.find(words).ifPresent(name -> ask(name, words));
    }
  }

  private static void ask(String name, List<String> words) {
    throw new InvalidRequestException(
        "there is no command '%s'; did you mean darkroom %s? To use these words as a prompt, write: darkroom -- %s"
            .formatted(words.get(0), name, String.join(" ", words)));
  }

  /**
   * Runs the program in this process and ends the process with its status.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    // A lambda rather than a method reference, so that --help does not load the engine's classes.
    Darkroom darkroom =
        new Darkroom(
            Surroundings.ofProcess(), (model, options) -> DiffusionPipeline.open(model, options));
    System.exit(darkroom.run(arguments));
  }

  /**
   * Runs the program.
   *
   * @param arguments the command line
   * @return the status for the operating system, as {@link ExitStatus} lists them
   */
  public int run(String... arguments) {
    try {
      ReadableText.check(List.of(arguments));
      // Each command costs some milliseconds to describe, and most runs need none of these.
      if (List.of(arguments).stream().anyMatch(NEED_MODEL_COMMANDS::contains)) {
        describeModelCommands();
      }
      readConfig();
      int status = commandLine.execute(arguments);
      out.finish();
      return status;
    } catch (InvalidRequestException | IOException | Error failure) {
      return fail(failure); // picocli takes care of a command's exceptions alone
    }
  }

  /** A fault is told when it is known that the command heeds the file. */
  private void readConfig() {
    try {
      Optional<ConfigFile> file = ConfigFile.find(environment);
      if (file.isPresent()) {
        describeModelCommands();
        OwnDefaults own = OwnDefaults.of(file.get(), commandLine.getCommandSpec(), environment);
        commandLine.setDefaultValueProvider(own);
        defaults = Optional.of(own);
      }
    } catch (InvalidRequestException e) {
      configFault = Optional.of(e);
    }
  }

  /** The definitions of all commands, for documents; no model can be opened by them. */
  static CommandSpec describe(Surroundings surroundings) {
    return new Darkroom(
            surroundings,
            (model, options) -> {
              throw new IllegalStateException("no model is needed");
            })
        .describeModelCommands()
        .getCommandSpec();
  }

  /** The program as picocli knows it, with all commands and each one's own. */
  CommandLine describeModelCommands() {
    CommandLine models = commandLine.getSubcommands().get("models");
    if (models.getSubcommands().isEmpty()) {
      modelCommands.accept(models);
      configure();
    }
    return commandLine;
  }

  private int fail(Throwable failure, CommandLine command) {
    return fail(
        defaults.map(own -> own.explained(failure, command.getCommandSpec())).orElse(failure));
  }

  private int fail(Throwable failure) {
    if (failure instanceof ClosedOutputException) {
      return ExitStatus.DONE.code(); // as much was read as somebody wanted
    }
    Throwable told = ProcessLimits.explained(failure);
    messages.fail(told);
    return ExitStatus.of(told).code();
  }
}
