package io.darkroom.cli.batch;

import io.darkroom.base.FileFailure;
import io.darkroom.batch.PromptEntry;
import io.darkroom.batch.PromptReader;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The file of a batch's prompts: a regular file or a pipe, which have an end.
 *
 * @param name as the user said it
 * @param path the file, which exists
 */
record PromptFile(String name, Path path) {
  /** More than a machine paints in a year; whoever has more parts the file. */
  private static final int MOST_PROMPTS = 1_000_000;

  /** The kind of a file within its mode, and that of a pipe: inode(7). */
  private static final int KIND = 0170000;

  private static final int PIPE = 0010000;

  /**
   * Finds the file.
   *
   * @param name as the user said it
   * @param surroundings what paths are relative to
   * @return the file
   * @throws InvalidRequestException if there is none that could be read to its end
   */
  static PromptFile of(String name, Surroundings surroundings) {
    Path path;
    try {
      path = surroundings.folder().resolve(name);
    } catch (InvalidPathException e) {
      throw new InvalidRequestException(name + " is not a path: " + e.getReason());
    }
    if (!Files.exists(path)) {
      throw new InvalidRequestException("there is no file " + name);
    }
    if (Files.isDirectory(path)) {
      throw new InvalidRequestException(name + " is a folder; name a file of prompts");
    }
    if (!Files.isRegularFile(path) && !isPipe(path)) {
      throw new InvalidRequestException(name + " is a device; name a file of prompts");
    }
    return new PromptFile(name, path);
  }

  private static boolean isPipe(Path path) {
    try {
      return ((int) Files.getAttribute(path, "unix:mode") & KIND) == PIPE;
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /**
   * Reads the whole file.
   *
   * @return its lines, sense and nonsense, at least one
   * @throws InvalidRequestException if it is no file of prompts
   * @throws IOException if it cannot be read
   */
  List<PromptEntry> read() throws IOException {
    List<PromptEntry> entries = new ArrayList<>();
    try (InputStream in = Files.newInputStream(path)) {
      PromptReader reader = PromptReader.ofFile(in, path.getFileName().toString());
      for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
        if (entries.size() == MOST_PROMPTS) {
          throw new InvalidRequestException(
              "a file of more than " + MOST_PROMPTS + " prompts; split it");
        }
        entries.add(entry.get());
      }
    } catch (InvalidRequestException e) {
      throw new InvalidRequestException(name + " is " + e.getMessage());
    } catch (IOException e) {
      throw new IOException("cannot read " + name + ": " + FileFailure.reason(e), e);
    }
    if (entries.isEmpty()) {
      throw new InvalidRequestException("there is no prompt in " + name);
    }
    return entries;
  }
}
