package io.darkroom.model;

import io.darkroom.base.OneLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The original code's config beside a checkpoint, {@code NAME.yaml}, as AUTOMATIC1111's web UI
 * reads it. What the U-Net predicts is taken out of it: {@code model.params.parameterization}.
 *
 * @param prediction what it tells, if it does
 * @param warning why it does not count, if it cannot be read
 */
record OriginalConfig(Optional<ToldPrediction> prediction, Optional<String> warning) {
  private static final OriginalConfig SILENT =
      new OriginalConfig(Optional.empty(), Optional.empty());

  /** Published ones have some 4 kB. */
  private static final int LONGEST = 1 << 20;

  /**
   * Looks beside a checkpoint.
   *
   * @param checkpoint the file
   * @return what the config tells; nothing where there is none
   */
  static OriginalConfig beside(Path checkpoint) {
    String name = checkpoint.getFileName().toString();
    int dot = name.lastIndexOf('.');
    Path file = checkpoint.resolveSibling((dot < 0 ? name : name.substring(0, dot)) + ".yaml");
    if (!Files.isRegularFile(file)) {
      return SILENT;
    }
    try {
      if (Files.size(file) > LONGEST) {
        return unreadable(file, "it is too long");
      }
      return new OriginalConfig(
          told(file, parsed(Files.readString(file, StandardCharsets.UTF_8))), Optional.empty());
    } catch (IOException | YamlEngineException failure) {
      return unreadable(file, String.valueOf(failure.getMessage()));
    } catch (StackOverflowError tooDeep) {
      return unreadable(file, "it is nested too deeply");
    }
  }

  /** Plain values alone: no tag makes an object, and aliases cannot multiply. */
  private static Object parsed(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setAllowDuplicateKeys(false)
            .setAllowRecursiveKeys(false)
            .setMaxAliasesForCollections(10)
            .setCodePointLimit(LONGEST)
            .build();
    return new Load(settings).loadFromString(text);
  }

  private static Optional<ToldPrediction> told(Path file, Object config) {
    Object value = value(value(value(config, "model"), "params"), "parameterization");
    Optional<String> type =
        switch (String.valueOf(value)) {
          case "v" -> Optional.of(ToldPrediction.VELOCITY);
          case "eps" -> Optional.of(ToldPrediction.NOISE);
          case "x0" -> Optional.of("sample");
          default -> Optional.empty();
        };
    return type.map(
        known -> new ToldPrediction(known, file.getFileName() + " says parameterization " + value));
  }

  private static Object value(Object map, String key) {
    return map instanceof Map<?, ?> entries && entries.get(key) != null ? entries.get(key) : "";
  }

  private static OriginalConfig unreadable(Path file, String reason) {
    String warning = file + " cannot be read and is ignored: " + OneLine.of(reason);
    return new OriginalConfig(Optional.empty(), Optional.of(warning));
  }
}
