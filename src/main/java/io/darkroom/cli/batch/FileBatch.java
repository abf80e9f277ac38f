package io.darkroom.cli.batch;

import io.darkroom.batch.Batch;
import io.darkroom.batch.BatchPicture;
import io.darkroom.batch.BatchResult;
import io.darkroom.batch.PromptEntry;
import io.darkroom.batch.WorkerPlan;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.output.UnfinishedFiles;
import io.darkroom.pipeline.TextToImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A batch whose prompts are all known: planned as a whole before the first picture.
 *
 * @param painting what it takes
 * @param lines plan the pictures
 * @param entries the lines
 */
record FileBatch(BatchPainting painting, BatchLines lines, List<PromptEntry> entries) {
  /**
   * Paints it, or tells what would be painted.
   *
   * @return the exit status
   * @throws IOException if nothing can be written any more
   */
  int paint() throws IOException {
    Optional<ExitStatus> status = tryOnce();
    // Another process began the same batch at this moment: once more, with its seed.
    return (status.isPresent() ? status : tryOnce()).orElseThrow().code();
  }

  private Optional<ExitStatus> tryOnce() throws IOException {
    TextToImage pipeline = painting.pipeline();
    Messages messages = painting.messages();
    UnfinishedFiles unfinished = painting.unfinishedFiles();
    try (Interruption interruption = new Interruption(unfinished::abandon, messages);
        Batch batch = Batch.open(painting.settings(), pipeline)) {
      batch.warnings().forEach(messages::warn);
      List<BatchPicture> pictures = lines.plan(batch, entries);
      if (!painting.options().dryRun() && !painting.begin(batch, pictures)) {
        return Optional.empty();
      }
      Map<Batch.Task, List<BatchPicture>> tasks = decide(batch, pictures, interruption);
      BatchReport report = painting.report();
      BatchSummary summary =
          new BatchSummary(painting.settings(), batch.seed(), pictures.size(), tasks);
      batch.takeWarnings().forEach(messages::warn);
      messages.note(summary.beginning(pipeline, entries));
      summary.merges(pipeline).ifPresent(messages::note);
      List<BatchPicture> toMake = tasks.get(Batch.Task.MAKE);
      WorkerPlan plan = painting.workers().plan(toMake, painting.batchSize());
      if (!toMake.isEmpty() && painting.workers().isProcessorAlone()) {
        messages.note(summary.sharing(plan));
      }
      if (painting.options().dryRun()) {
        new BatchEstimate(pipeline, painting.batchSize(), interruption)
            .print(
                painting.settings().folder(),
                toMake,
                painting.workers().of(plan, toMake.size()).size(),
                report,
                messages);
        return Optional.of(ExitStatus.DONE);
      }
      report.tell(summary.startEvent(pipeline, plan));
      toMake.forEach(batch::add);
      batch.complete();
      BatchProgress progress =
          painting.progress(report, interruption, OptionalInt.of(toMake.size()));
      BatchResult result = new BatchResult(0, 0);
      if (!toMake.isEmpty()) {
        result = painting.make(batch, plan, toMake.size(), unfinished, progress);
        messages.clearStatus();
        messages.note(progress.summary());
      }
      report.tell(summary.endEvent(result));
      return Optional.of(painting.status(summary.failedBefore() + result.failed()));
    }
  }

  private static Map<Batch.Task, List<BatchPicture>> decide(
      Batch batch, List<BatchPicture> pictures, Interruption interruption) throws IOException {
    Map<Batch.Task, List<BatchPicture>> tasks = new EnumMap<>(Batch.Task.class);
    for (Batch.Task task : Batch.Task.values()) {
      tasks.put(task, new ArrayList<>());
    }
    for (BatchPicture picture : pictures) {
      interruption.check();
      Batch.Planned planned = batch.decide(picture);
      tasks.get(planned.task()).add(planned.picture());
    }
    return tasks;
  }
}
