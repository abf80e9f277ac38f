package io.darkroom.hub;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * The cache of models on disk, in the layout of the hub's own tools: <a
 * href="https://huggingface.co/docs/huggingface_hub/guides/manage-cache">Understand caching</a>.
 *
 * <pre>
 * models--organization--name/blobs/ETAG               the contents
 * models--organization--name/snapshots/COMMIT/PATH    links to them
 * models--organization--name/refs/REVISION            the commit that a branch or tag means
 * .locks/models--organization--name/ETAG.lock         held while a blob is fetched
 * </pre>
 */
public final class HubCache {
  private static final String BLOBS = "blobs";
  private static final String SNAPSHOTS = "snapshots";
  private static final String REFS = "refs";
  private static final String INCOMPLETE = ".incomplete";
  private static final long LOCK_POLL_MILLIS = 100;

  /**
   * Ways to let a snapshot have a blob's content; the first that the file system knows is taken.
   */
  enum Way {
    /** A link by a relative path, so that the cache may be moved. */
    SYMBOLIC_LINK {
      @Override
      void make(Path unfinished, Path file, Path blob) throws IOException {
        Files.createSymbolicLink(unfinished, file.getParent().relativize(blob));
      }
    },
    /** A second name. */
    HARD_LINK {
      @Override
      void make(Path unfinished, Path file, Path blob) throws IOException {
        Files.createLink(unfinished, blob);
      }
    },
    /** A second file. */
    COPY {
      @Override
      void make(Path unfinished, Path file, Path blob) throws IOException {
        Files.copy(blob, unfinished);
      }
    };

    /** Makes under another name what will be a snapshot's file. */
    abstract void make(Path unfinished, Path file, Path blob) throws IOException;
  }

  private final Path root;
  private final List<Way> ways;

  /**
   * Opens a cache, which need not exist yet.
   *
   * @param root its folder
   */
  public HubCache(Path root) {
    this(root, List.of(Way.values()));
  }

  /**
   * Opens a cache on a file system that knows only some ways.
   *
   * @param root its folder
   * @param ways what it knows
   */
  HubCache(Path root, List<Way> ways) {
    this.root = root.toAbsolutePath();
    this.ways = ways;
  }

  // ---------------------------------------------------------------- looking

  /**
   * Looks for a model.
   *
   * @param id the model
   * @return its snapshot, complete or not; empty if there is none
   * @throws IOException if the cache cannot be read
   */
  public Optional<CachedModel> find(HubId id) throws IOException {
    Optional<String> commit = commit(id);
    if (commit.isEmpty() || !Files.isDirectory(snapshot(id, commit.get()))) {
      return Optional.empty();
    }
    return Optional.of(cached(id, commit.get()));
  }

  /**
   * Lists the diffusion models: every revision that has a {@code model_index.json}.
   *
   * @return the models, ordered by their ids
   * @throws IOException if the cache cannot be read
   */
  public List<CachedModel> models() throws IOException {
    List<CachedModel> models = new ArrayList<>();
    for (Path folder : children(root)) {
      Optional<HubId> id = HubId.ofFolder(folder.getFileName().toString());
      if (id.isPresent()) {
        for (CachedModel model : revisions(id.get())) {
          if (Files.isRegularFile(model.path().resolve(NeededFiles.INDEX))) {
            models.add(model);
          }
        }
      }
    }
    return models;
  }

  /** All revisions of a repository: each ref, and each snapshot that no ref means. */
  private List<CachedModel> revisions(HubId id) throws IOException {
    List<CachedModel> revisions = new ArrayList<>();
    Set<String> named = new HashSet<>();
    for (Map.Entry<String, String> ref : refs(id).entrySet()) {
      if (Files.isDirectory(snapshot(id, ref.getValue()))) {
        named.add(ref.getValue());
        revisions.add(cached(id.at(ref.getKey()), ref.getValue()));
      }
    }
    for (Path snapshot : children(folder(id).resolve(SNAPSHOTS))) {
      String commit = snapshot.getFileName().toString();
      if (HubId.isCommit(commit) && !named.contains(commit)) {
        revisions.add(cached(id.at(commit), commit));
      }
    }
    return revisions;
  }

  private Map<String, String> refs(HubId id) throws IOException {
    Map<String, String> refs = new LinkedHashMap<>();
    Path folder = folder(id).resolve(REFS);
    for (Path file : regularFiles(folder)) {
      String revision = folder.relativize(file).toString().replace('\\', '/');
      Optional<String> commit =
          HubId.parse(id.repository() + "@" + revision).flatMap(this::refText);
      commit.ifPresent(text -> refs.put(revision, text));
    }
    return refs;
  }

  private Optional<String> commit(HubId id) {
    return id.isCommit() ? Optional.of(id.revision()) : refText(id);
  }

  private Optional<String> refText(HubId id) {
    try {
      Path file = folder(id).resolve(REFS).resolve(id.revision());
      return Files.isRegularFile(file)
          ? Optional.of(Files.readString(file).strip()).filter(HubId::isCommit)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // as good as no ref
    }
  }

