package io.darkroom.runtime;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.darkroom.runtime.AttentionTuner.Choice;
import io.darkroom.torchscript.AttentionForm;
import io.darkroom.torchscript.AttentionShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * What {@link AttentionTuner} has measured, in the file {@code darkroom/attention.json} of the
 * user's folder for caches. It costs nothing but a measurement when the file is lost, broken or
 * cannot be written, so that nobody is told.
 */
final class MeasuredAttention {
  private static final long LARGEST_FILE = 1 << 20;
  private static final String ENTRIES = "attention";

  private final Optional<Path> file;
  private final String device;

  /**
   * What a file tells of a device.
   *
   * @param file the file, which need not exist; empty if nothing is kept
   * @param device the device's name: what others measured does not count
   */
  MeasuredAttention(Optional<Path> file, String device) {
    this.file = file;
    this.device = device;
  }

  /**
   * What the user's file tells of this machine's processor.
   *
   * @param variables the process's: {@code XDG_CACHE_HOME}, else {@code HOME}, tell the folder
   * @param libtorch its version
   * @return the store
   */
  static MeasuredAttention ofUser(Map<String, String> variables, String libtorch) {
    return new MeasuredAttention(
        folder(variables).map(folder -> folder.resolve("darkroom").resolve("attention.json")),
        Processor.ofThisMachine().name().orElse("processor") + ", libtorch " + libtorch);
  }

  private static Optional<Path> folder(Map<String, String> variables) {
    try {
      return Optional.ofNullable(variables.get("XDG_CACHE_HOME"))
          .filter(text -> !text.isBlank())
          .map(Path::of)
          .or(
              () ->
                  Optional.ofNullable(variables.get("HOME"))
                      .filter(text -> !text.isBlank())
                      .map(home -> Path.of(home, ".cache")));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * Finds what was measured.
   *
   * @param shape of the attention
   * @param threads that compute together
   * @return the choice, if it is known
   */
  Optional<Choice> find(AttentionShape shape, int threads) {
    return Optional.ofNullable(read().get(new Key(device, threads, shape)));
  }

  /**
   * Keeps what was measured, beside what the file has.
   *
   * @param choices what was chosen
   * @param threads that computed together
   */
  void keep(List<Choice> choices, int threads) {
    if (file.isEmpty()) {
      return;
    }
    Map<Key, Choice> all = read();
    choices.forEach(choice -> all.put(new Key(device, threads, choice.shape()), choice));
    JsonArray entries = new JsonArray();
    all.forEach((key, choice) -> entries.add(key.entry(choice)));
    JsonObject json = new JsonObject();
    json.add(ENTRIES, entries);
    Path target = file.get();
    try {
      Path folder = Files.createDirectories(target.toAbsolutePath().getParent());
      Path part = Files.createTempFile(folder, "attention", ".tmp");
      try {
        Files.writeString(part, json + "\n");
        Files.move(
            part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException | UnsupportedOperationException | SecurityException e) {
      // The next process measures again.
      return;
    }
  }

  private Map<Key, Choice> read() {
    Map<Key, Choice> known = new LinkedHashMap<>();
    try {
      if (file.isPresent()
          && Files.isRegularFile(file.get())
          && Files.size(file.get()) <= LARGEST_FILE) {
        JsonElement json = JsonParser.parseString(Files.readString(file.get()));
        for (JsonElement entry : json.getAsJsonObject().getAsJsonArray(ENTRIES)) {
          Key.read(entry.getAsJsonObject(), known);
        }
      }
    } catch (IOException | RuntimeException e) {
      return new LinkedHashMap<>();
    }
    return known;
  }

  /** What a measurement holds for. */
  private record Key(String device, int threads, AttentionShape shape) {
    JsonObject entry(Choice choice) {
      JsonObject json = new JsonObject();
      json.addProperty("device", device);
      json.addProperty("threads", threads);
      json.add("shape", numbers(shape.heads(), shape.queries(), shape.keys(), shape.width()));
      AttentionForm form = choice.form();
      json.add("form", numbers(form.queries(), form.heads(), form.width()));
      json.addProperty("operations_per_second", choice.rate());
      json.addProperty("whole_operations_per_second", choice.wholeRate());
      return json;
    }

    static void read(JsonObject json, Map<Key, Choice> known) {
      long[] sizes = numbers(json, "shape", 4);
      AttentionShape shape = new AttentionShape(sizes[0], sizes[1], sizes[2], sizes[3]);
      long[] form = numbers(json, "form", 3);
      known.put(
          new Key(json.get("device").getAsString(), json.get("threads").getAsInt(), shape),
          new Choice(
              shape,
              new AttentionForm((int) form[0], (int) form[1], (int) form[2]),
              json.get("operations_per_second").getAsDouble(),
              json.get("whole_operations_per_second").getAsDouble()));
    }

    private static JsonArray numbers(long... values) {
      JsonArray array = new JsonArray();
      LongStream.of(values).forEach(array::add);
      return array;
    }

    private static long[] numbers(JsonObject json, String name, int count) {
      List<Long> values = new ArrayList<>();
      json.getAsJsonArray(name).forEach(number -> values.add(number.getAsLong()));
      long[] all = values.stream().mapToLong(Long::longValue).toArray();
      if (all.length != count || Arrays.stream(all).anyMatch(n -> n < 0 || n > 1 << 24)) {
        throw new JsonParseException(name + " must be " + count + " numbers");
      }
      return all;
    }
  }
}
