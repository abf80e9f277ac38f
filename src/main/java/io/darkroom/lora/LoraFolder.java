package io.darkroom.lora;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A folder of LoRAs, which are found by what a prompt calls them: a file's name without its ending,
 * or with it, perhaps with folders before it; in other letters as to case where that is the only
 * one. A folder with a file of a name that tools give to each LoRA is one itself, by its own name.
 */
public final class LoraFolder {
  private static final int DEEPEST = 8;

  /** What diffusers and peft call each LoRA's file. */
  private static final List<String> ANONYMOUS = List.of("pytorch_lora_weights", "adapter_model");

  private final Path start;
  private final Map<String, Path> found = new ConcurrentHashMap<>();
  private final Map<Path, LoraHash> hashes = new ConcurrentHashMap<>();

  /**
   * A LoRA in the folder.
   *
   * @param file the file of its weights
   * @param name its path within the folder, with slashes, without an ending
   */
  private record Entry(Path file, String name) {
    boolean isCalled(String tag) {
      return name.equals(tag) || name.endsWith("/" + tag);
    }

    boolean isCalledIgnoringCase(String tag) {
      return new Entry(file, name.toLowerCase(Locale.ROOT)).isCalled(tag.toLowerCase(Locale.ROOT));
    }
  }

  /**
   * A folder that need not exist yet.
   *
   * @param start the folder
   */
  public LoraFolder(Path start) {
    this.start = start;
  }

  /**
   * Finds the file of a LoRA's weights in what a user named.
   *
   * @param path a file, or a folder as diffusers or peft write one
   * @param strength how strongly it is to be merged
   * @return the file and the LoRA's name; empty if the path is a folder without a LoRA in it
   */
  public static Optional<LoraChoice> resolve(Path path, LoraStrength strength) {
    if (!Files.isDirectory(path)) {
      return Optional.of(new LoraChoice(path, strength));
    }
    Path name = path.toAbsolutePath().normalize().getFileName();
    return ANONYMOUS.stream()
        .flatMap(file -> LoraChoice.ENDINGS.stream().map(ending -> path.resolve(file + ending)))
        .filter(Files::isRegularFile)
        .findFirst()
        .map(file -> new LoraChoice(file, name == null ? "lora" : name.toString(), strength));
  }

  /**
   * Finds a LoRA by its name.
   *
   * @param tag what a prompt calls it
   * @return its file; empty if there is none of that name
   * @throws ModelException if the folder cannot be read, or there are several
   */
  public Optional<Path> find(String tag) {
    Optional<Path> known = Optional.ofNullable(found.get(tag)).filter(Files::isRegularFile);
    if (known.isPresent()) {
      return known;
    }
    String name = LoraChoice.withoutEnding(tag.replace('\\', '/'));
    List<Entry> entries = entries();
    List<Entry> called = entries.stream().filter(entry -> entry.isCalled(name)).toList();
    if (called.isEmpty()) {
      called = entries.stream().filter(entry -> entry.isCalledIgnoringCase(name)).toList();
    }
    if (called.isEmpty() && !name.equals(tag)) {
      // A name that only looks as if it had an ending.
      called = entries.stream().filter(entry -> entry.isCalledIgnoringCase(tag)).toList();
    }
    if (called.size() > 1) {
      throw new ModelException(
          ("there are two files for the LoRA %s: %s and %s; name its folder in the prompt,"
                  + " <lora:FOLDER/NAME>, or give one file with --lora")
              .formatted(OneLine.of(tag), called.get(0).file(), called.get(1).file()));
    }
    called.forEach(entry -> found.put(tag, entry.file()));
    return called.stream().map(Entry::file).findFirst();
  }

  /**
   * Finds a LoRA by its hash; every file in the folder is read.
   *
   * @param hash SHA-256 of the file, or the first twelve digits of that of its tensors
   * @return the file; empty if none has it
   * @throws ModelException if the folder cannot be read
   */
  public Optional<Path> withHash(String hash) {
    return entries().stream()
        .map(Entry::file)
        .filter(file -> hashes.computeIfAbsent(file, LoraHash::of).is(hash))
        .findFirst();
  }

  private List<Entry> entries() {
    if (!Files.isDirectory(start)) {
      throw new ModelException("--lora-dir: there is no folder " + start + "; check the path");
    }
    List<Entry> entries = new ArrayList<>();
    try (Stream<Path> files = Files.walk(start, DEEPEST)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String path = start.relativize(file).toString().replace('\\', '/');
        String name = LoraChoice.withoutEnding(path);
        if (name.equals(path)) {
          continue;
        }
        String last = name.substring(name.lastIndexOf('/') + 1);
        if (ANONYMOUS.contains(last) && name.indexOf('/') > 0) {
          name = name.substring(0, name.lastIndexOf('/'));
        }
        entries.add(new Entry(file, name));
      }
      return entries;
    } catch (IOException | UncheckedIOException e) {
      throw new ModelException(start + ": cannot be read: " + OneLine.of(e.getMessage()), e);
    }
  }
}
