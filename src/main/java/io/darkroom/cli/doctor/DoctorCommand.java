package io.darkroom.cli.doctor;

import io.darkroom.base.FileFailure;
import io.darkroom.base.OneLine;
import io.darkroom.base.Printable;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.LogConfiguration;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.JsonOption;
import io.darkroom.cli.option.SpeechOption;
import io.darkroom.cli.output.StandardOutput;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code darkroom doctor}: looks at all that Darkroom needs. Each finding is printed at once, so
 * that what is known is there even if a broken library ends the process.
 */
@Command(
    name = "doctor",
    versionProvider = Version.class,
    header = "Check this machine and your settings, and tell what to do.",
    description = {
      "",
      "Looks at Java, the processor, memory, limits, GPUs, libtorch, models, folders, the terminal"
          + " and the config file. It changes nothing. The exit status is 1 if something keeps"
          + " Darkroom from painting."
    },
    customSynopsis = "darkroom doctor [OPTIONS]",
    synopsisHeading = "%nUsage: ",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  darkroom doctor",
      "  darkroom doctor --json | jq -r 'select(.state != \"good\").advice'"
    })
public final class DoctorCommand implements Callable<Integer> {
  private static final int NAME_WIDTH = 9;

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  @Spec private CommandSpec spec;

  private final Surroundings surroundings;
  private final Messages messages;

  /**
   * Creates the command.
   *
   * @param surroundings the process
   * @param messages says what a person should know
   */
  public DoctorCommand(Surroundings surroundings, Messages messages) {
    this.surroundings = surroundings;
    this.messages = messages;
  }

  @Override
  public Integer call() throws IOException {
    messages.setLevel(speech.level());
    if (messages.isVerbose()) {
      LogConfiguration.show();
    }
    // libtorch is the last: it may end the process, or print something by itself.
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.putAll(new SetupChecks(surroundings, messages, spec.root()).all());
    checks.putAll(MachineChecks.all());
    checks.putAll(new EngineChecks(surroundings.environment()).all());
    StandardOutput out = new StandardOutput(surroundings.out());
    ExitStatus status = ExitStatus.DONE;
    for (Map.Entry<String, Check> check : checks.entrySet()) {
      Finding finding = look(check.getKey(), check.getValue());
      if (finding.state() == Finding.State.PROBLEM) {
        status = ExitStatus.FAILED;
      }
      if (json.isJson()) {
        out.println(Printable.line(finding.json().toString()), StandardCharsets.UTF_8);
      } else {
        out.println(Printable.lines(finding.line(NAME_WIDTH)), Charset.defaultCharset());
      }
    }
    return status.code();
  }

  /** A look that fails is a finding, too: the others are taken all the same. */
  private static Finding look(String name, Check check) {
    try {
      return check.look();
    } catch (IOException e) {
      return failed(name, FileFailure.reason(e));
    } catch (RuntimeException | LinkageError e) {
      return failed(name, e.toString());
    }
  }

  private static Finding failed(String name, String reason) {
    return Finding.problem(
        name,
        "could not be checked: " + OneLine.of(reason),
        "Mend this first; the other lines tell what is there.");
  }
}
