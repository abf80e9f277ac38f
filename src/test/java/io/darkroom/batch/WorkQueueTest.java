package io.darkroom.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.lora.LoraChoice;
import io.darkroom.request.Choices;
import io.darkroom.request.Setting;
import io.darkroom.request.Start;
import io.darkroom.testing.Requests;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkQueueTest {
  /** One permit for each time that a thread is about to wait for the queue. */
  private final Semaphore waits = new Semaphore(0);

  private final WorkQueue queue = new WorkQueue(waits::release);

  @Test
  void picturesThatShareABatchGoTogetherEarlierOnesFirst() throws InterruptedException {
    int[] steps = {5, 5, 9, 5, 9, 5};
    for (int i = 0; i < steps.length; i++) {
      queue.add(picture("p" + i, steps[i]));
    }
    queue.complete();
    assertEquals(List.of("p0", "p1", "p3"), take(3));
    assertEquals(List.of("p2", "p4"), take(3));
    assertEquals(List.of("p5"), take(3));
    for (int i = 0; i < steps.length; i++) {
      queue.done();
    }
    assertEquals(List.of(), take(3));
  }

  @Test
  void whatIsGivenBackComesLast() throws InterruptedException {
    queue.add(picture("a", 5));
    queue.add(picture("b", 5));
    queue.complete();
    queue.giveBack(queue.take(List.of(), picture -> 1).get(0), true);
    List<WorkQueue.Work> again = queue.take(List.of(), picture -> 2);
    assertEquals(List.of("b", "a"), again.stream().map(w -> w.picture().id()).toList());
    assertEquals(0, again.get(0).attempts());
    assertEquals(1, again.get(1).attempts());
  }

  @Test
  void aWorkerWaitsForWhatAnotherMayGiveBack() throws Exception {
    queue.add(picture("a", 5));
    queue.complete();
    WorkQueue.Work work = queue.take(List.of(), picture -> 1).get(0);
    CompletableFuture<List<String>> other =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return take(1);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    waits.acquire();
    queue.giveBack(work, true);
    assertEquals(List.of("a"), other.get());
  }

  @Test
  void stoppingWakesEverybody() throws InterruptedException, ExecutionException {
    List<CompletableFuture<List<String>>> workers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      workers.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return take(1);
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    waits.acquire(3);
    queue.stop();
    for (CompletableFuture<List<String>> worker : workers) {
      assertTrue(worker.get().isEmpty());
    }
  }

  @Test
  void aLimitThatCannotBeToldLosesNothing() throws InterruptedException {
    queue.add(picture("a", 5));
    queue.add(picture("b", 5));
    queue.complete();
    assertThrows(
        IllegalStateException.class,
        () ->
            queue.take(
                List.of(),
                picture -> {
                  throw new IllegalStateException("no answer");
                }));
    assertEquals(2, queue.waiting());
    assertEquals(List.of("a", "b"), take(2));
    assertEquals(0, queue.waiting());
  }

  @Test
  void onceTheWorkersAreThereNoMoreThanSomeWait() throws Exception {
    int many = WorkQueue.MOST_WAITING + 500;
    for (int i = 0; i < many; i++) {
      queue.add(picture("file", 5));
    }
    assertEquals(many, queue.waiting());
    queue.begin(1);
    CompletableFuture<Throwable> adding = new CompletableFuture<>();
    Thread stream =
        new Thread(
            () -> {
              try {
                while (true) {
                  queue.add(picture("stream", 5));
                }
              } catch (CancellationException e) {
                adding.complete(e);
              }
            });
    stream.start();
    waits.acquire();
    assertEquals(many, queue.waiting());
    assertEquals(many - 10, take(many - 10).size());
    waits.acquire();
    assertEquals(WorkQueue.MOST_WAITING, queue.waiting());
    queue.stop();
    assertEquals("the batch has ended", adding.get().getMessage());
  }

  private List<String> take(int limit) throws InterruptedException {
    return queue.take(List.of(), picture -> limit).stream()
        .map(work -> work.picture().id())
        .toList();
  }

  @Test
  void ofAFileAWorkerFirstGetsWhatItHasMerged() throws InterruptedException {
    for (String id : List.of("ink 0", "plain 1", "ink 2", "oil 3", "plain 4", "oil 5")) {
      queue.add(withLora(id));
    }
    queue.complete();
    queue.begin(1);
    assertEquals(List.of("plain 1", "plain 4"), take(loras("plain"), 3));
    assertEquals(List.of("ink 0"), take(loras("plain"), 1));
    assertEquals(List.of("ink 2"), take(loras("ink"), 3));
    assertEquals(List.of("oil 3", "oil 5"), take(loras("ink"), 3));
  }

  /** All workers are to end at about the same time. */
  @Test
  void theLastGroupsAreShared() throws InterruptedException {
    for (int i = 0; i < 13; i++) {
      queue.add(picture("p" + i, 5));
    }
    queue.complete();
    queue.begin(3);
    int[] sizes = {4, 3, 2, 2, 1, 1};
    for (int size : sizes) {
      assertEquals(size, take(4).size());
    }
  }

  @Test
  void aStreamKeepsItsOrder() throws InterruptedException {
    queue.begin(1);
    for (String id : List.of("ink 0", "plain 1", "oil 2", "ink 3")) {
      queue.add(withLora(id));
    }
    assertEquals(List.of("ink 0"), take(loras("oil"), 1));
    assertEquals(List.of("plain 1"), take(loras("ink"), 1));
    queue.complete();
    assertEquals(List.of("oil 2"), take(loras("ink"), 1));
  }

  @Test
  void whatIsInOneGroupMayBePaintedTogether() throws InterruptedException {
    for (int clipSkip : new int[] {1, 2, 1}) {
      Choices choices = Choices.NONE.with(Setting.CLIP_SKIP, clipSkip);
      queue.add(picture("skip " + clipSkip, choices, List.of()));
    }
    queue.complete();
    assertEquals(List.of("skip 1", "skip 1"), take(3));
    assertEquals(List.of("skip 2"), take(3));
  }

  private static List<LoraChoice> loras(String name) {
    return name.equals("plain")
        ? List.of()
        : List.of(new LoraChoice(Path.of(name + ".safetensors"), 1));
  }

  private static BatchPicture withLora(String id) {
    return picture(id, Choices.NONE, loras(id.split(" ", 0)[0]));
  }

  private List<String> take(List<LoraChoice> merged, int limit) throws InterruptedException {
    return queue.take(merged, picture -> limit).stream().map(work -> work.picture().id()).toList();
  }

  private static BatchPicture picture(String id, int steps) {
    Choices choices = Choices.NONE.with(Setting.STEPS, steps);
    return picture(id, choices, List.of());
  }

  private static BatchPicture picture(String id, Choices choices, List<LoraChoice> loras) {
    return new BatchPicture(
        id,
        1,
        choices.request(id, 0, Requests.settings(8, 8, 1, 1, "ddim", 0), Start.NOISE),
        loras,
        "hash",
        id + ".png",
        false);
  }
}
