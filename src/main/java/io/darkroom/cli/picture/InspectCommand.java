package io.darkroom.cli.picture;

import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.SpeechOption;
import io.darkroom.cli.output.StandardOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code darkroom inspect FILE...}: tells what pictures were made with. Needs no model. */
@Command(
    name = "inspect",
    versionProvider = Version.class,
    header = "Show what pictures were made with.",
    description = {
      "",
      "Reads PNG, JPEG and WebP files by Darkroom, by AUTOMATIC1111's web UI and its like, and by"
          + " ComfyUI, InvokeAI, Fooocus, SwarmUI, Easy Diffusion, NovelAI and Draw Things. A file"
          + " that tells nothing is an error; the other files are shown all the same."
    },
    customSynopsis = "darkroom inspect [OPTIONS] FILE...",
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  darkroom inspect boat.png",
      "  darkroom inspect --json pictures/*.png | jq -r '[.path, .seed] | @tsv'"
    })
public final class InspectCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "FILE...",
      hideParamSyntax = true,
      arity = "1..*",
      description = "The pictures' files. - reads standard input.")
  private final List<String> files = new ArrayList<>();

  @Mixin private final InspectionOption inspection = new InspectionOption();
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
  public InspectCommand(Surroundings surroundings, Messages messages) {
    this.surroundings = surroundings;
    this.messages = messages;
  }

  @Override
  public Integer call() throws IOException {
    messages.setLevel(speech.level());
    Inspection form = inspection.form();
    StandardOutput out = new StandardOutput(surroundings.out());
    ExitStatus status = ExitStatus.DONE;
    String separator = "";
    for (String file : files) {
      PaintedPicture picture;
      try {
        picture = PaintedPicture.read(file, surroundings);
      } catch (IOException e) {
        messages.fail(e);
        status = ExitStatus.FAILED;
        continue;
      }
      picture.warn(messages);
      out.println(separator + form.text(picture), form.charset());
      separator = form.separator();
    }
    return status.code();
  }
}
