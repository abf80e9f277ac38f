package io.darkroom.cli.picture;

import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.GpuLibraries;
import io.darkroom.cli.option.PaintingOptions;
import io.darkroom.cli.option.PipelineOpener;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.Setting;
import io.darkroom.request.Starts;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code darkroom again FILE}: paints the picture of a file once more, or a variation of it. */
@Command(
    name = "again",
    versionProvider = Version.class,
    header = "Paint a picture again from its file.",
    description = {
      "",
      "Everything is as the picture's file tells it, except what an option changes. On the same"
          + " device and in the same precision a picture by Darkroom comes out the same, bit by"
          + " bit. A picture by another tool comes out similar at best."
    },
    customSynopsis = "darkroom again [OPTIONS] FILE",
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  darkroom again boat.png",
      "  darkroom again boat.png --steps 100 -o better.png",
      "  darkroom again boat.png -N 8 -o 'more/{seed}.png'"
    })
public final class AgainCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The picture's file. - reads standard input.")
  private String file = "";

  @Mixin private final PromptOption prompt = new PromptOption();
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
  public AgainCommand(Surroundings surroundings, Messages messages, PipelineOpener opener) {
    this.surroundings = surroundings;
    this.messages = messages;
    this.opener = opener;
  }

  @Override
  public Integer call() throws IOException {
    PaintingOptions painting = options.painting();
    messages.setLevel(painting.speech().level());
    painting.sampling().choices().check();
    painting.threads().addTo(painting.compute().options()); // what is wrong is said first
    PaintedPicture picture = PaintedPicture.read(file, surroundings);
    RecordedModel recordedModel =
        new RecordedModel(picture, painting.model(), painting.lora(), messages);
    PictureRun run =
        new PictureRun(surroundings, messages, recordedModel.checking(opener), options);
    picture.warn(messages);
    RecordedOrder recorded = new RecordedOrder(picture);
    PictureOrder order =
        recorded.complete(
            prompt.prompt(),
            painting.series().seed(),
            painting.sampling().choices(),
            new Starts(surroundings.folder(), surroundings::in),
            messages);
    ComputeOptions computeOptions =
        painting
            .threads()
            .addTo(painting.compute().options(recorded.dtype()))
            .withEmbeddings(painting.model().embeddings(surroundings))
            .withLoras(recordedModel.loras(order.prompt()));
    ModelFiles model = recordedModel.locate(surroundings, computeOptions);
    new GpuLibraries(surroundings, messages).prepare(computeOptions.device());
    boolean hasNoRefiner =
        model.refiner().isEmpty()
            && painting.sampling().choices().get(Setting.REFINER_START).isEmpty();
    run.paint(hasNoRefiner ? order.without(Setting.REFINER_START) : order, model, computeOptions);
    return ExitStatus.DONE.code();
  }
}
