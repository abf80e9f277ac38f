package io.darkroom.cli.batch;

import io.darkroom.batch.BatchPicture;
import io.darkroom.batch.WorkerPlan;
import io.darkroom.cli.option.PipelineOpener;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.ImageRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Opens the model for each worker; the first one takes the copy that is open already. */
final class BatchWorkers {
  private final TextToImage first;
  private final PipelineOpener opener;
  private final ModelFiles modelFiles;
  private final List<ComputeOptions> devices;
  private final OptionalInt copies;

  /**
   * Prepares the workers.
   *
   * @param first the open copy
   * @param opener opens the others
   * @param modelFiles of which model
   * @param devices on which devices
   * @param copies how many on each of them, if the user said so
   */
  BatchWorkers(
      TextToImage first,
      PipelineOpener opener,
      ModelFiles modelFiles,
      List<ComputeOptions> devices,
      OptionalInt copies) {
    this.first = first;
    this.opener = opener;
    this.modelFiles = modelFiles;
    List<LoraChoice> loras = first.loras();
    this.devices = devices.stream().map(device -> device.withLoras(loras)).toList();
    this.copies = copies;
  }

  /**
   * Decides how the pictures are shared.
   *
   * @param pictures all of them
   * @param batchSize how many are denoised together, if the user said so
   * @return the plan for each device
   */
  WorkerPlan plan(List<BatchPicture> pictures, Optional<Integer> batchSize) {
    if (copies.isPresent() || pictures.isEmpty() || !isProcessorAlone()) {
      return planOfStream();
    }
    int fitting = copiesThatFit(pictures, batchSize);
    return WorkerPlan.best(threads(), first.threads(), pictures.size(), fitting);
  }

  private int copiesThatFit(List<BatchPicture> pictures, Optional<Integer> batchSize) {
    ImageRequest request = pictures.get(0).request();
    try {
      int together = batchSize.orElseGet(() -> first.chooseBatchSize(request, pictures.size()));
      return first.copiesThatFit(request, together);
    } catch (RuntimeException | LinkageError e) {
      return 1; // the worker meets the same failure, and it is told there
    }
  }

  /** Decides the same where nobody knows how many pictures there will be. */
  WorkerPlan planOfStream() {
    return WorkerPlan.of(copies.orElse(1), threads(), first.threads());
  }

  /** Whether the processor makes all pictures: what is its best does not help GPUs. */
  boolean isProcessorAlone() {
    return devices.size() == 1 && first.device().equals("cpu");
  }

  private OptionalInt threads() {
    return devices.get(0).threads();
  }

  /**
   * As many as can have work.
   *
   * @param plan how the pictures are shared
   * @param pictures how many pictures there are to make
   * @return what opens each worker's copy of the model
   */
  List<Supplier<TextToImage>> of(WorkerPlan plan, int pictures) {
    List<Supplier<TextToImage>> suppliers = new ArrayList<>();
    first.limitThreads(plan.threads());
    for (int copy = 0; copy < plan.workers(); copy++) {
      for (ComputeOptions device : devices) {
        if (suppliers.isEmpty()) {
          suppliers.add(() -> first);
        } else if (suppliers.size() < pictures) {
          suppliers.add(() -> open(device, plan));
        }
      }
    }
    return suppliers;
  }

  private TextToImage open(ComputeOptions device, WorkerPlan plan) {
    TextToImage copy = opener.open(modelFiles, device);
    copy.limitThreads(plan.threads());
    return copy;
  }
}
