package io.darkroom.cli;

import io.darkroom.pipeline.DiffusionPipeline;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The program {@code darkroom}: hands the command line to a command and turns failures to statuses.
 */
public final class Darkroom {
  private static final Set<String> NEED_MODEL_COMMANDS = Set.of("models", "generate-completion");

  private final Messages messages;
  private final PrintWriter out;
  private final CommandLine commandLine;
  private final Consumer<CommandLine> modelCommands;

  /**
   * Creates the program.
   *
   * @param surroundings the process that it runs in
   * @param opener opens models
   */
  public Darkroom(Surroundings surroundings, PipelineOpener opener) {
    messages = new Messages(surroundings.err(), surroundings.terminalColumns());
    out =
        new PrintWriter(
            new OutputStreamWriter(surroundings.out(), Charset.defaultCharset()), false);
    commandLine = new CommandLine(new PictureCommand(surroundings, messages, opener));
    OptionalInt columns = surroundings.terminalColumns();
    Help.format(commandLine, columns);
    for (Callable<Integer> command :
        List.of(
            new BatchCommand(surroundings, messages, opener),
            new AgainCommand(surroundings, messages, opener),
            new InspectCommand(surroundings, messages),
            new SamplersCommand(surroundings, messages),
            new BenchCommand(surroundings, messages))) {
      CommandLine subcommand = new CommandLine(command);
      Help.format(subcommand, columns);
      commandLine.addSubcommand(subcommand);
    }
    modelCommands = models -> ModelsCommand.addCommands(models, surroundings, messages, columns);
    CommandLine models = new CommandLine(new ModelsCommand());
    Help.format(models, columns);
    commandLine.addSubcommand(models).addSubcommand(new GenerateCompletion());
    configure();
  }

  private void configure() {
    commandLine
        .setOut(out)
        .setExpandAtFiles(false) // a prompt may begin with an @
        .setParameterExceptionHandler((failure, arguments) -> fail(failure))
        .setExecutionExceptionHandler((failure, command, result) -> fail(failure))
        .setExecutionStrategy(Darkroom::execute);
  }

  /** Options before a command's name are not that command's: they would count for nothing. */
  private static int execute(ParseResult line) {
    if (line.hasSubcommand()) {
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
    return new CommandLine.RunLast().execute(line);
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
      // Each command costs some milliseconds to describe, and most runs need none of these.
      if (arguments.length > 0 && NEED_MODEL_COMMANDS.contains(arguments[0])) {
        modelCommands.accept(commandLine.getSubcommands().get("models"));
        configure();
      }
      int status = commandLine.execute(arguments);
      return out.checkError() ? fail(new IOException("cannot write to standard output")) : status;
    } catch (Error failure) {
      return fail(failure); // picocli takes care of exceptions alone
    }
  }

  private int fail(Throwable failure) {
    Throwable told = ProcessLimits.explained(failure);
    messages.fail(told);
    return ExitStatus.of(told).code();
  }
}
