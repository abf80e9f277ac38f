package io.darkroom.cli.batch;

import com.google.gson.JsonObject;
import io.darkroom.base.Printable;
import io.darkroom.batch.BatchStatus;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.output.StandardOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Tells how far a batch is.
 *
 * @param surroundings the process
 * @param json whether for a program
 */
record BatchStatusReport(Surroundings surroundings, boolean json) {
  /**
   * Prints it.
   *
   * @param folder the batch's
   * @return the status for the operating system: 0 if nothing failed and no file that was made is
   *     missing
   * @throws IOException if the folder cannot be read
   */
  int print(Path folder) throws IOException {
    BatchStatus status = BatchStatus.of(folder);
    int left = Math.max(0, status.pictures() - status.made() - status.failed());
    new StandardOutput(surroundings.out())
        .println(
            Printable.line(json ? object(status, left) : sentence(status, left)),
            StandardCharsets.UTF_8);
    return status.failed() > 0 || status.missing() > 0
        ? ExitStatus.BATCH_INCOMPLETE.code()
        : ExitStatus.DONE.code();
  }

  private static String object(BatchStatus status, int left) {
    JsonObject object = new JsonObject();
    object.addProperty("source", status.source());
    object.addProperty("pictures", status.pictures());
    object.addProperty("made", status.made());
    object.addProperty("failed", status.failed());
    object.addProperty("left", left);
    object.addProperty("gone", status.missing());
    object.addProperty("seconds", Math.round(1000 * status.seconds()) / 1000.0);
    return object.toString();
  }

  private static String sentence(BatchStatus status, int left) {
    StringBuilder line = new StringBuilder(status.source()).append(": ").append(status.made());
    if (status.pictures() > 0) {
      line.append(" of ").append(status.pictures());
    }
    line.append(" made, ").append(status.failed()).append(" failed");
    if (status.pictures() > 0) {
      line.append(", ").append(left).append(" left");
    }
    if (status.missing() > 0) {
      line.append("; ")
          .append(status.missing())
          .append(" files are gone; the next run makes" + " them again");
    }
    return line.toString();
  }
}
