package io.darkroom.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The processor, as Linux tells of it in {@code /proc/cpuinfo}.
 *
 * @param name the model's name; empty where nobody tells it
 * @param flags what it can, by the kernel's names
 */
public record Processor(Optional<String> name, Set<String> flags) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** The instructions that decide how fast a network is, by the kernel's names for them. */
  private static final Map<String, String> INSTRUCTIONS = new LinkedHashMap<>();

  static {
    INSTRUCTIONS.put("avx2", "AVX2");
    INSTRUCTIONS.put("fma", "FMA");
    INSTRUCTIONS.put("avx512f", "AVX-512");
    INSTRUCTIONS.put("avx512_vnni", "AVX-512 VNNI");
    INSTRUCTIONS.put("avx512_bf16", "AVX-512 BF16");
    INSTRUCTIONS.put("amx_bf16", "AMX BF16");
    INSTRUCTIONS.put("asimd", "NEON");
    INSTRUCTIONS.put("sve", "SVE");
    INSTRUCTIONS.put("bf16", "BF16");
  }

  /**
   * Looks at this machine.
   *
   * @return the processor; one that can nothing in particular where the system does not tell
   */
  public static Processor ofThisMachine() {
    try {
      return Files.exists(CPU_INFO) ? of(Files.readString(CPU_INFO)) : of("");
    } catch (IOException e) {
      return of("");
    }
  }

  /** The first processor of a text in the form of {@code /proc/cpuinfo}. */
  static Processor of(String text) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line : text.lines().takeWhile(line -> !line.isBlank()).toList()) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.putIfAbsent(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
      }
    }
    String flags = fields.getOrDefault("flags", fields.getOrDefault("Features", ""));
    return new Processor(
        Optional.ofNullable(fields.get("model name")), Set.of(flags.split(" ", 0)));
  }

  /**
   * Tells whether bfloat16 is faster than float32: only with instructions for it.
   *
   * @return whether it has them
   */
  public boolean hasBfloat16() {
    return flags.contains("avx512_bf16") || flags.contains("amx_bf16");
  }

  /**
   * The instructions that matter to a network.
   *
   * @return their names, as their makers write them
   */
  public List<String> instructions() {
    return INSTRUCTIONS.entrySet().stream()
        .filter(known -> flags.contains(known.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }
}
