package io.darkroom.cli;

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

/** Runs the program inside the test, in a folder of its own. */
final class CommandRun {
  final Path folder;
  final Map<String, String> environment = new HashMap<>();
  final ByteArrayOutputStream out = new ByteArrayOutputStream();
  final ByteArrayOutputStream err = new ByteArrayOutputStream();
  FakePipeline pipeline = new FakePipeline();
  PipelineOpener opener;
  InputStream in = InputStream.nullInputStream();
  OutputStream standardOutput = out;
  OptionalInt columns = OptionalInt.empty();
  boolean outputIsTerminal;
  int opened;

  CommandRun(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder.resolve("home/models/scenes"));
    Files.createDirectories(folder.resolve("home/models/other"));
    Files.createDirectories(folder.resolve("work"));
    opener = (model, options) -> pipeline;
  }

  int run(String... arguments) {
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

  void standardInput(String text) {
    in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  Path work() {
    return folder.resolve("work");
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** The names in the working folder, hidden ones included, in order. */
  List<String> files() {
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

  Png read(String file) throws IOException {
    try (InputStream stream = Files.newInputStream(work().resolve(file))) {
      return new PngReader(stream).read();
    }
  }
}
