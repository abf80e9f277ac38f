package io.darkroom.cli.doctor;

import com.google.gson.JsonArray;
import com.google.gson.JsonPrimitive;
import io.darkroom.base.OneLine;
import io.darkroom.cli.console.ProcessLimits;
import io.darkroom.hub.ByteCount;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.CpuThreads;
import io.darkroom.runtime.Devices;
import io.darkroom.runtime.EngineFiles;
import io.darkroom.runtime.OutOfMemoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Looks at libtorch and at what follows from it: devices, precision, threads. It is loaded only if
 * its libraries are in their folder already, for nothing is to be unpacked or downloaded here.
 */
final class EngineChecks {
  /** libtorch for a CPU takes 0.5 GB; a GPU's is larger. */
  private static final long UNPACKED_BYTES = 1_000_000_000L;

  private final Map<String, String> environment;
  private boolean isLoaded;

  EngineChecks(Map<String, String> environment) {
    this.environment = environment;
  }

  /** The checks; they belong in this order, after all others: a broken library may end the JVM. */
  Map<String, Check> all() {
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("libtorch", this::libtorch);
    checks.put("precision", this::precision);
    checks.put("threads", this::threads);
    return checks;
  }

  private Finding libtorch() throws IOException {
    EngineFiles files = EngineFiles.find();
    String name = "libtorch";
    String what = "%s for %s".formatted(files.version(), files.flavor());
    Finding finding =
        switch (files.origin()) {
          case THERE -> loaded(files);
          case PACKED -> unpacked(files, what + ", packed; the first picture unpacks it into ");
          case DOWNLOAD ->
              Finding.note(
                  name,
                  what + " is missing; the first picture downloads it into " + files.folder(),
                  "To use the processor without a download, set DARKROOM_NATIVE=cpu.");
        };
    return finding
        .with("version", new JsonPrimitive(files.version()))
        .with("flavor", new JsonPrimitive(files.flavor()))
        .with("folder", new JsonPrimitive(files.folder().toString()))
        .with("loaded", new JsonPrimitive(isLoaded));
  }

  private static Finding unpacked(EngineFiles files, String text) throws IOException {
    Path there = existing(files.folder());
    if (!Files.isWritable(there)) {
      return Finding.problem(
          "libtorch",
          text + files.folder() + ", but it cannot write into " + there,
          "Set DJL_CACHE_DIR to a folder that you can write into.");
    }
    long space = Files.getFileStore(there).getUsableSpace();
    return space < UNPACKED_BYTES
        ? Finding.problem(
            "libtorch",
            text + files.folder() + ", where " + ByteCount.text(space) + " are free",
            "Free 1 GB there, or set DJL_CACHE_DIR to another folder.")
        : Finding.good("libtorch", text + files.folder());
  }

  /** The path, or the nearest folder above it that exists. */
  static Path existing(Path path) {
    Path there = path.toAbsolutePath();
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    return there;
  }

  private Finding loaded(EngineFiles files) {
    try {
      String version = EngineFiles.load();
      isLoaded = true;
      return Finding.good(
          "libtorch", "%s for %s, in %s".formatted(version, files.flavor(), files.folder()));
    } catch (RuntimeException | LinkageError e) {
      Throwable root = root(e);
      Throwable told = ProcessLimits.explained(e);
      return Finding.problem(
          "libtorch",
          "cannot be loaded from " + files.folder() + ": " + OneLine.of(root.toString()),
          told instanceof OutOfMemoryException
              ? sentence(told.getMessage())
              : files.isOwn()
                  ? "Correct PYTORCH_LIBRARY_PATH, or unset it."
                  : advice(String.valueOf(root.getMessage()), files.folder()));
    }
  }

  private static String sentence(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return root;
  }

  /** What the loader's words mean. */
  static String advice(String message, Path folder) {
    if (message.contains("GLIBC")) {
      return "The system's C library is too old for this libtorch. Use a newer system, or set"
          + " PYTORCH_LIBRARY_PATH to the folder of a libtorch that fits.";
    }
    if (message.contains("failed to map segment") || message.contains("not permitted")) {
      return "Programs may not run from "
          + folder
          + ". Set DJL_CACHE_DIR to a folder that is not mounted with noexec.";
    }
    if (message.contains("No such file") || message.contains("cannot open shared object")) {
      return "A library of the system is missing. Install the package that has it.";
    }
    return "Remove the folder " + folder + "; the next picture makes it anew.";
  }

  private Finding precision() {
    Compute compute = Compute.choose(isLoaded ? "auto" : "cpu", "auto");
    String device = compute.deviceName();
    JsonArray devices = new JsonArray();
    StringBuilder text = new StringBuilder("--device auto means ").append(device);
    if (isLoaded) {
      for (String name : Devices.all()) {
        devices.add(name);
        if (!name.equals("cpu")) {
          Devices.memory(name)
              .ifPresent(
                  bytes -> text.append(", ").append(name).append(" has " + ByteCount.text(bytes)));
        }
      }
    }
    text.append("; --dtype auto means ").append(compute.dtype());
    if (device.equals("cpu")) {
      text.append(
          compute.dtype().equals("bf16")
              ? ", since the processor has instructions for it"
              : ", since the processor has no instructions for bf16");
    }
    return Finding.good("precision", text.toString())
        .with("device", new JsonPrimitive(device))
        .with("dtype", new JsonPrimitive(compute.dtype()))
        .with("devices", devices);
  }

  private Finding threads() {
    int count = isLoaded ? CpuThreads.available() : Runtime.getRuntime().availableProcessors();
    String variable = environment.getOrDefault("OMP_NUM_THREADS", "");
    return Finding.good(
            "threads",
            "up to %d compute together%s"
                .formatted(
                    count,
                    variable.isEmpty() ? "" : ", since OMP_NUM_THREADS is " + OneLine.of(variable)))
        .with("threads", new JsonPrimitive(count));
  }
}
