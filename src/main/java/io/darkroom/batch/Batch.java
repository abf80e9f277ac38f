package io.darkroom.batch;

import io.darkroom.pipeline.InvalidRequestException;
import io.darkroom.pipeline.TextToImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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
  private final BatchFolder description;
  private final Ledger ledger;
  private final BatchPlanner planner;
  private final WorkQueue queue = new WorkQueue();
  private final List<String> warnings;
  private Optional<Manifest> manifest = Optional.empty();
  private int numbers;

  private Batch(BatchSettings settings, TextToImage pipeline) throws IOException {
    this.settings = settings;
    before = BatchFolder.read(settings.folder());
    if (before.isPresent()) {
      before.get().requireSource(settings.folder(), settings.source());
    }
    long seed =
        settings
            .seed()
            .or(() -> before.map(BatchFolder::seed))
            .orElseGet(() -> new SecureRandom().nextInt() & 0xFFFF_FFFFL);
    description =
        before
            .map(known -> new BatchFolder(known.source(), seed, known.pictures(), known.foreign()))
            .orElse(new BatchFolder(settings.source(), seed, 0, foreignFiles()));
    Manifest.Contents contents = Manifest.readAll(settings.folder());
    warnings = contents.warnings();
    ledger = new Ledger(settings.folder(), contents.records());
    planner = new BatchPlanner(settings, seed, pipeline, ledger, description.foreign());
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

  /** A folder that is new to the batch may hold pictures of other origin, with names like ours. */
  private Set<String> foreignFiles() throws IOException {
    if (!Files.isDirectory(settings.folder())) {
      return Set.of();
    }
    try (Stream<Path> files = Files.list(settings.folder())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(BatchPlanner::isOwnName)
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** The seed that lines without one count from. */
  public long seed() {
    return description.seed();
  }

  /** What was odd about the folder's manifests, a line each. */
  public List<String> warnings() {
    return warnings;
  }

  /** What is odd about the LoRAs of the lines planned since the last call, a line each. */
  public List<String> takeWarnings() {
    return planner.takeWarnings();
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
    return new Planned(
        picture.at(entry.path()),
        switch (entry.state()) {
          case THERE -> Task.KEEP;
          case FAILED -> settings.retryFailed() ? Task.MAKE : Task.LEAVE_FAILED;
          case MISSING -> Task.MAKE;
        });
  }

  /**
   * Takes possession of the folder: makes it, describes the batch in it, and locks the manifest.
   *
   * @param pictures how many the whole batch has; 0 if nobody knows
   * @return whether the pictures are still planned as they must be; if another process has just
   *     begun the same batch, with another seed or having seen other files, the caller begins anew
   * @throws InvalidRequestException if the folder belongs to another batch, or another process
   *     works on this share of it
   * @throws IOException if nothing can be written there
   */
  public boolean begin(int pictures) throws IOException {
    Path folder = settings.folder();
    Files.createDirectories(folder);
    BatchFolder now =
        new BatchFolder(settings.source(), description.seed(), pictures, description.foreign());
    if (before.isEmpty()) {
      BatchFolder claimed = now.claim(folder);
      claimed.requireSource(folder, settings.source());
      boolean sameSeed = settings.seed().isPresent() || claimed.seed() == now.seed();
      if (!sameSeed || !claimed.foreign().equals(now.foreign())) {
        return false;
      }
    } else if (now.pictures() != before.get().pictures()) {
      // The folder keeps the seed that it began with.
      new BatchFolder(now.source(), before.get().seed(), pictures, now.foreign()).replace(folder);
    }
    manifest = Optional.of(Manifest.open(folder, settings.shard()));
    return true;
  }

  /** Adds a picture that is to be made. */
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
