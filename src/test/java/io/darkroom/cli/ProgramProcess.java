package io.darkroom.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program as a process of its own, as the launcher starts it, in a folder. */
public final class ProgramProcess {
  private final Path folder;

  public ProgramProcess(Path folder) {
    this.folder = folder;
  }

  /** How a process ended, and what it said. */
  public record Result(int status, byte[] out, String err) {
    public String outText() {
      return new String(out, StandardCharsets.UTF_8);
    }
  }

  /** Runs the program to its end, with nothing on standard input. */
  public Result run(String... arguments) throws IOException, InterruptedException {
    return finish(start(arguments));
  }

  /** Starts the program; what it says on standard error is kept for {@link #finish}. */
  public Process start(String... arguments) throws IOException {
    return start(command(Darkroom.class, arguments));
  }

  /** Starts the program through another, such as a shell. */
  public Process start(ProcessBuilder command) throws IOException {
    Path err = Files.createTempFile("darkroom-test", ".err");
    Process process = command.redirectError(err.toFile()).start();
    errors.add(new Errors(process, err));
    return process;
  }

  private record Errors(Process process, Path file) {}

  private final List<Errors> errors = new ArrayList<>();

  /** How to start a class as the launcher starts the program. */
  ProcessBuilder command(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g"));
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.add("-Ddarkroom.home=" + Path.of("").toAbsolutePath());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("OPT_OUT_TRACKING", "true");
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().remove("DARKROOM_MODEL");
    builder.environment().put("DARKROOM_CONFIG", ""); // nobody's own defaults
    builder.environment().remove("OMP_NUM_THREADS"); // that of the tests' own JVM
    return builder;
  }

  /** Closes standard input and waits for the end. */
  public Result finish(Process process) throws IOException, InterruptedException {
    process.getOutputStream().close();
    byte[] out;
    try (var stream = process.getInputStream()) {
      out = stream.readAllBytes();
    } catch (IOException e) {
      out = new byte[0]; // the test has closed it
    }
    int status = process.waitFor();
    Errors own = errors.stream().filter(e -> e.process() == process).findFirst().orElseThrow();
    errors.remove(own);
    String err = Files.readString(own.file());
    Files.delete(own.file());
    return new Result(status, out, err);
  }

  /** Sends a signal, by its name without SIG. */
  public static void send(String signal, Process process) throws IOException, InterruptedException {
    if (new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start().waitFor() != 0) {
      throw new IOException("there is no process " + process.pid());
    }
  }
}
