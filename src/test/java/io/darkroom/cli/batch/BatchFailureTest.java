package io.darkroom.cli.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.cli.CommandRun;
import io.darkroom.cli.FakePipeline;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.runtime.OutOfMemoryException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a batch does when devices, disks, pictures or streams are not as they should be. */
class BatchFailureTest {
  private static final int MOST_SECONDS = 30;

  @TempDir private Path folder;
  private CommandRun run;

  @BeforeEach
  void prepare() throws IOException {
    run = new CommandRun(folder);
  }

  private void again() throws IOException {
    run = new CommandRun(folder);
  }

  private void write(String text) throws IOException {
    Files.writeString(run.work().resolve("prompts.txt"), text);
  }

  /** Runs the program in a thread of its own: one that hangs must not hang the test. */
  private int run(String... arguments)
      throws ExecutionException, InterruptedException, TimeoutException {
    CommandRun now = run;
    return CompletableFuture.supplyAsync(() -> now.run(arguments))
        .get(MOST_SECONDS, TimeUnit.SECONDS);
  }

  /** Each worker opens the next one. */
  private void open(FakePipeline... pipelines) {
    ArrayDeque<FakePipeline> left = new ArrayDeque<>(Arrays.asList(pipelines));
    run.opener =
        (model, options) -> {
          synchronized (left) {
            return left.remove();
          }
        };
  }

  private static List<RenderedImage> outOfMemory() {
    throw new OutOfMemoryException("out of memory for a picture", null);
  }

  // ---------------------------------------------------------------- the writer

