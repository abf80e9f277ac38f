package io.darkroom.cli.batch;

import com.google.gson.JsonObject;
import io.darkroom.batch.Batch;
import io.darkroom.batch.BatchPicture;
import io.darkroom.batch.BatchResult;
import io.darkroom.batch.BatchSettings;
import io.darkroom.batch.PromptEntry;
import io.darkroom.batch.Shard;
import io.darkroom.batch.WorkerPlan;
import io.darkroom.lora.LoraChoice;
import io.darkroom.pipeline.LoraMerging;
import io.darkroom.pipeline.ModelDescription;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The numbers of a batch, for people and programs.
 *
 * @param settings the batch's
 * @param seed the batch's
 * @param pictures of all shards
 * @param tasks what is to be done about each
 */
record BatchSummary(
    BatchSettings settings, long seed, int pictures, Map<Batch.Task, List<BatchPicture>> tasks) {
  /**
   * The line that a batch begins with. The batch's seed is told where it counts for a line.
   *
   * @param pipeline the model
   * @param entries the lines
   */
  String beginning(ModelDescription pipeline, List<PromptEntry> entries) {
    StringBuilder line = new StringBuilder(where(pipeline));
    if (entries.stream()
        .flatMap(entry -> entry.line().stream())
        .anyMatch(prompt -> prompt.seed().isEmpty())) {
      line.append(", seed ").append(seed);
    }
    line.append(": ");
    line.append(pictures).append(pictures == 1 ? " picture" : " pictures");
    if (!settings.shard().equals(Shard.WHOLE)) {
      int mine = pictures - count(Batch.Task.OTHER_SHARD);
      line.append(", ").append(mine).append(" of them in shard ").append(settings.shard());
    }
    line.append("; ");
    if (count(Batch.Task.KEEP) > 0) {
      line.append(count(Batch.Task.KEEP)).append(" there already, ");
    }
    if (failedBefore() > 0) {
      line.append(failedBefore()).append(" failed before, ");
    }
    return line.append(count(Batch.Task.MAKE)).append(" to make").toString();
  }

  /**
   * The line that tells how often the model's weights load anew, where that is more than once.
   *
   * @param pipeline tells what is merged already
   * @return the line
   */
  Optional<String> merges(LoraMerging pipeline) {
    Set<List<LoraChoice>> sets =
        tasks.get(Batch.Task.MAKE).stream().map(BatchPicture::loras).collect(Collectors.toSet());
    int merges = sets.size() - (sets.contains(pipeline.loras()) ? 1 : 0);
    return merges > 1
        ? Optional.of(
            "the prompts name %d sets of LoRAs: each worker loads the weights up to %d times more"
                .formatted(sets.size(), merges))
        : Optional.empty();
  }

  /** The line that tells how the processor's threads are shared. */
  String sharing(WorkerPlan plan) {
    return plan.workers()
        + (plan.workers() == 1 ? " worker with " : " workers with ")
        + plan.threads()
        + (plan.threads() == 1 ? " thread" : " threads")
        + (plan.workers() == 1 ? "" : " each");
  }

  /** The line that a stream begins with. */
  static String stream(ModelDescription pipeline, BatchSettings settings, long seed) {
    return where(pipeline) + ", seed " + seed + "; waiting for prompts, for " + settings.folder();
  }

  private static String where(ModelDescription pipeline) {
    return pipeline.modelName() + " on " + pipeline.device() + " in " + pipeline.dtype();
  }

  /** Pictures that failed in an earlier run and stay so. */
  int failedBefore() {
    return count(Batch.Task.LEAVE_FAILED);
  }

  private int count(Batch.Task task) {
    return tasks.get(task).size();
  }

  /** The event that a batch begins with. */
  JsonObject startEvent(ModelDescription pipeline, WorkerPlan plan) {
    JsonObject event = streamStartEvent(pipeline, settings, seed);
    event.addProperty("pictures", pictures);
    event.addProperty("there", count(Batch.Task.KEEP));
    event.addProperty("failed_before", failedBefore());
    event.addProperty("to_make", count(Batch.Task.MAKE));
    event.addProperty("workers", plan.workers());
    event.addProperty("threads", plan.threads());
    return event;
  }

  /** The event that a stream begins with; how many pictures it has nobody knows. */
  static JsonObject streamStartEvent(ModelDescription pipeline, BatchSettings settings, long seed) {
    JsonObject event = BatchReport.event("start");
    event.addProperty("folder", settings.folder().toString());
    event.addProperty("seed", seed);
    event.addProperty("shard", settings.shard().toString());
    event.addProperty("model", pipeline.modelName());
    event.addProperty("device", pipeline.device());
    event.addProperty("dtype", pipeline.dtype());
    return event;
  }

  /** The event that a batch ends with. */
  JsonObject endEvent(BatchResult result) {
    return endEvent(result, count(Batch.Task.KEEP), failedBefore() + result.failed(), 0);
  }

  /** The event that a batch ends with; of a stream it tells of lines that made no sense, too. */
  static JsonObject endEvent(BatchResult result, int there, int failed, int invalid) {
    JsonObject event = BatchReport.event("end");
    event.addProperty("made", result.made());
    event.addProperty("there", there);
    event.addProperty("failed", failed);
    event.addProperty("invalid", invalid);
    return event;
  }
}
