package io.darkroom.batch;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The description of a batch in its folder, {@code batch.json}: whose folder it is, and the seed
 * that a later run needs to go on. Several processes may start on one folder at once.
 *
 * @param source the prompt file's name; {@code -} for standard input
 * @param seed the batch's seed
 * @param pictures how many the whole batch has, all shards together; 0 if nobody knows
 * @param requests their hashes; none if nobody knows
 * @param file the way from the folder to the prompt file; empty where nobody knows
 */
record BatchFolder(
    String source, long seed, int pictures, List<String> requests, Optional<String> file) {
  /** The description's file name. */
  static final String DESCRIPTION = "batch.json";

  /** Copies the hashes. */
  BatchFolder {
    requests = List.copyOf(requests);
  }

  /** How long a description that is not whole is awaited. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Waits for another process. */
  @FunctionalInterface
  interface Patience {
    /**
     * Waits a moment.
     *
     * @return false, and without waiting, when it has lasted long enough
     * @throws InterruptedIOException if the thread is interrupted
     */
    boolean waits() throws InterruptedIOException;

    /** Waits until a deadline. */
    static Patience until(long deadline) {
      return () -> {
        if (System.nanoTime() - deadline > 0) {
          return false;
        }
        try {
          Thread.sleep(10);
          return true;
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while waiting for " + DESCRIPTION);
        }
      };
    }
  }

  /** Gives a file a second name, which must be free. */
  @FunctionalInterface
  interface Linking {
    /**
     * Links.
     *
     * @param link the second name
     * @param existing the file
     * @throws IOException if the name is taken, or the file system has no links
     */
    void link(Path link, Path existing) throws IOException;
  }

  /**
   * Reads a folder's description.
   *
   * @param folder the folder; it need not exist
   * @return the description; empty if there is none
   * @throws IOException if it cannot be read
   * @throws InvalidRequestException if it makes no sense
   */
  static Optional<BatchFolder> read(Path folder) throws IOException {
    return read(folder, Patience.until(System.nanoTime() + PATIENCE.toNanos()));
  }

  /**
   * Reads a folder's description.
   *
   * @param folder the folder; it need not exist
   * @param patience waits for a process that is just writing it
   * @return the description; empty if there is none
   * @throws IOException if it cannot be read
   * @throws InvalidRequestException if it makes no sense
   */
  static Optional<BatchFolder> read(Path folder, Patience patience) throws IOException {
    Path file = folder.resolve(DESCRIPTION);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    while (true) {
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      Optional<BatchFolder> description = parse(text);
      if (description.isPresent()) {
        return description;
      }
      // Without its end it may be one that another process is just writing.
      if (text.endsWith("\n") || !patience.waits()) {
        throw new InvalidRequestException(
            file + " does not describe a batch; remove it, or choose another folder with --output");
      }
    }
  }

  private static Optional<BatchFolder> parse(String text) {
    try {
      JsonObject json = JsonParser.parseString(text).getAsJsonObject();
      return Optional.of(
          new BatchFolder(
              json.get("source").getAsString(),
              json.get("seed").getAsLong(),
              json.get("pictures").getAsInt(),
              requests(json),
              json.has("file") ? Optional.of(json.get("file").getAsString()) : Optional.empty()));
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | UnsupportedOperationException
        | ClassCastException
        | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** A folder that an earlier version began tells how many they are, and no hashes. */
  private static List<String> requests(JsonObject json) {
    List<String> hashes = new ArrayList<>();
    if (json.has("requests")) {
      json.getAsJsonArray("requests").forEach(hash -> hashes.add(hash.getAsString()));
    }
    return hashes;
  }

  /**
   * Writes the description, unless another process was faster.
   *
   * @param folder the folder, which exists
   * @return what holds now: this, or the other process's
   * @throws IOException if it cannot be written
   */
  BatchFolder claim(Path folder) throws IOException {
    return claim(folder, Files::createLink);
  }

  /**
   * Writes the description, unless another process was faster.
   *
   * @param folder the folder, which exists
   * @param linking what the file system has of links
   * @return what holds now: this, or the other process's
   * @throws IOException if it cannot be written
   */
  BatchFolder claim(Path folder, Linking linking) throws IOException {
    Path file = folder.resolve(DESCRIPTION);
    Path complete = write(folder);
    try {
      linking.link(file, complete);
      return this;
    } catch (FileAlreadyExistsException e) {
      return read(folder).orElse(this);
    } catch (FileSystemException | UnsupportedOperationException e) {
      return claimWithoutLink(folder, file); // exFAT and some network file systems have none
    } finally {
      Files.deleteIfExists(complete);
    }
  }

  /** The first to create the file has it; others wait in {@link #read} until it is whole. */
  private BatchFolder claimWithoutLink(Path folder, Path file) throws IOException {
    FileChannel channel;
    try {
      channel = create(file);
    } catch (FileAlreadyExistsException e) {
      return read(folder).orElse(this);
    }
    try (channel) {
      fill(channel);
      return this;
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
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
    // Not the process's number: two containers with a folder in common may have the same.
    Path file = folder.resolve(".darkroom-" + UUID.randomUUID() + "-batch.tmp");
    try (FileChannel channel = create(file)) {
      fill(channel);
      return file;
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** Writes the description and waits until it is on disk. */
  private void fill(FileChannel channel) throws IOException {
    JsonObject json = new JsonObject();
    json.addProperty("source", source);
    json.addProperty("seed", seed);
    json.addProperty("pictures", pictures);
    file.ifPresent(path -> json.addProperty("file", path));
    JsonArray hashes = new JsonArray();
    requests.forEach(hashes::add);
    json.add("requests", hashes);
    ByteBuffer bytes = ByteBuffer.wrap((json + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(true);
  }
}