  /** Says how a picture was made only while it is open, and takes its time. */
  private static final class Describing extends FakePipeline {
    @Override
    public Map<String, String> embeddings(ImageRequest request) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      if (closed) {
        throw new IllegalStateException("closed");
      }
      return Map.of();
    }
  }

  @Test
  void aPipelineStaysOpenUntilItsPicturesAreWritten() throws Exception {
    write("a house\n".repeat(12));
    open(new Describing(), new Describing());
    assertEquals(0, run("batch", "prompts.txt", "--workers", "2"), run.err());
    assertEquals(12, run.out().lines().count());
  }

  @Test
  void aFileInPlaceOfTheFolderIsSaid() throws Exception {
    write("a house\n");
    open(new FakePipeline());
    assertEquals(1, run("batch", "prompts.txt", "-o", "prompts.txt"), run.err());
    assertTrue(run.err().endsWith("prompts.txt: there is a file of that name\n"), run.err());
  }

  // ---------------------------------------------------------------- devices

  @Test
  void aDeviceThatCannotTellItsMemoryLeavesItsWorkToTheOthers() throws Exception {
    write("a house\n".repeat(20));
    Mute mute = new Mute();
    open(mute, new Patient(mute));
    assertEquals(0, run("batch", "prompts.txt", "--workers", "2"), run.err());
    assertEquals(20, run.out().lines().count());
    assertTrue(run.err().contains("the device cpu fails"), run.err());
  }

  @Test
  void aLoneDeviceThatCannotTellItsMemoryIsNoSuccess() throws Exception {
    write("a house\n".repeat(3));
    open(new Mute());
    assertEquals(1, run("batch", "prompts.txt"), run.err());
    assertTrue(run.err().contains("no device works any more"), run.err());
    again();
    assertEquals(0, run("batch", "prompts.txt"), run.err());
    assertEquals(3, run.out().lines().count());
  }

  @Test
  void aDeviceTooSmallForThePicturesLeavesThemToTheOthers() throws Exception {
    write("a house\n".repeat(12));
    Ending small =
        new Ending() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            return outOfMemory();
          }
        };
    open(small, new Patient(small));
    assertEquals(0, run("batch", "prompts.txt", "--workers", "2", "--batch-size", "1"), run.err());
    assertEquals(12, run.out().lines().count());
    assertTrue(run.err().contains("cpu runs out of memory even for a single picture"), run.err());
  }

  @Test
  void picturesTooLargeForTheOnlyDeviceCostNoOthers() throws Exception {
    write("--prompt huge --width 512\n".repeat(7) + "a house\na boat\n");
    open(
        new FakePipeline() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            return requests.get(0).settings().width() == 512
                ? outOfMemory()
                : super.generate(requests, listener);
          }
        });
    assertEquals(4, run("batch", "prompts.txt"), run.err());
    assertEquals(2, run.out().lines().count());
    assertTrue(run.err().contains("7 pictures failed"), run.err());
  }

  @Test
  void whatDoesNotFitOnceIsTriedOnceMore() throws Exception {
    write("a house\na boat\n");
    AtomicInteger attempts = new AtomicInteger();
    open(
        new FakePipeline() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            return attempts.incrementAndGet() == 1
                ? outOfMemory()
                : super.generate(requests, listener);
          }
        });
    assertEquals(0, run("batch", "prompts.txt", "--batch-size", "1"), run.err());
    assertEquals(2, run.out().lines().count());
    assertEquals(3, attempts.get());
  }

  // ---------------------------------------------------------------- the program and its output

  @Test
  void aClosedOutputEndsABatchHoweverManyPicturesAreFinished() throws Exception {
    write("a house\n".repeat(200));
    run.standardOutput =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    assertEquals(1, run("batch", "prompts.txt", "--batch-size", "200"), run.err());
    assertTrue(run.err().contains("cannot write to standard output: Broken pipe"), run.err());
  }

  @Test
  void aFaultOfTheProgramEndsTheBatch() throws Exception {
    for (String workers : List.of("1", "2")) {
      again();
      write("a house\n".repeat(9));
      Ending faulty =
          new Ending() {
            @Override
            public List<RenderedImage> generate(
                List<ImageRequest> requests, PipelineListener listener) {
              throw new StackOverflowError();
            }
          };
      open(faulty, new Patient(faulty));
      assertEquals(1, run("batch", "prompts.txt", "--workers", workers), run.err());
      assertTrue(run.err().contains("unexpected failure: java.lang.StackOverflowError"), run.err());
    }
  }

  @Test
  void aFaultWhileAStreamIsReadIsNoSuccess() throws Exception {
    run.standardInput("a house\n");
    open(
        new FakePipeline() {
          @Override
          public void check(ImageRequest request) {
            throw new StackOverflowError();
          }
        });
    assertEquals(1, run("batch", "-", "-o", "out"), run.err());
    assertTrue(run.err().contains("unexpected failure: java.lang.StackOverflowError"), run.err());
  }

  // ---------------------------------------------------------------- lines

  @Test
  void everyLineWithTheSameBadSettingsIsTold() throws Exception {
    String text = "--prompt a --width 4\n--prompt b --width 4\na house\n";
    write(text);
    assertEquals(2, run("batch", "prompts.txt"), run.err());
    assertTrue(run.err().contains("prompts.txt:1: width 4"), run.err());
    assertTrue(run.err().contains("prompts.txt:2: width 4"), run.err());
    again();
    assertEquals(0, run("batch", "prompts.txt", "--skip-invalid"), run.err());
    assertEquals(1, run.out().lines().count());
    again();
    run.standardInput(text);
    assertEquals(4, run("batch", "-", "-o", "out"), run.err());
    assertTrue(run.err().contains("-:2: width 4"), run.err());
    assertEquals(1, run.out().lines().count());
  }

  @Test
  void aStreamIsReadOnlySomeWayAhead() throws Exception {
    Lines lines = new Lines(20_000);
    run.in = lines;
    AtomicInteger ahead = new AtomicInteger();
    open(
        new FakePipeline() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            ahead.set(lines.whenNoMoreAreRead());
            throw new CancellationException();
          }
        });
    assertEquals(130, run("batch", "-", "-o", "out"), run.err());
    assertTrue(ahead.get() >= 1000 && ahead.get() < 2000, ahead + " lines were read");
  }

  /** Tells when it is closed. */
  private static class Ending extends FakePipeline {
    final CountDownLatch end = new CountDownLatch(1);

    @Override
    public void close() {
      super.close();
      end.countDown();
    }
  }

  /** A device that cannot even be asked. */
  private static final class Mute extends Ending {
    @Override
    public int chooseBatchSize(ImageRequest request, int pictures) {
      throw new IllegalStateException("CUDA API call failed: an illegal memory access");
    }
  }

  /** Finishes nothing before another one has ended. */
  private static final class Patient extends FakePipeline {
    private final Ending other;

    Patient(Ending other) {
      this.other = other;
    }

    @Override
    public List<RenderedImage> generate(List<ImageRequest> requests, PipelineListener listener) {
      try {
        assertTrue(other.end.await(MOST_SECONDS, TimeUnit.SECONDS));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return super.generate(requests, listener);
    }
  }

  /** Many lines of a hundred bytes. */
  @SuppressWarnings("InputStreamSlowMultibyteRead")
  private static final class Lines extends InputStream {
    private static final byte[] LINE =
        ("a house" + " ".repeat(92) + "\n").getBytes(StandardCharsets.UTF_8);

    private final int count;
    private int next;
    private Thread reader;

    Lines(int count) {
      this.count = count;
    }

    @Override
    public synchronized int read() {
      reader = Thread.currentThread();
      if (next == count * LINE.length) {
        return -1;
      }
      return LINE[next++ % LINE.length];
    }

    /** How many lines were read when whoever reads them waits for the queue. */
    int whenNoMoreAreRead() {
      while (!isReaderWaiting()) {
        Thread.onSpinWait();
      }
      return linesRead();
    }

    private synchronized boolean isReaderWaiting() {
      return reader != null && reader.getState() == Thread.State.WAITING;
    }

    private synchronized int linesRead() {
      return next / LINE.length;
    }
  }
}
