package io.darkroom.cli.doctor;

import com.google.gson.JsonArray;
import com.google.gson.JsonPrimitive;
import io.darkroom.cli.console.ProcessLimits;
import io.darkroom.hub.ByteCount;
import io.darkroom.runtime.HostMemory;
import io.darkroom.runtime.Processor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Looks at the machine: Java, processor, memory, limits of the process, GPUs. */
final class MachineChecks {
  private static final long LITTLE_MEMORY = 4_000_000_000L;
  private static final long LITTLE_ADDRESS_SPACE = 16_000_000_000L;
  private static final long FEW_FILES = 256;
  private static final Path DRIVER = Path.of("/proc/driver/nvidia");
  private static final Pattern DRIVER_VERSION =
      Pattern.compile("Module.*?\\s{2}(\\d+\\.[\\d.]+)\\s");
  private static final Pattern GPU_MODEL = Pattern.compile("(?m)^Model:\\s*(.+)$");

  private MachineChecks() {}

  static Map<String, Check> all() {
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("java", MachineChecks::java);
    checks.put("processor", MachineChecks::processor);
    checks.put("memory", MachineChecks::memory);
    checks.put("limits", MachineChecks::limits);
    checks.put("gpu", () -> gpus(DRIVER));
    return checks;
  }

  private static Finding java() {
    String version = System.getProperty("java.version", "");
    return Finding.good(
            "java",
            "%s (%s), %s %s, in %s"
                .formatted(
                    version,
                    System.getProperty("java.vendor", "of an unknown vendor"),
                    System.getProperty("os.name", ""),
                    System.getProperty("os.arch", ""),
                    System.getProperty("java.home", "")))
        .with("version", new JsonPrimitive(version))
        .with("home", new JsonPrimitive(System.getProperty("java.home", "")));
  }

  private static Finding processor() {
    return processor(Processor.ofThisMachine(), Runtime.getRuntime().availableProcessors());
  }

  static Finding processor(Processor processor, int count) {
    List<String> instructions = processor.instructions();
    String text =
        "%s, %d for this process; %s"
            .formatted(
                processor.name().orElse(System.getProperty("os.arch", "unknown")),
                count,
                instructions.isEmpty()
                    ? "the system does not tell its instructions"
                    : "has " + String.join(", ", instructions));
    boolean isSlow = processor.flags().contains("sse2") && !processor.flags().contains("avx2");
    JsonArray names = new JsonArray();
    instructions.forEach(names::add);
    Finding finding =
        isSlow
            ? Finding.note(
                "processor",
                text,
                "It has no AVX2, so that pictures take several times as long as on newer ones.")
            : Finding.good("processor", text);
    return finding.with("processors", new JsonPrimitive(count)).with("instructions", names);
  }

  private static Finding memory() throws IOException {
    return memory(HostMemory.read());
  }

  static Finding memory(HostMemory memory) {
    if (memory.installed().isEmpty() || memory.available().isEmpty()) {
      return Finding.note(
          "memory",
          "this system does not tell it",
          "Darkroom cannot refuse a picture that is too large; start with small ones.");
    }
    long available = memory.available().getAsLong();
    String text =
        ByteCount.text(memory.installed().getAsLong())
            + (memory.groupLimit().isPresent()
                ? ", of which the control group allows "
                    + ByteCount.text(memory.groupLimit().getAsLong())
                : "")
            + "; "
            + ByteCount.text(available)
            + " are available now";
    Finding finding =
        available < LITTLE_MEMORY
            ? Finding.note(
                "memory",
                text,
                "That is enough for the bundled model. Stable Diffusion 1.5 takes about 4 GB; "
                    + "end other programs, or raise the limit.")
            : Finding.good("memory", text);
    finding = finding.with("installed_bytes", number(memory.installed()));
    finding = finding.with("available_bytes", number(memory.available()));
    return memory.groupLimit().isPresent()
        ? finding.with("limit_bytes", number(memory.groupLimit()))
        : finding;
  }

  private static JsonPrimitive number(OptionalLong value) {
    return new JsonPrimitive(value.orElse(0));
  }

  private static Finding limits() {
    return limits(ProcessLimits.read());
  }

  static Finding limits(ProcessLimits.Limits limits) {
    List<String> told = new ArrayList<>();
    List<String> advice = new ArrayList<>();
    limits
        .addressSpace()
        .ifPresent(
            bytes -> {
              told.add("addresses: " + ByteCount.text(bytes));
              if (bytes < LITTLE_ADDRESS_SPACE) {
                advice.add("Raise the limit of addresses: ulimit -v unlimited.");
              }
            });
    limits
        .openFiles()
        .ifPresent(
            count -> {
              told.add("open files: " + count);
              if (count < FEW_FILES) {
                advice.add("Raise the limit of open files: ulimit -n 1024.");
              }
            });
    limits.processes().ifPresent(count -> told.add("processes and threads: " + count));
    String text = told.isEmpty() ? "none that matter" : String.join(", ", told);
    return advice.isEmpty()
        ? Finding.good("limits", text)
        : Finding.note("limits", text, String.join(" ", advice));
  }

  /** What the driver's folder tells; libtorch may still not be able to use a GPU. */
  static Finding gpus(Path driver) throws IOException {
    JsonArray names = new JsonArray();
    if (Files.isDirectory(driver.resolve("gpus"))) {
      try (Stream<Path> folders = Files.list(driver.resolve("gpus"))) {
        for (Path folder : folders.sorted().toList()) {
          names.add(match(GPU_MODEL, folder.resolve("information")).orElse("an NVIDIA GPU"));
        }
      }
    }
    Matcher version = DRIVER_VERSION.matcher(text(driver.resolve("version")));
    if (names.isEmpty()) {
      return Finding.good("gpu", "no NVIDIA GPU; the processor paints").with("gpus", names);
    }
    List<String> models = new ArrayList<>();
    names.forEach(name -> models.add(name.getAsString()));
    if (!version.find()) {
      return Finding.note(
              "gpu",
              String.join(", ", models) + "; the driver does not tell its version",
              "Install the driver of NVIDIA, or restart it.")
          .with("gpus", names);
    }
    return Finding.good("gpu", String.join(", ", models) + "; driver " + version.group(1))
        .with("gpus", names)
        .with("driver", new JsonPrimitive(version.group(1)));
  }

  private static Optional<String> match(Pattern pattern, Path file) throws IOException {
    Matcher matcher = pattern.matcher(text(file));
    return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
  }

  private static String text(Path file) throws IOException {
    return Files.isReadable(file) ? Files.readString(file) : "";
  }
}
