package io.darkroom.batch;

import io.darkroom.pipeline.ImageRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.ToIntFunction;

/**
 * The pictures that are still to be made, handed out to several workers in groups that can be
 * denoised together, earlier ones first.
 */
final class WorkQueue {
  /**
   * A picture on its way.
   *
   * @param picture the picture
   * @param number its place in the batch
   * @param attempts how often a worker has tried it in vain
   */
  record Work(BatchPicture picture, long number, int attempts) {}

  /** As many pictures may wait while more could be added: enough for the largest groups. */
  static final int MOST_WAITING = 1000;

  /** Pictures that can be denoised together, by what they share. */
  private final Map<Object, Deque<Work>> groups = new HashMap<>();

  /** The groups that are not empty, by the number of their first picture. */
  private final TreeMap<Long, Deque<Work>> byFirst = new TreeMap<>();

  private long numbers;
  private int waiting;
  private int atWork;
  private boolean begun;
  private boolean complete;
  private boolean stopped;

  /**
   * The workers are there. From now on {@link #add} waits for them, so that a stream without an end
   * does not fill the memory; what was added before was known in full and needs no limit.
   */
  synchronized void begin() {
    begun = true;
  }

  /**
   * Adds a picture behind all others; once the workers are there, waits while many wait already.
   *
   * @throws CancellationException if no more pictures are handed out
   */
  synchronized void add(BatchPicture picture) {
    try {
      while (begun && !stopped && waiting >= MOST_WAITING) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
    if (stopped) {
      throw new CancellationException("the batch has ended");
    }
    append(new Work(picture, numbers++, 0));
    notifyAll();
  }

  /** No more pictures will be added. */
  synchronized void complete() {
    complete = true;
    notifyAll();
  }

  /** No more pictures are handed out. */
  synchronized void stop() {
    stopped = true;
    notifyAll();
  }

  /** How many pictures wait. */
  synchronized int waiting() {
    return waiting;
  }

  /**
   * Hands out the next pictures; waits for them while some may still come.
   *
   * @param limit how many pictures like a given one may go together; when it fails, so does this,
   *     and takes nothing
   * @return at least one, all alike; none when there is nothing left to do
   */
  synchronized List<Work> take(ToIntFunction<BatchPicture> limit) throws InterruptedException {
    while (!stopped && byFirst.isEmpty() && !(complete && atWork == 0)) {
      wait();
    }
    if (stopped || byFirst.isEmpty()) {
      return List.of();
    }
    // The limit comes from a device that may fail: nothing is taken before it is known.
    Deque<Work> group = byFirst.firstEntry().getValue();
    int count = Math.max(1, limit.applyAsInt(group.getFirst().picture()));
    byFirst.pollFirstEntry();
    List<Work> taken = new ArrayList<>();
    while (taken.size() < count && !group.isEmpty()) {
      taken.add(group.removeFirst());
    }
    if (group.isEmpty()) {
      groups.values().remove(group);
    } else {
      byFirst.put(group.getFirst().number(), group);
    }
    waiting -= taken.size();
    atWork += taken.size();
    notifyAll();
    return taken;
  }

  /** A picture that was taken is finished, one way or the other. */
  synchronized void done() {
    atWork--;
    notifyAll();
  }

  /**
   * A picture that was taken goes back behind all others, so that whoever failed on it shows on the
   * next one whether the fault was the picture's.
   *
   * @param work the picture
   * @param tried whether it was tried
   */
  synchronized void giveBack(Work work, boolean tried) {
    append(new Work(work.picture(), numbers++, work.attempts() + (tried ? 1 : 0)));
    atWork--;
    notifyAll();
  }

  private void append(Work work) {
    Deque<Work> group = group(work);
    group.addLast(work);
    waiting++;
    byFirst.putIfAbsent(group.getFirst().number(), group);
  }

  private Deque<Work> group(Work work) {
    return groups.computeIfAbsent(key(work.picture().request()), key -> new ArrayDeque<>());
  }

  /** What requests have in common that {@linkplain ImageRequest#sharesBatchWith share a batch}. */
  private static Object key(ImageRequest request) {
    return List.of(
        request.width(),
        request.height(),
        request.steps(),
        request.guidanceScale(),
        request.sampler(),
        request.eta());
  }
}
