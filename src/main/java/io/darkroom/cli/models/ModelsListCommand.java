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
import io.darkroom.hub.CachedModel;
import io.darkroom.hub.HubCache;
import io.darkroom.model.PipelineFamily;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code darkroom models list}: the diffusion models in the cache. */
@Command(
    name = "list",
    versionProvider = Version.class,
    header = "List the diffusion models in the cache: id, revision, size, family.",
    customSynopsis = "darkroom models list [OPTIONS]",
    synopsisHeading = "%nUsage: ",
    exitCodeListHeading = "%nExit status:%n")
final class ModelsListCommand implements Callable<Integer> {
  private static final int COMMIT_DIGITS = 8;

  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  private final HubModels hub;

  /**
   * Creates the command.
   *
   * @param hub the models
   */
  ModelsListCommand(HubModels hub) {
    this.hub = hub;
  }

  @Override
  public Integer call() throws IOException {
    hub.messages().setLevel(speech.level());
    HubCache cache = hub.cache();
    List<CachedModel> models = cache.models();
    StandardOutput out = new StandardOutput(hub.surroundings().out());
    if (json.isJson()) {
      for (CachedModel model : models) {
        out.println(Printable.line(json(model).toString()), StandardCharsets.UTF_8);
      }
      return ExitStatus.DONE.code();
    }
    List<List<String>> rows = new ArrayList<>();
    models.forEach(model -> rows.add(row(model)));
    for (String line : Columns.aligned(rows)) {
      out.println(Printable.line(line), Charset.defaultCharset());
    }
    if (models.isEmpty()) {
      hub.messages()
          .note(
              "there is no diffusion model in "
                  + hub.settings().cache()
                  + "; darkroom models"
                  + " pull ID downloads one");
    }
    return ExitStatus.DONE.code();
  }

  private static List<String> row(CachedModel model) {
    String revision = model.id().revision();
    return List.of(
        model.id().repository(),
        revision.equals(model.commit()) ? revision.substring(0, COMMIT_DIGITS) : revision,
        ByteCount.text(model.bytes()),
        family(model) + (model.isComplete() ? "" : ", incomplete"));
  }

  private static String family(CachedModel model) {
    return model
        .family()
        .map(family -> family.name() + (family.isSupported() ? "" : ", not supported"))
        .orElse("unknown");
  }

  private static JsonObject json(CachedModel model) {
    JsonObject line = new JsonObject();
    line.addProperty("id", model.id().repository());
    line.addProperty("revision", model.id().revision());
    line.addProperty("commit", model.commit());
    line.addProperty("bytes", model.bytes());
    line.addProperty("family", model.family().map(PipelineFamily::name).orElse("unknown"));
    line.addProperty("supported", model.family().map(PipelineFamily::isSupported).orElse(false));
    line.addProperty("complete", model.isComplete());
    line.addProperty("path", model.path().toString());
    return line;
  }

  /** Texts in columns. */
  static final class Columns {
    private Columns() {}

    /**
     * Lines a table up.
     *
     * @param rows the cells, as many in each row
     * @return a line a row, columns two spaces apart
     */
    static List<String> aligned(List<List<String>> rows) {
      List<String> lines = new ArrayList<>();
      for (List<String> row : rows) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
          int column = i;
          int width = rows.stream().mapToInt(other -> other.get(column).length()).max().orElse(1);
          line.append(
              i == row.size() - 1
                  ? row.get(i)
                  : String.format(Locale.ROOT, "%-" + (width + 2) + "s", row.get(i)));
        }
        lines.add(line.toString());
      }
      return lines;
    }
  }
}
