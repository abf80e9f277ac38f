package io.darkroom.cli.batch;

import io.darkroom.cli.option.PipelineOpener;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.TextToImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Opens the model for each worker; the first one takes the copy that is open already. */
final class BatchWorkers {
  private final TextToImage first;
  private final PipelineOpener opener;
  private final ModelFiles modelFiles;
  private final List<ComputeOptions> devices;
  private final int copies;

  /**
   * Prepares the workers.
   *
   * @param first the open copy
   * @param opener opens the others
   * @param modelFiles of which model
   * @param devices on which devices
   * @param copies how many on each of them
   */
  BatchWorkers(
      TextToImage first,
      PipelineOpener opener,
      ModelFiles modelFiles,
      List<ComputeOptions> devices,
      int copies) {
    this.first = first;
    this.opener = opener;
    this.modelFiles = modelFiles;
    List<LoraChoice> loras = first.loras();
    this.devices = devices.stream().map(device -> device.withLoras(loras)).toList();
    this.copies = copies;
  }

  /**
   * As many as can have work.
   *
   * @param pictures how many pictures there are to make
   * @return what opens each worker's copy of the model
   */
  List<Supplier<TextToImage>> upTo(int pictures) {
    List<Supplier<TextToImage>> suppliers = new ArrayList<>();
    for (int copy = 0; copy < copies; copy++) {
      for (ComputeOptions device : devices) {
        if (suppliers.isEmpty()) {
          suppliers.add(() -> first);
        } else if (suppliers.size() < pictures) {
          suppliers.add(() -> opener.open(modelFiles, device));
        }
      }
    }
    return suppliers;
  }
}
