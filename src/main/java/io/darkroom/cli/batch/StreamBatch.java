package io.darkroom.cli.batch;

import io.darkroom.batch.Batch;
import io.darkroom.batch.BatchResult;
import io.darkroom.batch.BatchSettings;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.output.UnfinishedFiles;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;

/**
 * A batch whose prompts arrive one by one, and are painted as they do.
 *
 * @param painting what it takes
 * @param name the stream as the user named it
 */
record StreamBatch(BatchPainting painting, String name) {
  /**
   * Paints it until the stream ends.
   *
   * @return the exit status
   * @throws IOException if nothing can be read or written any more
   */
  int paint() throws IOException {
    BatchOptions options = painting.options();
    if (options.dryRun()) {
      throw new InvalidRequestException(
          "--dry-run needs the whole file, but standard input may not end; give it a file");
    }
    TextToImage pipeline = painting.pipeline();
    BatchSettings settings = painting.settings();
    Messages messages = painting.messages();
    UnfinishedFiles unfinished = painting.unfinishedFiles();
    try (Interruption interruption = new Interruption(unfinished::abandon, messages);
        Batch batch = begin()) {
      batch.warnings().forEach(messages::warn);
      messages.note(BatchSummary.stream(pipeline, settings, batch.seed()));
      BatchReport report = painting.report();
      report.tell(BatchSummary.streamStartEvent(pipeline, settings, batch.seed()));
      BatchProgress progress = painting.progress(report, interruption, OptionalInt.empty());
      PromptStream stream =
          new PromptStream(
              painting.surroundings().in(), batch, settings.folder(), report, messages, name);
      stream.start();
      BatchResult result =
          painting.make(
              batch, painting.workers().planOfStream(), Integer.MAX_VALUE, unfinished, progress);
      stream.rethrowFailure();
      messages.clearStatus();
      messages.note(progress.summary());
      int failed = result.failed() + stream.failed();
      report.tell(BatchSummary.endEvent(result, stream.there(), failed, stream.invalid()));
      ExitStatus status = painting.status(failed);
      if (stream.invalid() == 0 || options.skipInvalid()) {
        return status.code();
      }
      messages.complain(
          stream.invalid() == 1
              ? "1 line is invalid and was skipped"
              : stream.invalid() + " lines are invalid and were skipped");
      return ExitStatus.BATCH_INCOMPLETE.code();
    }
  }

  private Batch begin() throws IOException {
    while (true) {
      Batch batch = Batch.open(painting.settings(), painting.pipeline());
      try {
        if (painting.begin(batch, List.of())) {
          return batch;
        }
        batch.close();
      } catch (IOException | RuntimeException e) {
        batch.close();
        throw e;
      }
    }
  }
}
