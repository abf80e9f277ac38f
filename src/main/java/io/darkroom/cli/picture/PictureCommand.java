package io.darkroom.cli.picture;

import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.GpuLibraries;
import io.darkroom.cli.option.PaintingOptions;
import io.darkroom.cli.option.PipelineOpener;
import io.darkroom.cli.option.SamplingOptions;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.Starts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code darkroom [OPTIONS] PROMPT...}: paints what the prompt says, one picture a seed. */
@Command(
    name = "darkroom",
    versionProvider = Version.class,
    header = "Text to image at the terminal.",
    customSynopsis = {"darkroom [OPTIONS] PROMPT...", "       darkroom COMMAND [ARGUMENTS]"},
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  darkroom \"a red house by a tree on a snowy hill at night\"",
      "  darkroom -N 4 -o 'boats/{seed}.png' a white boat on the sea",
      "  echo \"a windmill at dawn\" | darkroom - -o - > windmill.png",
      "  darkroom again windmill.png --steps 100"
    })
public final class PictureCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PROMPT...",
      hideParamSyntax = true,
      arity = "0..*",
      parameterConsumer = PromptText.Words.class,
      description =
          "What to paint. Words are joined by spaces; - reads standard input. A prompt that begins"
              + " with a command's name or a dash goes after --, and so does a single word that is"
              + " nearly a command's name.")
  private final List<String> words = new ArrayList<>();

  @Mixin private final PictureOptions options = new PictureOptions();

  private final Surroundings surroundings;
  private final Messages messages;
  private final PipelineOpener opener;

  /**
   * Creates the command.
   *
   * @param surroundings the process
   * @param messages says what a person should know
   * @param opener opens the model
   */
  public PictureCommand(Surroundings surroundings, Messages messages, PipelineOpener opener) {
    this.surroundings = surroundings;
    this.messages = messages;
    this.opener = opener;
  }

  @Override
  public Integer call() throws IOException {
    PaintingOptions painting = options.painting();
    SamplingOptions sampling = painting.sampling();
    messages.setLevel(painting.speech().level());
    sampling.choices().check();
    ComputeOptions compute =
        painting
            .threads()
            .addTo(painting.compute().options())
            .withEmbeddings(painting.model().embeddings(surroundings));
    PictureRun run = new PictureRun(surroundings, messages, opener, options);
    if (PromptText.isStandardInput(words) && sampling.readsStandardInput()) {
      throw new InvalidRequestException(
          "standard input can be the prompt or the picture, not both; name a file for the picture");
    }
    String prompt = PromptText.of(words, surroundings.in());
    Starts starts = new Starts(surroundings.folder(), surroundings::in);
    PictureOrder order =
        new PictureOrder(prompt, painting.series().firstSeed(), starts.choose(sampling.choices()));
    ComputeOptions all = compute.withLoras(painting.lora().choices(prompt));
    ModelFiles model = painting.model().locate(surroundings, messages, all);
    new GpuLibraries(surroundings, messages).prepare(all.device());
    run.paint(order, model, all);
    return ExitStatus.DONE.code();
  }
}
