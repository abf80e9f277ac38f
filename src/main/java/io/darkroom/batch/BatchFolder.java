package io.darkroom.batch;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.darkroom.pipeline.InvalidRequestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The description of a batch in its folder, {@code batch.json}: whose folder it is, and the seed
 * that a later run needs to go on. Several processes may start on one folder at once.
 *
 * @param source the prompt file's name; {@code -} for standard input
 * @param seed the batch's seed
 * @param pictures how many the whole batch has, all shards together; 0 if nobody knows
 */
record BatchFolder(String source, long seed, int pictures) {
  /** The description's file name. */
  static final String DESCRIPTION = "batch.json";

  /**
   * Reads a folder's description.
   *
   * @param folder the folder; it need not exist
   * @return the description; empty if there is none
   * @throws IOException if it cannot be read
   * @throws InvalidRequestException if it makes no sense
   */
  static Optional<BatchFolder> read(Path folder) throws IOException {
    Path file = folder.resolve(DESCRIPTION);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      return Optional.of(
          new BatchFolder(
              json.get("source").getAsString(),
              json.get("seed").getAsLong(),
              json.get("pictures").getAsInt()));
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | UnsupportedOperationException
        | NumberFormatException e) {
      throw new InvalidRequestException(
          file
              + " is no description of a batch; remove it, or choose another folder with --output");
    }
  }

  /**
   * Makes sure that a folder is this batch's.
   *
   * @param folder the folder
   * @param source the prompt file's name
   * @throws InvalidRequestException if it is another's
   */
  void requireSource(Path folder, String source) {
    if (!this.source.equals(source)) {
      throw new InvalidRequestException(
          "the folder %s belongs to the batch of %s, not of %s; choose another with --output"
              .formatted(folder, this.source, source));
    }
  }

  /**
   * Writes the description, unless another process was faster.
   *
   * @param folder the folder, which exists
   * @return what holds now: this, or the other process's
   * @throws IOException if it cannot be written
   */
  BatchFolder claim(Path folder) throws IOException {
    Path complete = write(folder);
    try {
      Files.createLink(folder.resolve(DESCRIPTION), complete);
      return this;
    } catch (FileAlreadyExistsException e) {
      return read(folder).orElse(this);
    } catch (UnsupportedOperationException e) {
      Files.copy(complete, folder.resolve(DESCRIPTION)); // a file system without links
      return this;
    } finally {
      Files.deleteIfExists(complete);
    }
  }

  /**
   * Replaces the description.
   *
   * @param folder the folder
   * @throws IOException if it cannot be written
   */
  void replace(Path folder) throws IOException {
    Path complete = write(folder);
    try {
      Files.move(
          complete,
          folder.resolve(DESCRIPTION),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(complete);
    }
  }

  private Path write(Path folder) throws IOException {
    JsonObject json = new JsonObject();
    json.addProperty("source", source);
    json.addProperty("seed", seed);
    json.addProperty("pictures", pictures);
    Path file = folder.resolve(".darkroom-" + ProcessHandle.current().pid() + "-batch.tmp");
    Files.write(file, (json + "\n").getBytes(StandardCharsets.UTF_8));
    return file;
  }
}
