package io.darkroom.cli;

import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.option.PipelineOpener;
import io.darkroom.image.Png;
import io.darkroom.image.PngReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import picocli.CommandLine;

/** Runs the program inside the test, in a folder of its own. */
public final class CommandRun {
  public final Path folder;
  public final Map<String, String> environment = new HashMap<>();
  public final ByteArrayOutputStream out = new ByteArrayOutputStream();
  public final ByteArrayOutputStream err = new ByteArrayOutputStream();
  public FakePipeline pipeline = new FakePipeline();
  public PipelineOpener opener;
  public InputStream in = InputStream.nullInputStream();
  public OutputStream standardOutput = out;
  public OptionalInt columns = OptionalInt.empty();
  public boolean outputIsTerminal;
  public int opened;

  public CommandRun(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder.resolve("home/models/scenes"));
    Files.createDirectories(folder.resolve("home/models/other"));
    Files.createDirectories(folder.resolve("work"));
    opener = (model, options) -> pipeline;
    environment.put("DARKROOM_CONFIG", ""); // nobody's own defaults
  }

  public int run(String... arguments) {
    Surroundings surroundings =
        new Surroundings(
            in,
            standardOutput,
            new PrintStream(err, true, StandardCharsets.UTF_8),
            columns,
            OptionalInt.of(24),
            environment,
            folder.resolve("home"),
            work(),
            outputIsTerminal);
    PipelineOpener counting =
        (model, options) -> {
          opened++;
          return opener.open(model, options);
        };
    return new Darkroom(surroundings, counting).run(arguments);
  }

  /** All commands, as words behind the program's name; the first is none. */
  public static Stream<String> commands() {
    return names(
        "",
        new Darkroom(
                Surroundings.ofProcess(),
                (model, options) -> {
                  throw new AssertionError("no model is needed");
                })
            .describeModelCommands());
  }

  private static Stream<String> names(String name, CommandLine command) {
    return Stream.concat(
        Stream.of(name),
        command.getSubcommands().entrySet().stream()
            .flatMap(own -> names((name + " " + own.getKey()).strip(), own.getValue())));
  }

  public void standardInput(String text) {
    in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  public Path work() {
    return folder.resolve("work");
  }

  public String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  public String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** The names in the working folder, hidden ones included, in order. */
  public List<String> files() {
    try (Stream<Path> files = Files.walk(work())) {
      return files
          .filter(file -> !Files.isDirectory(file))
          .map(file -> work().relativize(file).toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Png read(String file) throws IOException {
    try (InputStream stream = Files.newInputStream(work().resolve(file))) {
      return new PngReader(stream).read();
    }
  }
}
