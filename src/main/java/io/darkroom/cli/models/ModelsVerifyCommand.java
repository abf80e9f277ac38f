package io.darkroom.cli.models;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.darkroom.base.Printable;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.HubModels;
import io.darkroom.cli.option.JsonOption;
import io.darkroom.cli.option.SpeechOption;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.hub.ByteCount;
import io.darkroom.hub.HubId;
import io.darkroom.hub.Verification;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code darkroom models verify ID}: holds each file of a model against its checksum. */
@Command(
    name = "verify",
    versionProvider = Version.class,
    header = "Check a model's files against their checksums.",
    description = {"", "Prints the files that are wrong; the status is 3 then."},
    customSynopsis = "darkroom models verify [OPTIONS] ID",
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    exitCodeListHeading = "%nExit status:%n")
final class ModelsVerifyCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "ID",
      description = "A model in the cache. All its revisions are checked.")
  private String id = "";

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  private final HubModels hub;
  private long read;

  /**
   * Creates the command.
   *
   * @param hub the models
   */
  ModelsVerifyCommand(HubModels hub) {
    this.hub = hub;
  }

  @Override
  public Integer call() throws IOException {
    Messages messages = hub.messages();
    messages.setLevel(speech.level());
    HubId wanted = HubModels.id(id);
    Verification found =
        hub.cache()
            .verify(
                wanted,
                bytes -> {
                  read += bytes;
                  messages.status("checking, " + ByteCount.text(read));
                });
    messages.clearStatus();
    StandardOutput out = new StandardOutput(hub.surroundings().out());
    if (json.isJson()) {
      out.println(Printable.line(json(wanted, found).toString()), StandardCharsets.UTF_8);
    } else {
      for (Verification.Fault fault : found.faults()) {
        out.println(Printable.line(fault.path() + ": " + fault.reason()), Charset.defaultCharset());
      }
    }
    if (found.unchecked() > 0) {
      messages.warn(found.unchecked() + " files have no checksum to compare with");
    }
    if (!found.faults().isEmpty()) {
      messages.complain(
          wanted.repository()
              + " is damaged; darkroom models remove "
              + wanted.repository()
              + " and then pull download it again");
      return ExitStatus.MODEL.code();
    }
    messages.note(
        wanted.repository()
            + " is whole: "
            + found.checked()
            + " checksums, "
            + ByteCount.text(found.bytes()));
    return ExitStatus.DONE.code();
  }

  private static JsonObject json(HubId id, Verification found) {
    JsonObject line = new JsonObject();
    line.addProperty("id", id.repository());
    line.addProperty("whole", found.faults().isEmpty());
    line.addProperty("checked", found.checked());
    line.addProperty("unchecked", found.unchecked());
    line.addProperty("bytes", found.bytes());
    JsonArray faults = new JsonArray();
    for (Verification.Fault fault : found.faults()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("path", fault.path());
      entry.addProperty("reason", fault.reason());
      faults.add(entry);
    }
    line.add("faults", faults);
    return line;
  }
}
