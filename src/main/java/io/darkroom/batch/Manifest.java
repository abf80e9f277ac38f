package io.darkroom.batch;

import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The record of what one process has made: {@code manifest.jsonl}, or {@code manifest-I-of-N.jsonl}
 * of a shard, a line a picture. A line is on disk before the next one begins; it is there whole or,
 * after the machine died, cut off at the end, which the next run mends. One process at a time
 * writes a manifest; all may read all of them.
 */
final class Manifest implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("manifest(-\\d+-of-\\d+)?\\.jsonl");

  private final Path file;
  private final FileChannel channel;

  /** What all manifests of a folder say. */
  record Contents(List<ManifestRecord> records, List<String> warnings) {}

  private Manifest(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Tells whether a file's name is a manifest's. */
  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /**
   * Opens a shard's manifest for writing, mends its end and keeps others from writing it.
   *
   * @param folder the batch's
   * @param shard whose
   * @return the manifest
   * @throws InvalidRequestException if another process is writing it
   * @throws IOException if it cannot be written
   */
  static Manifest open(Path folder, Shard shard) throws IOException {
    String name =
        shard.equals(Shard.WHOLE)
            ? "manifest.jsonl"
            : "manifest-" + shard.index() + "-of-" + shard.count() + ".jsonl";
    Path file = folder.resolve(name);
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (!isLocked(channel)) {
        throw new InvalidRequestException(
            "another darkroom process is writing "
                + file
                + "; wait until it ends, or give each"
                + " process its own --shard");
      }
      Manifest manifest = new Manifest(file, channel);
      manifest.mendEnd();
      return manifest;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // this very process has it open
    }
  }

  /**
   * Takes a line away that was cut off, and gives a whole one its missing end. Reads by the locked
   * channel: POSIX drops a process's lock as soon as it closes any descriptor of the file.
   */
  private void mendEnd() throws IOException {
    ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(channel.size()));
    while (content.hasRemaining() && channel.read(content, content.position()) >= 0) {
      // until all is there
    }
    byte[] bytes = content.array();
    int start = bytes.length;
    while (start > 0 && bytes[start - 1] != '\n') {
      start--;
    }
    String last = new String(bytes, start, bytes.length - start, StandardCharsets.UTF_8);
    if (ManifestRecord.parse(last).isPresent()) {
      write("\n", channel.size());
    } else {
      channel.truncate(start);
    }
  }

  /**
   * Adds a line and waits until it is on disk.
   *
   * @param record the line
   * @throws IOException if that fails; then nothing of it is there
   */
  void append(ManifestRecord record) throws IOException {
    write(record.json() + "\n", channel.size());
  }

  private void write(String text, long position) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    try {
      long end = position;
      while (bytes.hasRemaining()) {
        end += channel.write(bytes, end);
      }
      channel.force(true);
    } catch (IOException e) {
      channel.truncate(position);
      throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads all manifests of a folder.
   *
   * @param folder the folder; it need not exist
   * @return their records, each file's in its order
   * @throws IOException if one cannot be read
   */
  static Contents readAll(Path folder) throws IOException {
    List<ManifestRecord> records = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    for (Path file : files(folder)) {
      // Not readString, which refuses a line that was cut off inside a character.
      String[] lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n", -1);
      for (int i = 0; i < lines.length; i++) {
        Optional<ManifestRecord> record = ManifestRecord.parse(lines[i]);
        record.ifPresent(records::add);
        // The last line may be one that another shard is just writing.
        if (record.isEmpty() && !lines[i].isBlank() && i < lines.length - 1) {
          warnings.add(file.getFileName() + ":" + (i + 1) + " cannot be read and is ignored");
        }
      }
    }
    return new Contents(records, warnings);
  }

  /**
   * Makes sure that files under the names of manifests are manifests: other programs have such
   * names, too.
   *
   * @param folder a folder that is not known to be a batch's; it need not exist
   * @throws InvalidRequestException if one is none
   * @throws IOException if one cannot be read
   */
  static void requireOwn(Path folder) throws IOException {
    for (Path file : files(folder)) {
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      boolean cutOff = text.startsWith(ManifestRecord.BEGINNING) && text.indexOf('\n') < 0;
      if (!text.isBlank()
          && !cutOff
          && text.lines().noneMatch(line -> ManifestRecord.parse(line).isPresent())) {
        throw new InvalidRequestException(
            file
                + " is not the manifest of a batch; move it, or choose another folder with"
                + " --output");
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> isName(file.getFileName().toString())).sorted().toList();
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
