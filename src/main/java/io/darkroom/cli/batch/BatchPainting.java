package io.darkroom.cli.batch;

import io.darkroom.base.FileFailure;
import io.darkroom.batch.Batch;
import io.darkroom.batch.BatchPicture;
import io.darkroom.batch.BatchResult;
import io.darkroom.batch.BatchSettings;
import io.darkroom.batch.WorkerPlan;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.output.PictureFile;
import io.darkroom.cli.output.PictureMetadata;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.cli.output.UnfinishedFiles;
import io.darkroom.image.PictureFormat;
import io.darkroom.pipeline.TextToImage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the painting of a batch takes, whether its prompts come from a file or from a stream.
 *
 * @param settings the batch's
 * @param pipeline the open model
 * @param workers open it once more for each worker
 * @param options what the user said of the batch as a whole
 * @param batchSize how many pictures go together; else each pipeline chooses
 * @param surroundings the process
 * @param messages says what a person should know
 */
record BatchPainting(
    BatchSettings settings,
    TextToImage pipeline,
    BatchWorkers workers,
    BatchOptions options,
    Optional<Integer> batchSize,
    Surroundings surroundings,
    Messages messages) {
  /** Keeps the files while they are written. */
  UnfinishedFiles unfinishedFiles() {
    return new UnfinishedFiles(Batch.temporaryPrefix(settings.shard()));
  }

  /** Tells programs what happens. */
  BatchReport report() {
    StandardOutput out = new StandardOutput(surroundings.out());
    return new BatchReport(options.dryRun() ? out::println : out::report, options.json());
  }

  /** Tells a person how the batch goes on. */
  BatchProgress progress(BatchReport report, Interruption interruption, OptionalInt pictures) {
    return new BatchProgress(messages, report, interruption, pictures, System::nanoTime);
  }

  /**
   * Takes possession of the batch's folder.
   *
   * @param batch the batch
   * @param pictures all of it; none if nobody knows them yet
   * @return false if another process has just begun the same batch: then all is planned anew
   * @throws IOException if the folder cannot be written to
   */
  boolean begin(Batch batch, List<BatchPicture> pictures) throws IOException {
    try {
      return batch.begin(pictures);
    } catch (IOException e) {
      throw new IOException(
          "cannot write into the folder " + settings.folder() + ": " + FileFailure.reason(e), e);
    }
  }

  /**
   * Makes the pictures of a batch.
   *
   * @param batch the batch, which has begun
   * @param plan how the pictures are shared among workers
   * @param pictures at most how many there will be
   * @param unfinished keeps the files while they are written
   * @param progress told of everything
   * @return what it came to
   * @throws IOException if nothing can be written any more
   */
  BatchResult make(
      Batch batch,
      WorkerPlan plan,
      int pictures,
      UnfinishedFiles unfinished,
      BatchProgress progress)
      throws IOException {
    return batch.run(
        workers.of(plan, pictures),
        batchSize,
        (picture, painter, target, announcement) ->
            PictureFile.write(
                PictureMetadata.png(picture, painter),
                PictureFormat.ofName(target.toString()).orElseThrow(),
                target,
                unfinished,
                complete -> {
                  announcement.of(complete);
                  unfinished.add(complete, target);
                  return target;
                }),
        progress);
  }

  /**
   * The exit status; complains if a picture failed.
   *
   * @param failed how many did
   * @return the status
   */
  ExitStatus status(int failed) {
    if (failed == 0) {
      return ExitStatus.DONE;
    }
    messages.complain(
        failed
            + (failed == 1 ? " picture" : " pictures")
            + " failed; the manifest says why, and --retry-failed tries again");
    return ExitStatus.BATCH_INCOMPLETE;
  }
}
