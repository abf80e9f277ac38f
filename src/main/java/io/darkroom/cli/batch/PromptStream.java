package io.darkroom.cli.batch;

import com.google.gson.JsonObject;
import io.darkroom.batch.Batch;
import io.darkroom.batch.BatchPicture;
import io.darkroom.batch.PromptEntry;
import io.darkroom.batch.PromptReader;
import io.darkroom.cli.console.Messages;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Gives a batch the lines of a stream as they arrive, in a thread of its own. A line that makes no
 * sense is told of and left out.
 */
final class PromptStream implements Runnable {
  private final PromptReader reader;
  private final Batch batch;
  private final Path folder;
  private final BatchReport report;
  private final Messages messages;
  private final String name;
  private Throwable failure;
  private int invalid;
  private int there;
  private int failed;

  /**
   * Prepares the reading.
   *
   * @param in the stream
   * @param batch takes the pictures; completed at the stream's end
   * @param folder the batch's
   * @param report tells programs of what is there already and of bad lines
   * @param messages tells people
   * @param name of the stream
   */
  PromptStream(
      InputStream in,
      Batch batch,
      Path folder,
      BatchReport report,
      Messages messages,
      String name) {
    reader = PromptReader.ofStream(in);
    this.batch = batch;
    this.folder = folder;
    this.report = report;
    this.messages = messages;
    this.name = name;
  }

  /** Begins to read. */
  void start() {
    Thread thread = new Thread(this, "prompts");
    thread.setDaemon(true); // a read that waits for ever must not keep the program alive
    thread.start();
  }

  @Override
  public void run() {
    try {
      for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
        take(entry.get());
      }
    } catch (IOException | RuntimeException | Error e) {
      setFailure(e);
    } finally {
      batch.complete();
    }
  }

  private void take(PromptEntry entry) throws IOException {
    if (entry.line().isEmpty()) {
      refuse(entry, entry.fault());
      return;
    }
    try {
      List<BatchPicture> pictures = batch.plan(entry);
      batch.takeWarnings().forEach(messages::warn);
      for (BatchPicture picture : pictures) {
        Batch.Planned planned = batch.decide(picture);
        batch.takeWarnings().forEach(messages::warn);
        take(planned);
      }
    } catch (InvalidRequestException e) {
      refuse(entry, e.getMessage());
    }
  }

  private void take(Batch.Planned planned) throws IOException {
    BatchPicture picture = planned.picture();
    switch (planned.task()) {
      case MAKE -> batch.add(picture);
      case KEEP -> {
        count(0, 1, 0);
        report.tell("there", picture, folder.resolve(picture.path()), new JsonObject());
      }
      case LEAVE_FAILED -> {
        count(0, 0, 1);
        report.tell(BatchReport.about("failed", picture));
      }
      case OTHER_SHARD -> {}
    }
  }

  private void refuse(PromptEntry entry, String fault) throws IOException {
    count(1, 0, 0);
    messages.complain(name + ":" + entry.number() + ": " + fault);
    JsonObject event = BatchReport.event("invalid");
    event.addProperty("line", entry.number());
    event.addProperty("error", fault);
    report.tell(event);
  }

  private synchronized void count(int invalid, int there, int failed) {
    this.invalid += invalid;
    this.there += there;
    this.failed += failed;
  }

  private synchronized void setFailure(Throwable failure) {
    this.failure = failure;
  }

  /** Ends the command as the reading ended, if it did so badly. */
  synchronized void rethrowFailure() throws IOException {
    if (failure instanceof IOException reading) {
      throw reading;
    }
    if (failure instanceof RuntimeException other) {
      throw other;
    }
    if (failure instanceof Error fault) {
      throw fault;
    }
  }

  /** Lines that make no sense. */
  synchronized int invalid() {
    return invalid;
  }

  /** Pictures that were there already. */
  synchronized int there() {
    return there;
  }

  /** Pictures that failed in an earlier run and were left. */
  synchronized int failed() {
    return failed;
  }
}
