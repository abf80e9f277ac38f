package io.darkroom.pipeline;

import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraHash;
import io.darkroom.runtime.OutOfMemoryException;
import java.util.List;

/** The LoRAs that are merged into a model, which may be replaced by others. */
public interface LoraMerging {
  /**
   * What is merged into the model's weights.
   *
   * @return the LoRAs, in order
   */
  default List<LoraChoice> loras() {
    return List.of();
  }

  /**
   * By what the files of {@link #loras} are known. Reads them at the first call.
   *
   * @return their hashes, in order
   */
  default List<LoraHash> loraHashes() {
    return List.of();
  }

  /**
   * Merges other LoRAs into the model's own weights, in place of those that are merged now. The
   * files are held against the model first; then the old weights are freed, before the new ones
   * load. Nobody may be painting or asking for {@link #loras} meanwhile; all else may be asked.
   *
   * @param loras what to merge, in order
   * @throws io.darkroom.base.ModelException if a file is missing, malformed or does not fit: what
   *     is merged now stays; or if weights cannot be read any more: nothing can be painted before
   *     another call succeeds
   * @throws OutOfMemoryException if the weights do not fit; then, too, nothing can be painted
   */
  default void merge(List<LoraChoice> loras) {
    if (!loras.equals(loras())) {
      throw new UnsupportedOperationException("this model does not take LoRAs");
    }
  }
}
