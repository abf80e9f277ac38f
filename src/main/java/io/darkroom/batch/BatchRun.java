package io.darkroom.batch;

import io.darkroom.base.Sha256;
import io.darkroom.base.ThreadEnd;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Makes the pictures of a queue: workers denoise, one thread beside them writes the files and the
 * manifest. The first failure that no further picture could survive ends everything, and leaves
 * only whole files.
 */
final class BatchRun {
  /** Finished pictures that may wait for the disk, so that a slow one does not fill the memory. */
  private static final int MOST_WAITING = 64;

  private final Path folder;
  private final Manifest manifest;
  private final WorkQueue queue;
  private final PictureSink sink;
  private final BatchListener listener;
  private final Optional<Integer> batchSize;
  private final BlockingQueue<Task> tasks = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(MOST_WAITING);
  private final Set<Object> warned = new HashSet<>();
  private final List<Throwable> deviceFailures = new ArrayList<>();
  private final AtomicInteger pipelinesLeft = new AtomicInteger();
  private int made;
  private int failed;
  private volatile Throwable end;
  private volatile boolean writerEnded;

  /** A thing for the writing thread to do. */
  @FunctionalInterface
  private interface Task {
    void run() throws IOException;
  }

  /**
   * Creates a run.
   *
   * @param folder where the files go
   * @param manifest open for this run
   * @param queue the pictures
   * @param batchSize how many to denoise together; else each pipeline chooses
   * @param sink writes the files
   * @param listener told of everything
   */
  BatchRun(
      Path folder,
      Manifest manifest,
      WorkQueue queue,
      Optional<Integer> batchSize,
      PictureSink sink,
      BatchListener listener) {
    this.folder = folder;
    this.manifest = manifest;
    this.queue = queue;
    this.batchSize = batchSize;
    this.sink = sink;
    this.listener = listener;
  }

  /**
   * Works until the queue is complete and empty.
   *
   * @param pipelines opens each worker's copy of the model; the workers close them
   * @return how many were made, and how many failed
   * @throws IOException if nothing can be written any more
   * @throws CancellationException if the listener stopped the work
   */
  BatchResult run(List<Supplier<TextToImage>> pipelines) throws IOException {
    pipelinesLeft.set(pipelines.size());
    queue.begin(pipelines.size());
    List<Thread> workers = new ArrayList<>();
    for (Supplier<TextToImage> pipeline : pipelines) {
      workers.add(start("worker-" + (workers.size() + 1), () -> work(pipeline)));
    }
    Thread writer = start("writer", this::write);
    workers.forEach(ThreadEnd::await);
    // Nobody is left to take work: what remains in the queue stays undone.
    queue.stop();
    tasks.add(() -> writer.interrupt());
    ThreadEnd.await(writer);
    rethrowEnd();
    if (deviceFailures.size() == pipelines.size()) {
      rethrowDeviceFailure();
    }
    if (queue.waiting() > 0) {
      throw new IOException(
          queue.waiting() + " pictures were not tried; run the same command again to make them");
    }
    return new BatchResult(made, failed);
  }

