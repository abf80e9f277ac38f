package io.darkroom.batch;

import io.darkroom.lora.LoraChoice;
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
 * denoised together, earlier ones first. Where all are known, a worker first gets those whose LoRAs
 * it has merged already.
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

  /** Told, while nothing else can happen to the queue, that a thread is about to wait. */
  private final Runnable beforeWaiting;

  private int workers = 1;
  private long numbers;
  private int waiting;
  private int atWork;
  private boolean begun;
  private boolean inOrder;
  private boolean complete;
  private boolean stopped;

  /** Creates an empty queue. */
  WorkQueue() {
    this(() -> {});
  }

  /**
   * Creates an empty queue.
   *
   * @param beforeWaiting told when a thread is about to wait, so that others can tell when it does
   */
  WorkQueue(Runnable beforeWaiting) {
    this.beforeWaiting = beforeWaiting;
  }

  /**
   * The workers are there. From now on {@link #add} waits for them, so that a stream without an end
   * does not fill the memory; what was added before was known in full and needs no limit. Of what
   * is known in full the order does not matter; a stream's pictures come in order.
   *
   * @param count how many workers there are
   */
  synchronized void begin(int count) {
    workers = count;
    begun = true;
    inOrder = !complete;
  }

  /**
   * Adds a picture behind all others; once the workers are there, waits while many wait already.
   *
   * @throws CancellationException if no more pictures are handed out
   */
  synchronized void add(BatchPicture picture) {
    try {
      while (begun && !stopped && waiting >= MOST_WAITING) {
        beforeWaiting.run();
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
   * @param merged the LoRAs that the worker has merged
   * @param limit how many pictures like a given one may go together; when it fails, so does this,
   *     and takes nothing
   * @return at least one, all alike and with the same LoRAs; none when there is nothing left to do
   */
  synchronized List<Work> take(List<LoraChoice> merged, ToIntFunction<BatchPicture> limit)
      throws InterruptedException {
    while (!stopped && byFirst.isEmpty() && !(complete && atWork == 0)) {
      beforeWaiting.run();
      wait();
    }
    if (stopped || byFirst.isEmpty()) {
      return List.of();
    }
    // The limit comes from a device that may fail: nothing is taken before it is known.
    Deque<Work> group = next(merged);
    int count = Math.max(1, limit.applyAsInt(group.getFirst().picture()));
    if (!inOrder) {
      count = Math.min(count, share());
    }
    byFirst.remove(group.getFirst().number());
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

  /**
   * What is left, divided by the workers: so the last groups become smaller, and all workers end at
   * about the same time (guided self-scheduling, Polychronopoulos and Kuck 1987).
   */
  private int share() {
    return (waiting + workers - 1) / workers;
  }

  private Deque<Work> next(List<LoraChoice> merged) {
    return byFirst.values().stream()
        .filter(group -> !inOrder && group.getFirst().picture().loras().equals(merged))
        .findFirst()
        .orElseGet(() -> byFirst.firstEntry().getValue());
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
    return groups.computeIfAbsent(key(work.picture()), key -> new ArrayDeque<>());
  }

  /** What pictures have in common that can be painted together. */
  private static Object key(BatchPicture picture) {
    return List.of(picture.loras(), picture.request().settings(), picture.request().start());
  }
}
