package io.darkroom.cli.models;

import com.google.gson.JsonObject;
import io.darkroom.base.Printable;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.HubModels;
import io.darkroom.cli.option.JsonOption;
import io.darkroom.cli.option.SpeechOption;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.hub.ByteCount;
import io.darkroom.hub.HubCache;
import io.darkroom.hub.HubId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code darkroom models remove ID}: frees the room that a model takes in the cache. */
@Command(
    name = "remove",
    versionProvider = Version.class,
    header = "Remove a model from the cache.",
    customSynopsis = "darkroom models remove [OPTIONS] ID",
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    exitCodeListHeading = "%nExit status:%n")
final class ModelsRemoveCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "ID",
      description = {
        "A model in the cache. With @revision that revision alone, else all of them.",
      })
  private String id = "";

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  private final HubModels hub;

  /**
   * Creates the command.
   *
   * @param hub the models
   */
  ModelsRemoveCommand(HubModels hub) {
    this.hub = hub;
  }

  @Override
  public Integer call() throws IOException {
    hub.messages().setLevel(speech.level());
    HubId wanted = HubModels.id(id);
    HubCache cache = hub.cache();
    boolean one = id.contains("@");
    long freed = one ? cache.removeRevision(wanted) : cache.remove(wanted);
    hub.messages().note("removed " + id + ": " + ByteCount.text(freed) + " are free again");
    if (json.isJson()) {
      JsonObject line = new JsonObject();
      line.addProperty("id", wanted.repository());
      if (one) {
        line.addProperty("revision", wanted.revision());
      }
      line.addProperty("freed_bytes", freed);
      new StandardOutput(hub.surroundings().out())
          .println(Printable.line(line.toString()), StandardCharsets.UTF_8);
    }
    return ExitStatus.DONE.code();
  }
}
