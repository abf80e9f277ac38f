package io.darkroom.cli.doctor;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.darkroom.base.OneLine;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.defaults.ConfigFile;
import io.darkroom.cli.defaults.OwnDefaults;
import io.darkroom.cli.option.HubModels;
import io.darkroom.cli.option.LocalModels;
import io.darkroom.hub.ByteCount;
import io.darkroom.hub.CachedModel;
import io.darkroom.hub.HubCache;
import io.darkroom.hub.HubSettings;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.terminal.PictureProtocol;
import io.darkroom.terminal.TerminalProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Looks at what the user set up: models, cache, token, folders, terminal, config file.
 *
 * @param surroundings the process
 * @param messages as the other commands have them
 * @param program all commands, whose options a config file may set
 */
record SetupChecks(Surroundings surroundings, Messages messages, CommandSpec program) {
  private static final Path TERMINAL = Path.of("/dev/tty");
  private static final long LITTLE_SPACE = 1_000_000_000L;
  private static final long SPACE_OF_A_MODEL = 10_000_000_000L;

  Map<String, Check> all() {
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("darkroom", this::darkroom);
    checks.put("models", this::bundledModels);
    checks.put("cache", this::cache);
    checks.put("token", this::token);
    checks.put("folder", this::workingFolder);
    checks.put("terminal", this::terminal);
    checks.put("config", this::config);
    return checks;
  }

  private Finding darkroom() {
    return Finding.good(
            "darkroom",
            Version.text().replaceFirst("darkroom ", "") + ", in " + absolute(surroundings.home()))
        .with("version", new JsonPrimitive(Version.text().replaceFirst("darkroom ", "")))
        .with("home", new JsonPrimitive(absolute(surroundings.home()).toString()));
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private Finding bundledModels() {
    List<String> names = new LocalModels(surroundings).bundledModels();
    JsonArray json = new JsonArray();
    names.forEach(json::add);
    Finding finding =
        names.isEmpty()
            ? Finding.problem(
                "models",
                "there is no bundled model in " + absolute(surroundings.home()).resolve("models"),
                "Install Darkroom anew, or choose a model with --model.")
            : Finding.good("models", "bundled: " + String.join(", ", names));
    return finding.with("bundled", json);
  }

  private Finding cache() throws IOException {
    HubSettings settings;
    try {
      settings = new HubModels(surroundings, messages).settings();
    } catch (InvalidRequestException e) {
      return Finding.problem("cache", e.getMessage(), "Correct the variable or the file.");
    }
    Path folder = settings.cache();
    List<CachedModel> models = new HubCache(folder).models();
    long bytes = models.stream().mapToLong(CachedModel::bytes).sum();
    Path there = EngineChecks.existing(folder);
    long space = Files.getFileStore(there).getUsableSpace();
    String text =
        "%s, %s, %s; %s are free%s"
            .formatted(
                absolute(folder),
                models.size() == 1 ? "1 diffusion model" : models.size() + " diffusion models",
                ByteCount.text(bytes),
                ByteCount.text(space),
                settings.offline() ? "; HF_HUB_OFFLINE forbids downloads" : "");
    Finding finding;
    if (!Files.isWritable(there)) {
      finding =
          Finding.note(
              "cache",
              text + "; it cannot be written",
              "Models cannot be downloaded. Set HF_HUB_CACHE to a folder that you can write into.");
    } else if (space < SPACE_OF_A_MODEL) {
      finding =
          Finding.note(
              "cache",
              text,
              "A model takes 2 to 14 GB. Free some space, or set HF_HUB_CACHE to another folder.");
    } else {
      finding = Finding.good("cache", text);
    }
    return finding
        .with("folder", new JsonPrimitive(absolute(folder).toString()))
        .with("models", new JsonPrimitive(models.size()))
        .with("bytes", new JsonPrimitive(bytes))
        .with("free_bytes", new JsonPrimitive(space))
        .with("offline", new JsonPrimitive(settings.offline()));
  }

  private Finding token() throws IOException {
    boolean isThere;
    try {
      isThere = new HubModels(surroundings, messages).settings().token().isPresent();
    } catch (InvalidRequestException e) {
      return Finding.problem("token", e.getMessage(), "Correct the variable or the file.");
    }
    return Finding.good(
            "token",
            isThere
                ? "there is one for the hub"
                : "there is none for the hub; only models with a licence to accept need one"
                    + " (HF_TOKEN)")
        .with("token", new JsonPrimitive(isThere));
  }

  private Finding workingFolder() throws IOException {
    Path folder = absolute(surroundings.folder());
    long space = Files.getFileStore(folder).getUsableSpace();
    String text = "%s; %s are free".formatted(folder, ByteCount.text(space));
    Finding finding;
    if (!Files.isWritable(folder)) {
      finding =
          Finding.note(
              "folder",
              text + "; it cannot be written",
              "Pictures cannot be saved here. Change to another folder, or name one with"
                  + " --output.");
    } else if (space < LITTLE_SPACE) {
      finding = Finding.note("folder", text, "Free some space for your pictures.");
    } else {
      finding = Finding.good("folder", text);
    }
    return finding
        .with("folder", new JsonPrimitive(folder.toString()))
        .with("free_bytes", new JsonPrimitive(space));
  }

  private Finding terminal() {
    if (surroundings.terminalColumns().isEmpty()) {
      return Finding.good(
              "terminal", "standard error is no terminal, so that --show draws nothing here")
          .with("graphics", new JsonPrimitive("none"));
    }
    Optional<PictureProtocol> protocol;
    try {
      protocol = TerminalProbe.choose(surroundings.environment(), TERMINAL);
    } catch (IllegalArgumentException e) {
      return Finding.note("terminal", e.getMessage(), "Correct the variable, or unset it.");
    }
    String name = protocol.map(known -> known.name().toLowerCase(Locale.ROOT)).orElse("none");
    return Finding.good(
            "terminal",
            "%d columns; --show draws %s"
                .formatted(
                    surroundings.terminalColumns().getAsInt(),
                    switch (name) {
                      case "none" -> "nothing";
                      case "blocks" -> "in half blocks";
                      case "sixel" -> "in sixels";
                      default -> "by the protocol of " + name;
                    }))
        .with("graphics", new JsonPrimitive(name));
  }

  private Finding config() {
    try {
      Optional<Path> place = ConfigFile.place(surroundings.environment());
      Optional<ConfigFile> file = ConfigFile.find(surroundings.environment());
      if (file.isEmpty()) {
        return Finding.good(
            "config",
            place
                .map(path -> "there is none; your defaults would go into " + path)
                .orElse("none is wanted"));
      }
      OwnDefaults.of(file.get(), program, surroundings.environment());
      JsonObject settings = new JsonObject();
      StringBuilder text = new StringBuilder(file.get().path().toString());
      String separator = " sets ";
      for (ConfigFile.Entry entry : file.get().entries()) {
        settings.addProperty(entry.key(), entry.value());
        text.append(separator).append(entry.key()).append(" = ").append(OneLine.of(entry.value()));
        separator = ", ";
      }
      return Finding.good("config", text.toString())
          .with("file", new JsonPrimitive(file.get().path().toString()))
          .with("settings", settings);
    } catch (InvalidRequestException e) {
      return Finding.problem(
          "config",
          e.getMessage(),
          "Correct the file, or set DARKROOM_CONFIG to an empty text to do without it.");
    }
  }
}
