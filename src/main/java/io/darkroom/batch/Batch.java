package io.darkroom.batch;

import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A batch and its folder. Until {@link #begin} nothing is written, so that the same road serves a
 * dry run. Then pictures are added, by one thread, while {@link #run} makes them in another.
 */
public final class Batch implements AutoCloseable {
  private final BatchSettings settings;
  private final Optional<BatchFolder> before;
  private final long seed;
  private final Ledger ledger;
  private final BatchPlanner planner;
  private final WorkQueue queue = new WorkQueue();
  private final List<String> warnings;
  private final OddFiles oddities = new OddFiles();
  private Optional<Manifest> manifest = Optional.empty();
  private int numbers;

  private Batch(BatchSettings settings, TextToImage pipeline) throws IOException {
    this.settings = settings;
    before = BatchFolder.read(settings.folder());
    if (before.isPresent()) {
      settings.source().require(settings.folder(), before.get());
    } else {
      Manifest.requireOwn(settings.folder());
    }
    seed =
        settings
            .seed()
            .or(() -> before.map(BatchFolder::seed))
            .orElseGet(() -> new SecureRandom().nextInt() & 0xFFFF_FFFFL);
    Manifest.Contents contents = Manifest.readAll(settings.folder());
    warnings = contents.warnings();
    ledger = new Ledger(settings.folder(), contents.records());
    planner = new BatchPlanner(settings, seed, pipeline);
  }

  /**
   * Looks at a batch's folder, which need not exist.
   *
   * @param settings what the user says
   * @param pipeline the model, for its defaults and its fingerprint
   * @return the batch; the caller closes it
   * @throws InvalidRequestException if the folder belongs to another batch
   * @throws IOException if it cannot be read
   */
  public static Batch open(BatchSettings settings, TextToImage pipeline) throws IOException {
    return new Batch(settings, pipeline);
  }

  /** {@return the seed that lines without one count from} */
  public long seed() {
    return seed;
  }

  /** {@return what was odd about the folder's manifests, a line each} */
  public List<String> warnings() {
    return warnings;
  }

  /**
   * What is odd about the lines that were planned and the pictures that were decided about since
   * the last call.
   *
   * @return a line each
   */
  public List<String> takeWarnings() {
    List<String> fresh = new ArrayList<>(planner.takeWarnings());
    fresh.addAll(oddities.take());
    return fresh;
  }

  /**
   * The pictures of a line, of all shards.
   *
   * @param entry the line, which makes sense by itself
   * @return its pictures
   * @throws InvalidRequestException if this model cannot make them, or their files are not free
   * @throws IOException if the folder cannot be looked into
   */
  public List<BatchPicture> plan(PromptEntry entry) throws IOException {
    return planner.plan(entry.index(), entry.line().orElseThrow());
  }

  /** What is to be done about a picture. */
  public enum Task {
    /** It is made. */
    MAKE,
    /** Its file is there. */
    KEEP,
    /** It failed before, and nobody wants it tried again. */
    LEAVE_FAILED,
    /** Another process makes it. */
    OTHER_SHARD
  }

  /**
   * A picture with what is to be done about it.
   *
   * @param picture the picture, with the file that it has or will have
   * @param task what is to be done
   */
  public record Planned(BatchPicture picture, Task task) {}

  /**
   * Decides about a picture. To be called once for each, in the order of the batch: the order
   * decides which shard makes it. Where all pictures are known, all are planned before.
   *
   * @param picture the picture
   * @return the decision
   * @throws IOException if its file cannot be read
   */
  public Planned decide(BatchPicture picture) throws IOException {
    if (!settings.shard().owns(numbers++)) {
      return new Planned(picture, Task.OTHER_SHARD);
    }
    Ledger.Entry entry = ledger.find(picture, planner::hasPlanned);
    oddities.add(picture, entry);
    return new Planned(
        picture.at(entry.path()),
        switch (entry.state()) {
          case THERE -> Task.KEEP;
          case FAILED -> settings.retryFailed() ? Task.MAKE : Task.LEAVE_FAILED;
          case MISSING -> Task.MAKE;
        });
  }

  /**
   * Takes possession of the folder: makes it, describes the batch in it, locks the manifest, and
   * removes what killed runs have left.
   *
   * @param pictures all of the batch, of all shards; none if nobody knows them yet
   * @return whether the pictures are still planned as they must be; if another process has just
   *     begun the same batch with another seed, the caller begins anew
   * @throws InvalidRequestException if the folder belongs to another batch, or another process
   *     works on this share of it
   * @throws IOException if nothing can be written there
   */
  public boolean begin(List<BatchPicture> pictures) throws IOException {
    Path folder = settings.folder();
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
    }
    BatchSource source = settings.source();
    // The folder keeps the seed that it began with.
    BatchFolder now =
        new BatchFolder(
            source.name(),
            before.map(BatchFolder::seed).orElse(seed),
            pictures.size(),
            pictures.stream().map(BatchPicture::hash).toList(),
            source.from(folder));
    if (before.isEmpty()) {
      BatchFolder claimed = now.claim(folder);
      source.require(folder, claimed);
      if (settings.seed().isEmpty() && claimed.seed() != seed) {
        return false;
      }
    } else if (!now.equals(before.get())) {
      now.replace(folder);
    }
    manifest = Optional.of(Manifest.open(folder, settings.shard()));
    Leftovers.of(settings.shard()).remove(folders(pictures));
    return true;
  }

  /** Where the batch has, or will have, files. */
  private Set<Path> folders(List<BatchPicture> pictures) {
    return Stream.concat(pictures.stream().map(BatchPicture::path), ledger.paths().stream())
        .map(path -> settings.folder().resolve(path).getParent())
        .collect(Collectors.toSet());
  }

  /**
   * What the names of the temporary files begin with while a shard is made; by it a later run knows
   * those that nobody writes any more.
   *
   * @param shard the shard
   * @return the beginning of a file name
   */
  public static String temporaryPrefix(Shard shard) {
    return Leftovers.of(shard).prefix();
  }

  /**
   * Adds a picture that is to be made.
   *
   * @param picture one whose file is not there yet
   */
  public void add(BatchPicture picture) {
    queue.add(picture);
  }

  /** No more pictures will be added. */
  public void complete() {
    queue.complete();
  }

  /**
   * Makes the pictures that were added and will be, until the batch is complete.
   *
   * @param pipelines opens each worker's copy of the model; the workers close them
   * @param batchSize how many to denoise together; else each pipeline chooses
   * @param sink writes the files
   * @param listener told of everything
   * @return what it came to
   * @throws IOException if nothing can be written any more, or all devices fail
   * @throws java.util.concurrent.CancellationException if the listener stopped the work
   */
  public BatchResult run(
      List<Supplier<TextToImage>> pipelines,
      Optional<Integer> batchSize,
      PictureSink sink,
      BatchListener listener)
      throws IOException {
    return new BatchRun(settings.folder(), manifest.orElseThrow(), queue, batchSize, sink, listener)
        .run(pipelines);
  }

  @Override
  public void close() throws IOException {
    if (manifest.isPresent()) {
      manifest.get().close();
    }
  }
}