  private static Thread start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.start();
    return thread;
  }

  private void rethrowEnd() throws IOException {
    if (end instanceof IOException failure) {
      throw failure;
    } else if (end instanceof RuntimeException failure) {
      throw failure;
    } else if (end instanceof Error failure) {
      throw failure;
    }
  }

  private void work(Supplier<TextToImage> opener) {
    try (TextToImage pipeline = opener.get()) {
      try {
        work(pipeline);
      } finally {
        awaitWriter();
      }
    } catch (CancellationException | InterruptedException e) {
      stop(new CancellationException("interrupted"));
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      // This worker is lost; the others take over what it leaves.
      synchronized (this) {
        deviceFailures.add(e);
      }
      if (e instanceof BatchWorker.DeviceFailure failure ? failure.othersGoOn() : leave()) {
        warn(e.getMessage() + "; the other workers continue");
      }
    } catch (Error e) {
      stop(e);
    }
  }

  private void work(TextToImage pipeline) throws InterruptedException {
    try {
      new BatchWorker(pipeline, queue, batchSize, this).work();
    } catch (CancellationException | BatchWorker.DeviceFailure e) {
      throw e;
    } catch (RuntimeException | Error e) {
      // The program's own fault. The pictures at work are lost with it: nobody must wait for them.
      stop(e);
    }
  }

  /** Waits until the writer needs the pipeline no more, which it asks how a picture was made. */
  void awaitWriter() throws InterruptedException {
    CountDownLatch written = new CountDownLatch(1);
    tasks.add(written::countDown);
    while (!writerEnded && !written.await(100, TimeUnit.MILLISECONDS)) {
      // the disk may be slow
    }
  }

  private void rethrowDeviceFailure() throws IOException {
    Throwable failure = deviceFailures.get(deviceFailures.size() - 1);
    if (failure instanceof BatchWorker.DeviceFailure) {
      throw new IOException(
          "no device works any more; run the same command again to continue", failure);
    }
    // No worker could even begin: the model does not open, or does not fit.
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }

  /** Ends the batch. */
  private void stop(Throwable failure) {
    synchronized (this) {
      if (end == null) {
        end = failure;
        room.release(Integer.MAX_VALUE / 2); // nobody waits any more for a disk that may be full
      }
    }
    queue.stop();
  }

  // ---------------------------------------------------------------- called by the workers

  /** Takes a worker out of the count; false, and nothing else, if it is the only one left. */
  boolean leave() {
    return pipelinesLeft.getAndUpdate(left -> Math.max(1, left - 1)) > 1;
  }

  /** A step is over. */
  void onStep() {
    if (end != null) {
      throw new CancellationException("the batch ends");
    }
    listener.onStep();
  }

  /** Says something once. */
  void warn(String message) {
    warn(message, message);
  }

  /** What is said once, however the words differ. */
  private enum Subject {
    SMALLER_BATCHES
  }

  /** Says once that batches are smaller from here on. */
  void warnOfMemory(String message) {
    warn(Subject.SMALLER_BATCHES, message);
  }

  private void warn(Object subject, String message) {
    synchronized (warned) {
      if (warned.add(subject)) {
        listener.onWarning(message);
      }
    }
  }

  /** Says how something is done. */
  void detail(String message) {
    listener.onDetail(message);
  }

  /** Takes a finished picture; waits for the disk while the batch goes on. */
  void keep(WorkQueue.Work work, RenderedImage rendered, TextToImage pipeline)
      throws InterruptedException {
    room.acquire();
    tasks.add(
        () -> {
          room.release();
          save(work.picture(), rendered, pipeline);
        });
    queue.done();
  }

  /** Takes a failure that is the picture's own. */
  void fail(WorkQueue.Work work, Throwable failure) {
    String error =
        failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    tasks.add(
        () -> {
          manifest.append(ManifestRecord.failed(work.picture(), error));
          failed++;
          listener.onFailed(work.picture(), error);
        });
    queue.done();
  }

  // ---------------------------------------------------------------- the writing thread

  private void write() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        tasks.take().run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | Error e) {
      stop(e);
    } finally {
      writerEnded = true;
    }
  }

  private void save(BatchPicture picture, RenderedImage rendered, TextToImage pipeline)
      throws IOException {
    NameVariants names = new NameVariants(picture.path(), picture.hash());
    BatchPicture free = picture;
    for (int number = 1; ; number++) {
      Path file = folder.resolve(free.path());
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS) && save(free, rendered, pipeline, file)) {
        made++;
        listener.onFinished(free, rendered, pipeline, file);
        return;
      }
      free = picture.at(names.variant(number)); // somebody has taken the name meanwhile
    }
  }

  /**
   * Writes the line of the manifest, then gives the file its name: whatever dies in between leaves
   * no picture that no manifest knows. Returns false if the name is taken.
   */
  private boolean save(
      BatchPicture picture, RenderedImage rendered, TextToImage pipeline, Path file)
      throws IOException {
    RenderedImage.Seconds times = rendered.seconds();
    double seconds = times.encode() + times.denoise() + times.decode();
    try {
      sink.write(
          rendered,
          pipeline,
          file,
          complete -> manifest.append(ManifestRecord.made(picture, Sha256.of(complete), seconds)));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }
}