  private CachedModel cached(HubId id, String commit) throws IOException {
    Path snapshot = snapshot(id, commit);
    Set<Path> contents = new HashSet<>();
    Set<String> names = new TreeSet<>();
    long bytes = 0;
    for (Path file : files(snapshot)) {
      if (Files.isRegularFile(file)) { // a link to nowhere is no file
        names.add(snapshot.relativize(file).toString().replace('\\', '/'));
        if (contents.add(file.toRealPath())) {
          bytes += Files.size(file);
        }
      }
    }
    return new CachedModel(id, commit, snapshot, bytes, names);
  }

  // ---------------------------------------------------------------- filling

  /** Where a blob's content is or will be. */
  Path blob(HubId id, RemoteFile.Content content) {
    return folder(id).resolve(BLOBS).resolve(content.etag());
  }

  /** Where a blob's content is while some of it is missing. */
  Path incomplete(HubId id, RemoteFile.Content content) {
    return folder(id).resolve(BLOBS).resolve(content.etag() + INCOMPLETE);
  }

  /** Whether a file is in its place, with the content that it should have. */
  boolean has(HubId id, String commit, RemoteFile file) throws IOException {
    Path place = snapshot(id, commit).resolve(file.path());
    try {
      return Files.isRegularFile(place)
          && Files.size(place) == file.size()
          // A link tells by its target which content it has; another kind of file, by its size.
          && (!Files.isSymbolicLink(place)
              || place.toRealPath().endsWith(file.content().orElseThrow().etag()));
    } catch (NoSuchFileException e) {
      return false; // another process has just removed it
    }
  }

