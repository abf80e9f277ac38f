package io.darkroom.batch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The temporary files of a shard's runs. Their names tell the shard and the running kernel: where
 * both are one's own, the lock on the shard's manifest is proof that nobody writes the file. Of
 * another machine, or of this one before it started anew, a lock may prove nothing on a network
 * file system; then a file counts as left behind when it has not been written for an hour, by the
 * file system's own clock. A picture is written in seconds.
 *
 * @param shard whose
 * @param kernel the running kernel's name; empty where it has none
 */
record Leftovers(Shard shard, String kernel) {
  /** Linux gives itself a random number each time that it starts: see random(4). */
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private static final Duration LONG_AGO = Duration.ofHours(1);
  private static final String PREFIX = ".darkroom-";
  private static final String SUFFIX = ".tmp";

  private static final Pattern NAME =
      Pattern.compile(
          "\\.darkroom-((?<shard>\\d+-of-\\d+)-(?<kernel>[0-9a-f]*)-)?[0-9a-f-]+(-batch)?\\.tmp");

  /** Those of this machine. */
  static Leftovers of(Shard shard) {
    String kernel;
    try {
      kernel = Files.readString(BOOT_ID).replaceAll("[^0-9a-f]", "");
    } catch (IOException e) {
      kernel = "";
    }
    return new Leftovers(shard, kernel);
  }

  /** What the names of the shard's temporary files begin with; digits and the ending follow. */
  String prefix() {
    return PREFIX + shardName() + "-" + kernel + "-";
  }

  private String shardName() {
    return shard.index() + "-of-" + shard.count();
  }

  /**
   * Removes what was left behind. To be called while the shard's manifest is locked.
   *
   * @param folders where to look; those that do not exist are left out
   * @throws IOException if one cannot be read or written
   */
  void remove(Set<Path> folders) throws IOException {
    for (Path folder : folders) {
      List<Path> old = new ArrayList<>();
      for (Path file : temporaryFiles(folder)) {
        if (isOfThisKernel(file)) {
          Files.deleteIfExists(file);
        } else if (isOfThisShard(file)) {
          old.add(file);
        }
      }
      if (!old.isEmpty()) {
        FileTime now = now(folder);
        for (Path file : old) {
          if (isOlder(file, now)) {
            Files.deleteIfExists(file);
          }
        }
      }
    }
  }

  private static boolean isOlder(Path file, FileTime now) throws IOException {
    try {
      FileTime written = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
      return Duration.between(written.toInstant(), now.toInstant()).compareTo(LONG_AGO) > 0;
    } catch (NoSuchFileException e) {
      return false; // it has got its name, or another shard was faster
    }
  }

  private static List<Path> temporaryFiles(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .toList();
    }
  }

  private boolean isOfThisKernel(Path file) {
    String name = file.getFileName().toString();
    return !kernel.isEmpty() && name.startsWith(prefix()) && !name.endsWith("-batch" + SUFFIX);
  }

  /** Tells whether a file is of this shard, or of no shard at all. */
  private boolean isOfThisShard(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    return name.matches()
        && (name.group("shard") == null || name.group("shard").equals(shardName()));
  }

  /** The file system's clock, which may be another machine's. */
  private static FileTime now(Path folder) throws IOException {
    Path file = folder.resolve(PREFIX + UUID.randomUUID() + SUFFIX);
    try {
      return Files.getLastModifiedTime(Files.createFile(file));
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
