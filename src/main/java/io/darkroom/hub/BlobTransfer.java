package io.darkroom.hub;

import io.darkroom.base.OneLine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CancellationException;

/**
 * Fetches one content into the cache: goes on where an earlier attempt ended, and gives the blob
 * its name only when all of it is there and its checksum is right.
 */
final class BlobTransfer {
  private static final int BLOCK = 1 << 16;

  /**
   * A connection that brought less than this before it broke counts as one more failure in a row.
   */
  private static final long WORTH_AN_ATTEMPT = 1 << 20;

  private static final int OK = 200;

  private final HubSettings settings;
  private final HubClient client;
  private final HubCache cache;
  private final DownloadListener listener;
  private final HubId id;
  private final String commit;
  private final RemoteFile file;
  private final RemoteFile.Content content;
  private final Path incomplete;

  private long position;
  private BlobHash hash;

  /**
   * Plans a transfer.
   *
   * @param settings how patient it is to be
   * @param client asks the hub
   * @param cache takes the blob
   * @param listener told of each byte
   * @param id the model
   * @param commit the commit
   * @param file the file, its content known
   */
  BlobTransfer(
      HubSettings settings,
      HubClient client,
      HubCache cache,
      DownloadListener listener,
      HubId id,
      String commit,
      RemoteFile file) {
    this.settings = settings;
    this.client = client;
    this.cache = cache;
    this.listener = listener;
    this.id = id;
    this.commit = commit;
    this.file = file;
    content = file.content().orElseThrow();
    incomplete = cache.incomplete(id, content);
    hash = new BlobHash(content.etag(), content.size());
  }

  /**
   * Fetches the blob unless it is there.
   *
   * @throws IOException if that fails; what has arrived stays for the next attempt
   * @throws io.darkroom.base.ModelException if the hub refuses the file
   */
  void run() throws IOException {
    Path blob = cache.blob(id, content);
    Runnable waiting =
        () -> listener.note("waiting for another process that fetches " + OneLine.of(file.path()));
    long planned = missing(cache, id, file);
    HubCache.Lock lock = cache.lock(id, content, waiting);
    try {
      if (Files.isRegularFile(blob) && Files.size(blob) == content.size()) {
        listener.received(planned); // another process has done it
        return;
      }
      Files.createDirectories(blob.getParent());
      resume();
      // Another process may have fetched a part of what was planned.
      listener.received(planned - (content.size() - position));
      fetchChecked();
      Files.move(
          incomplete, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      lock.close();
    }
  }

  /** How many bytes of a file would have to be fetched. */
  static long missing(HubCache cache, HubId id, RemoteFile file) throws IOException {
    RemoteFile.Content content = file.content().orElseThrow();
    Path blob = cache.blob(id, content);
    if (Files.isRegularFile(blob) && Files.size(blob) == content.size()) {
      return 0;
    }
    Path part = cache.incomplete(id, content);
    long there = Files.isRegularFile(part) ? Files.size(part) : 0;
    return there <= content.size() ? content.size() - there : content.size();
  }

  /** Takes up what an earlier attempt left. */
  private void resume() throws IOException {
    position = Files.isRegularFile(incomplete) ? Files.size(incomplete) : 0;
    if (position > content.size()) {
      startOver();
    } else if (position > 0) {
      hash.update(incomplete);
    }
  }

  private void startOver() throws IOException {
    Files.deleteIfExists(incomplete);
    position = 0;
    hash = new BlobHash(content.etag(), content.size());
  }

  private void fetchChecked() throws IOException {
    for (int attempt = 1; ; attempt++) {
      fetchAll();
      if (hash.matches()) {
        return;
      }
      listener.received(-position);
      startOver();
      if (attempt == 2) {
        throw new IOException(
            "%s of %s arrived twice with a wrong checksum and was deleted; try again later"
                .formatted(OneLine.of(file.path()), id));
      }
      listener.note(
          OneLine.of(file.path())
              + " arrived with a wrong checksum; downloading it"
              + " once more");
    }
  }

  private void fetchAll() throws IOException {
    int failures = 0;
    while (position < content.size() || !Files.exists(incomplete)) {
      long before = position;
      try {
        fetch();
      } catch (BrokenConnection e) {
        failures = position - before >= WORTH_AN_ATTEMPT ? 1 : failures + 1;
        if (failures >= settings.retry().attempts()) {
          throw new IOException(
              ("the connection broke %d times while %s of %s arrived: %s; run the same command"
                      + " again to continue")
                  .formatted(failures, OneLine.of(file.path()), id, e.getMessage()),
              e);
        }
        client.pause(failures);
      }
    }
  }

  /** Reading failed, which another attempt may mend; writing fails with another exception. */
  private static final class BrokenConnection extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenConnection(IOException cause) {
      super(HubClient.reason(cause), cause);
    }
  }

  private void fetch() throws IOException {
    HubClient.Answer answer = client.open(id, commit, file, position);
    try (InputStream body = answer.body()) {
      if (position > 0 && !goesOn(answer)) {
        listener.received(-position);
        startOver();
      }
      if (position == 0 && answer.statusCode() != OK) {
        throw new BrokenConnection(new IOException("it does not send the rest of the file"));
      }
      try (FileChannel out =
          FileChannel.open(incomplete, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        out.position(position);
        copy(body, out);
        out.force(false);
      }
    }
  }

  /** Whether the answer begins where the file ends. */
  private boolean goesOn(HubClient.Answer answer) {
    return answer.statusCode() == 206
        && answer
            .headers()
            .firstValue("Content-Range")
            .filter(range -> range.startsWith("bytes " + position + "-"))
            .isPresent();
  }

  private void copy(InputStream body, FileChannel out) throws IOException {
    byte[] block = new byte[BLOCK];
    while (position < content.size()) {
      int count;
      try {
        count = body.read(block, 0, (int) Math.min(block.length, content.size() - position));
      } catch (IOException e) {
        throw new BrokenConnection(e);
      }
      if (count < 0) {
        throw new BrokenConnection(new IOException("it ended too early"));
      }
      write(ByteBuffer.wrap(block, 0, count), out);
      hash.update(ByteBuffer.wrap(block, 0, count));
      position += count;
      listener.received(count);
    }
  }

  private void write(ByteBuffer bytes, FileChannel out) throws IOException {
    try {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    } catch (ClosedByInterruptException e) {
      throw new CancellationException("interrupted");
    } catch (IOException e) {
      // Some of the bytes may be in the file: they are not to count as those of the next attempt.
      truncate();
      throw new IOException(
          ("cannot write %s into the cache %s: %s; what has arrived is kept; run the same command"
                  + " again to continue")
              .formatted(OneLine.of(file.path()), cache.root(), e.getMessage()),
          e);
    }
  }

  private void truncate() throws IOException {
    try (FileChannel out = FileChannel.open(incomplete, StandardOpenOption.WRITE)) {
      if (out.size() > position) {
        out.truncate(position);
      }
    }
  }
}