  /**
   * Keeps other processes from fetching a blob.
   *
   * @param id the model
   * @param content the blob
   * @param waiting run once if another one is at it
   * @return the lock, held until it is closed
   * @throws IOException if the lock's file cannot be written
   */
  Lock lock(HubId id, RemoteFile.Content content, Runnable waiting) throws IOException {
    Path file = root.resolve(".locks").resolve(id.folder()).resolve(content.etag() + ".lock");
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      for (boolean first = true; ; first = false) {
        if (tryLock(channel)) {
          return new Lock(channel);
        }
        if (first) {
          waiting.run();
        }
        Thread.sleep(LOCK_POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      channel.close();
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another thread of this process
    }
  }

  /** A held lock; its file stays, since another process may be waiting for it. */
  record Lock(FileChannel channel) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /**
   * Lets a snapshot have a file with a blob's content. Other processes may do the same: what is in
   * its place is replaced in one step, so that it is never missing.
   */
  void place(HubId id, String commit, RemoteFile file) throws IOException {
    Path blob = blob(id, file.content().orElseThrow());
    Path place = snapshot(id, commit).resolve(file.path());
    Files.createDirectories(place.getParent());
    if (has(id, commit, file)) {
      return;
    }
    Path unfinished = root.resolve(".darkroom-" + UUID.randomUUID() + ".tmp");
    try {
      for (Way way : ways) {
        try {
          way.make(unfinished, place, blob);
          Files.move(
              unfinished,
              place,
              StandardCopyOption.ATOMIC_MOVE,
              StandardCopyOption.REPLACE_EXISTING);
          return;
        } catch (UnsupportedOperationException | FileSystemException e) {
          if (way == ways.get(ways.size() - 1)) {
            throw e;
          }
          Files.deleteIfExists(unfinished);
        }
      }
    } finally {
      // Also there where two names of one file were to be exchanged: then nothing is renamed.
      Files.deleteIfExists(unfinished);
    }
  }

  /** Writes down which commit a branch or tag means. */
  void writeRef(HubId id, String commit) throws IOException {
    if (id.isCommit()) {
      return;
    }
    Path file = folder(id).resolve(REFS).resolve(id.revision());
    if (refText(id).filter(commit::equals).isPresent()) {
      return;
    }
    Files.createDirectories(file.getParent());
    Path unfinished = Files.createTempFile(root, ".darkroom-", ".tmp");
    try {
      Files.writeString(unfinished, commit);
      Files.move(
          unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  // ---------------------------------------------------------------- checking and removing

  /**
   * Checks every content of a repository against its checksum, and that every link leads somewhere.
   *
   * @param id the repository; all its revisions are checked
   * @param listener told of the bytes that were read
   * @return what was found
   * @throws ModelException if there is no such repository in the cache
   * @throws IOException if a file cannot be read
   */
  public Verification verify(HubId id, LongConsumer listener) throws IOException {
    requireFolder(id);
    int checked = 0;
    int unchecked = 0;
    long bytes = 0;
    List<Verification.Fault> faults = new ArrayList<>();
    Set<String> bad = new HashSet<>();
    for (Path blob : children(folder(id).resolve(BLOBS))) {
      String etag = blob.getFileName().toString();
      if (etag.endsWith(INCOMPLETE) || !Files.isRegularFile(blob)) {
        continue;
      }
      long size = Files.size(blob);
      BlobHash hash = new BlobHash(etag, size);
      if (!hash.isKnown()) {
        unchecked++;
        continue;
      }
      hash.update(blob);
      listener.accept(size);
      bytes += size;
      checked++;
      if (!hash.matches()) {
        bad.add(etag);
      }
    }
    Set<String> linked = new HashSet<>();
    Path snapshots = folder(id).resolve(SNAPSHOTS);
    for (Path file : files(snapshots)) {
      String name = snapshots.relativize(file).toString().replace('\\', '/');
      if (!Files.isRegularFile(file)) {
        faults.add(new Verification.Fault(name, "its content is missing"));
      } else if (Files.isSymbolicLink(file)) {
        String etag = file.toRealPath().getFileName().toString();
        linked.add(etag);
        if (bad.contains(etag)) {
          faults.add(new Verification.Fault(name, "its checksum is wrong"));
        }
      } else if (!hasBlob(id, file)) {
        unchecked++;
      }
    }
    bad.removeAll(linked);
    bad.stream()
        .sorted()
        .forEach(
            etag -> faults.add(new Verification.Fault("blobs/" + etag, "its checksum is wrong")));
    return new Verification(checked, unchecked, bytes, faults);
  }

  /** Whether a file that is no symbolic link is a second name of a blob. */
  private boolean hasBlob(HubId id, Path file) throws IOException {
    for (Path blob : children(folder(id).resolve(BLOBS))) {
      if (Files.isSameFile(blob, file)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Removes a repository with all its revisions.
   *
   * @param id the repository; its revision does not count
   * @return the bytes that were freed
   * @throws ModelException if there is no such repository in the cache
   * @throws IOException if a file cannot be removed
   */
  public long remove(HubId id) throws IOException {
    requireFolder(id);
    long before = bytesIn(folder(id));
    deleteTree(folder(id));
    deleteTree(root.resolve(".locks").resolve(id.folder()));
    return before;
  }

  /**
   * Removes one revision, and the contents that no other revision has.
   *
   * @param id the model
   * @return the bytes that were freed
   * @throws ModelException if there is no such revision in the cache
   * @throws IOException if a file cannot be removed
   */
  public long removeRevision(HubId id) throws IOException {
    requireFolder(id);
    CachedModel model =
        find(id)
            .orElseThrow(
                () ->
                    new ModelException(
                        id.repository() + " has no revision " + id.revision() + " in the cache"));
    long before = bytesIn(folder(id));
    for (Map.Entry<String, String> ref : refs(id).entrySet()) {
      if (ref.getValue().equals(model.commit())) {
        Files.deleteIfExists(folder(id).resolve(REFS).resolve(ref.getKey()));
      }
    }
    deleteTree(model.path());
    Set<Path> used = new HashSet<>();
    List<Path> snapshots = files(folder(id).resolve(SNAPSHOTS));
    for (Path file : snapshots) {
      if (Files.exists(file)) {
        used.add(file.toRealPath());
      }
    }
    for (Path blob : children(folder(id).resolve(BLOBS))) {
      // A blob that is being fetched, or was in part, is nobody's yet.
      if (!blob.getFileName().toString().endsWith(INCOMPLETE)
          && !used.contains(blob.toRealPath())) {
        Files.delete(blob);
      }
    }
    if (children(folder(id).resolve(SNAPSHOTS)).isEmpty()) {
      remove(id);
      return before;
    }
    return before - bytesIn(folder(id));
  }

  private void requireFolder(HubId id) {
    if (!Files.isDirectory(folder(id))) {
      throw new ModelException(
          "%s is not in the cache %s; darkroom models list shows what is in it"
              .formatted(id.repository(), root));
    }
  }

  // ---------------------------------------------------------------- files

  /** The folder of the whole cache. */
  Path root() {
    return root;
  }

  private Path folder(HubId id) {
    return root.resolve(id.folder());
  }

  /** Where a commit's files are. */
  Path snapshot(HubId id, String commit) {
    return folder(id).resolve(SNAPSHOTS).resolve(commit);
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.sorted().toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
  }

  /** All that is no folder, links that lead nowhere included; links are not followed. */
  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths
          .filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static List<Path> regularFiles(Path folder) throws IOException {
    return files(folder).stream().filter(Files::isRegularFile).toList();
  }

  private static long bytesIn(Path folder) throws IOException {
    long bytes = 0;
    for (Path file : files(folder)) {
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private static void deleteTree(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(folder)) {
      paths = new ArrayList<>(walk.toList());
    } catch (NoSuchFileException e) {
      return;
    }
    Collections.reverse(paths);
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }

  /**
   * Reads a snapshot's {@code model_index.json}.
   *
   * @param snapshot its folder
   * @return the index
   * @throws ModelException if it is missing or broken
   */
  static JsonConfig index(Path snapshot) {
    return JsonConfig.read(snapshot.resolve(NeededFiles.INDEX));
  }
}
