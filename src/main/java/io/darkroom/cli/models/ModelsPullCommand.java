package io.darkroom.cli.models;

import com.google.gson.JsonObject;
import io.darkroom.base.Printable;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.HubModels;
import io.darkroom.cli.option.JsonOption;
import io.darkroom.cli.option.SpeechOption;
import io.darkroom.cli.option.Words;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.hub.CachedModel;
import io.darkroom.hub.HubId;
import io.darkroom.hub.WeightVariant;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code darkroom models pull ID}: downloads a model, or brings it up to date. */
@Command(
    name = "pull",
    versionProvider = Version.class,
    header = "Download a model, or bring it up to date; prints its folder.",
    description = {
      "",
      "Fetches what Darkroom needs of it and nothing else: settings, tokenizer, and the weights in "
          + "one precision, as safetensors. A download that broke goes on where it ended."
    },
    customSynopsis = "darkroom models pull [OPTIONS] ID",
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    exitCodeListHeading = "%nExit status:%n")
final class ModelsPullCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "ID",
      description = "The model on the hub: organization/name[@revision].")
  private String id = "";

  @Mixin private final Weights weights = new Weights();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  /** Which weights, where a repository has them in two precisions. */
  @Command(optionListHeading = "%nWeights:%n")
  static final class Weights {
    @Option(
        names = "--variant",
        paramLabel = "VARIANT",
        completionCandidates = Words.Variants.class,
        description =
            "Which weights to download. With fp16 they are those in half precision, if the model "
                + "has them.")
    private Optional<String> variant = Optional.empty();

    WeightVariant wanted() {
      if (variant.isPresent() && !variant.get().equals("fp16")) {
        throw new InvalidRequestException(
            "--variant '" + variant.get() + "' is not known; use fp16, or leave it out");
      }
      return variant.isPresent() ? WeightVariant.FP16 : WeightVariant.PLAIN;
    }
  }

  private final HubModels hub;

  /**
   * Creates the command.
   *
   * @param hub the models
   */
  ModelsPullCommand(HubModels hub) {
    this.hub = hub;
  }

  @Override
  public Integer call() throws IOException {
    hub.messages().setLevel(speech.level());
    HubId wanted = HubModels.id(id);
    HubModels.Downloaded downloaded = hub.download(wanted, weights.wanted());
    CachedModel model = downloaded.model();
    StandardOutput out = new StandardOutput(hub.surroundings().out());
    if (json.isJson()) {
      JsonObject line = new JsonObject();
      line.addProperty("id", model.id().repository());
      line.addProperty("revision", model.id().revision());
      line.addProperty("commit", model.commit());
      line.addProperty("path", model.path().toString());
      line.addProperty("bytes", model.bytes());
      line.addProperty("downloaded_bytes", downloaded.receivedBytes());
      out.println(Printable.line(line.toString()), StandardCharsets.UTF_8);
    } else {
      out.println(model.path().toString(), Charset.defaultCharset());
    }
    return ExitStatus.DONE.code();
  }
}
