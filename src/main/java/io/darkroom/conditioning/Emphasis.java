package io.darkroom.conditioning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.text.PromptChunk;
import java.util.List;

/**
 * Applies the weights of a prompt to what a text encoder made of it: each token's embedding times
 * its weight, then all of the chunk times what brings the mean back to where it was. That is the
 * emphasis mode "Original" of AUTOMATIC1111's web UI.
 *
 * @see <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/sd_emphasis.py">the
 *     reference, {@code sd_emphasis.py}</a>
 */
final class Emphasis {
  private Emphasis() {}

  /**
   * Applies the weights. A chunk without any stays what it is, bit by bit, and no chunk depends on
   * its neighbours.
   *
   * @param embeddings {@code [chunks, length, width]}, float32
   * @param chunks what they were made of
   * @return the same shape
   */
  static NDArray apply(NDArray embeddings, List<PromptChunk> chunks) {
    if (chunks.stream().noneMatch(PromptChunk::isWeighted)) {
      return embeddings;
    }
    NDList rows = new NDList();
    for (int i = 0; i < chunks.size(); i++) {
      NDArray row = embeddings.get(i);
      rows.add(chunks.get(i).isWeighted() ? weighted(row, chunks.get(i).weights()) : row);
    }
    return NDArrays.stack(rows);
  }

  private static NDArray weighted(NDArray embedding, float[] weights) {
    NDManager manager = embedding.getManager();
    NDArray result = embedding.mul(manager.create(weights, new Shape(weights.length, 1)));
    float ratio = embedding.mean().getFloat() / result.mean().getFloat();
    return Float.isFinite(ratio) ? result.mul(ratio) : result;
  }
}
