package io.darkroom.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.darkroom.base.Printable;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.SpeechOption;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code darkroom samplers}: lists samplers and schedules. Needs no model. */
@Command(
    name = "samplers",
    versionProvider = Version.class,
    header = "List the samplers and their schedules.",
    description = {
      "",
      "The names go after --sampler and --schedule. Those of AUTOMATIC1111's web UI and of "
          + "diffusers'"
          + " classes mean the same, as in --sampler 'DPM++ 2M Karras'."
    },
    customSynopsis = "darkroom samplers [OPTIONS]",
    synopsisHeading = "%nUsage: ",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  darkroom samplers",
      "  darkroom samplers --json | jq -r 'select(.kind == \"sampler\").name'"
    })
final class SamplersCommand implements Callable<Integer> {
  /** In which form the list is printed. */
  @Command(optionListHeading = "%nOutput:%n")
  static final class Form {
    @Option(names = "--json", description = "Print JSON objects, one on a line.")
    private boolean json;
  }

  @Mixin private final Form form = new Form();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  private final Surroundings surroundings;
  private final Messages messages;

  /**
   * Creates the command.
   *
   * @param surroundings the process
   * @param messages says what a person should know
   */
  SamplersCommand(Surroundings surroundings, Messages messages) {
    this.surroundings = surroundings;
    this.messages = messages;
  }

  @Override
  public Integer call() throws IOException {
    messages.setLevel(speech.level());
    StandardOutput out = new StandardOutput(surroundings.out());
    if (form.json) {
      for (SamplerKind kind : SamplerKind.values()) {
        out.println(Printable.line(json(kind).toString()), StandardCharsets.UTF_8);
      }
      for (Schedule schedule : Schedule.values()) {
        out.println(Printable.line(json(schedule).toString()), StandardCharsets.UTF_8);
      }
    } else {
      out.println(text(), Charset.defaultCharset());
    }
    return ExitStatus.DONE.code();
  }

  private static String text() {
    StringBuilder text = new StringBuilder("Samplers, for --sampler:\n");
    for (SamplerKind kind : SamplerKind.values()) {
      text.append(row(kind.optionName(), 13, kind.use()));
    }
    text.append("\nSchedules, for --schedule:\n");
    for (Schedule schedule : Schedule.values()) {
      text.append(row(schedule.optionName(), 21, schedule.use()));
    }
    for (SamplerKind kind : SamplerKind.values()) {
      if (kind.schedules().size() < Schedule.values().length) {
        text.append("\n").append(kind.optionName()).append(" has ").append(schedules(kind));
      }
    }
    return text.append("; the others have all schedules").toString();
  }

  private static String row(String name, int width, String use) {
    return "  " + name + " ".repeat(width - name.length()) + use + "\n";
  }

  private static String schedules(SamplerKind kind) {
    return kind.schedules().stream().map(Schedule::optionName).collect(Collectors.joining(", "));
  }

  private static JsonObject json(SamplerKind kind) {
    JsonObject line = new JsonObject();
    line.addProperty("kind", "sampler");
    line.addProperty("name", kind.optionName());
    line.addProperty("display_name", kind.displayName());
    line.addProperty("diffusers_class", kind.schedulerClass());
    JsonArray schedules = new JsonArray();
    kind.schedules().forEach(schedule -> schedules.add(schedule.optionName()));
    line.add("schedules", schedules);
    line.addProperty("use", kind.use());
    return line;
  }

  private static JsonObject json(Schedule schedule) {
    JsonObject line = new JsonObject();
    line.addProperty("kind", "schedule");
    line.addProperty("name", schedule.optionName());
    line.addProperty("display_name", schedule.displayName());
    line.addProperty("use", schedule.use());
    return line;
  }
}
