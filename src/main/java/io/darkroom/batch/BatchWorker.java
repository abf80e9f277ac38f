package io.darkroom.batch;

import io.darkroom.base.ModelException;
import io.darkroom.lora.LoraChoice;
import io.darkroom.pipeline.BatchSplitter;
import io.darkroom.pipeline.BrokenPictureException;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.runtime.OutOfMemoryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * Makes pictures with one copy of the model until none are left. What is one picture's fault costs
 * that picture; what looks like the device's fault goes to another worker, and after a few times in
 * a row the device is given up. A lack of memory may be either's fault: it counts as the device's
 * while there are others, and a picture that did not fit twice has failed.
 */
final class BatchWorker {
  private static final int MOST_STRIKES = 3;

  private final TextToImage pipeline;
  private final WorkQueue queue;
  private final Optional<Integer> batchSize;
  private final BatchRun run;
  private final BatchSplitter splitter;
  private int strikes;
  private Throwable lastFailure;

  /**
   * Creates a worker.
   *
   * @param pipeline the model, for this worker alone
   * @param queue gives the work
   * @param batchSize how many pictures to denoise together; else the pipeline chooses
   * @param run takes the pictures
   */
  BatchWorker(TextToImage pipeline, WorkQueue queue, Optional<Integer> batchSize, BatchRun run) {
    this.pipeline = pipeline;
    this.queue = queue;
    this.batchSize = batchSize;
    this.run = run;
    this.splitter = new BatchSplitter(pipeline, listener(), run::warnOfMemory);
  }

  /**
   * Works until there is nothing left to do.
   *
   * @throws DeviceFailure if the device does not work any more; its pictures are back in the queue
   * @throws CancellationException if the batch is to stop
   */
  void work() throws InterruptedException {
    for (List<WorkQueue.Work> group = take(); !group.isEmpty(); group = take()) {
      Deque<List<WorkQueue.Work>> pieces = new ArrayDeque<>(List.of(group));
      while (!pieces.isEmpty()) {
        if (strikes >= MOST_STRIKES) {
          boolean othersGoOn = run.leave();
          if (othersGoOn || !isOutOfMemory(lastFailure)) {
            pieces.forEach(piece -> piece.forEach(work -> queue.giveBack(work, false)));
            throw new DeviceFailure(pipeline.device(), lastFailure, othersGoOn);
          }
          strikes = 0; // nobody is left to take over, and smaller pictures may still fit
        }
        List<WorkQueue.Work> piece = pieces.removeFirst();
        if (merge(piece)) {
          makeOrSplit(piece, pieces);
        }
      }
    }
  }

  private List<WorkQueue.Work> take() throws InterruptedException {
    return queue.take(pipeline.loras(), this::limit);
  }

  /** Merges the LoRAs of pictures, all of which have the same; false if that fails. */
  private boolean merge(List<WorkQueue.Work> piece) throws InterruptedException {
    List<LoraChoice> loras = piece.get(0).picture().loras();
    if (!loras.equals(pipeline.loras())) {
      run.awaitWriter();
    }
    try {
      pipeline.merge(loras);
      return true;
    } catch (ModelException | InvalidRequestException e) {
      piece.forEach(work -> run.fail(work, e));
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      strikes++;
      lastFailure = e;
      piece.forEach(work -> giveBackOrFail(work, e));
    }
    return false;
  }

  private static boolean isOutOfMemory(Throwable failure) {
    return failure instanceof OutOfMemoryException || failure instanceof OutOfMemoryError;
  }

  private int limit(BatchPicture picture) {
    return Math.min(splitter.most(), batchSize.orElseGet(() -> chooseBatchSize(picture)));
  }

  private int chooseBatchSize(BatchPicture picture) {
    try {
      return pipeline.chooseBatchSize(picture.request(), Integer.MAX_VALUE);
    } catch (RuntimeException | LinkageError e) {
      // A device that cannot even tell how much memory it has paints nothing, either.
      throw new DeviceFailure(pipeline.device(), e, run.leave());
    }
  }

  private void makeOrSplit(List<WorkQueue.Work> piece, Deque<List<WorkQueue.Work>> pieces)
      throws InterruptedException {
    List<ImageRequest> requests = piece.stream().map(work -> work.picture().request()).toList();
    List<RenderedImage> rendered;
    try {
      rendered = splitter.paint(requests);
    } catch (CancellationException e) {
      throw e;
    } catch (InvalidRequestException | BrokenPictureException e) {
      if (piece.size() > 1) {
        split(piece, 1, pieces);
      } else {
        run.fail(piece.get(0), e);
      }
      return;
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      strike(piece, e, pieces);
      return;
    }
    if (rendered.isEmpty()) {
      split(piece, splitter.most(), pieces);
      return;
    }
    strikes = 0;
    for (int i = 0; i < piece.size(); i++) {
      run.keep(piece.get(i), rendered.get(i), pipeline);
    }
  }

  /**
   * Something is wrong with one of the pictures or with the device, or too large a picture met too
   * small or too busy a device: who knows, but another device may show.
   */
  private void strike(
      List<WorkQueue.Work> piece, Throwable failure, Deque<List<WorkQueue.Work>> pieces) {
    if (piece.size() > 1) {
      split(piece, 1, pieces);
      return;
    }
    strikes++;
    lastFailure = failure;
    giveBackOrFail(piece.get(0), failure);
  }

  private void giveBackOrFail(WorkQueue.Work work, Throwable failure) {
    if (work.attempts() == 0) {
      queue.giveBack(work, true);
    } else {
      run.fail(work, failure);
    }
  }

  private static void split(
      List<WorkQueue.Work> piece, int size, Deque<List<WorkQueue.Work>> pieces) {
    for (int end = piece.size(); end > 0; end -= size) {
      pieces.addFirst(piece.subList(Math.max(0, end - size), end));
    }
  }

  private PipelineListener listener() {
    return new PipelineListener() {
      @Override
      public void onStep(int step, int steps) {
        run.onStep();
      }

      @Override
      public void onWork() {
        run.onStep();
      }

      @Override
      public void onWarning(String message) {
        run.warn(message);
      }

      @Override
      public void onDetail(String message) {
        run.detail(message);
      }
    };
  }

  /** A device that fails whatever it is given. */
  static final class DeviceFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean othersGoOn;

    DeviceFailure(String device, Throwable cause, boolean othersGoOn) {
      super(
          "the device "
              + device
              + (isOutOfMemory(cause)
                  ? " runs out of memory even for a single picture"
                  : " fails: " + cause),
          cause);
      this.othersGoOn = othersGoOn;
    }

    /** Whether there were other workers when this one left. */
    boolean othersGoOn() {
      return othersGoOn;
    }
  }
}
