package io.darkroom.pipeline;

import io.darkroom.request.ImageRequest;
import io.darkroom.runtime.OutOfMemoryException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Paints pictures together and learns from a lack of memory how many fit: half as many as those
 * that did not. For one thread.
 */
public final class BatchSplitter {
  private final TextToImage pipeline;
  private final PipelineListener listener;
  private final Consumer<String> warning;
  private int most = Integer.MAX_VALUE;

  /**
   * Creates a splitter.
   *
   * @param pipeline the model; still the caller's
   * @param listener told of each step; may stop the work
   * @param warning told, in one line, each time that fewer pictures go together from there on
   */
  public BatchSplitter(TextToImage pipeline, PipelineListener listener, Consumer<String> warning) {
    this.pipeline = pipeline;
    this.listener = listener;
    this.warning = warning;
  }

  /**
   * How many pictures fit, as far as is known.
   *
   * @return 1 or more; {@link Integer#MAX_VALUE} until a batch did not fit
   */
  public int most() {
    return most;
  }

  /**
   * Makes pictures as {@link TextToImage#generate} does, with all that it throws, but for a lack of
   * memory for several pictures.
   *
   * @param requests requests of equal settings
   * @return the pictures, in the order of the requests; none if so many do not fit: then {@link
   *     #most} is half as many
   * @throws OutOfMemoryException if the memory does not suffice even for one
   */
  public List<RenderedImage> paint(List<ImageRequest> requests) {
    try {
      return pipeline.generate(requests, listener);
    } catch (OutOfMemoryException | OutOfMemoryError e) {
      if (requests.size() == 1) {
        throw e;
      }
      most = requests.size() / 2;
      warning.accept(
          "out of memory; continuing with at most " + most + " pictures at a time, or fewer");
      return List.of();
    }
  }
}
