package io.darkroom.batch;

import io.darkroom.request.InvalidRequestException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The share of a batch that one of several processes makes.
 *
 * @param index which one, from 1
 * @param count how many there are
 */
public record Shard(int index, int count) {
  /** All of it. */
  public static final Shard WHOLE = new Shard(1, 1);

  /** Tells a Kubernetes Indexed Job's pods how many they are, which Kubernetes itself does not. */
  public static final String COUNT_VARIABLE = "DARKROOM_SHARDS";

  private static final Pattern FORM = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

  /** Checks the numbers. */
  public Shard {
    if (count < 1 || index < 1 || index > count) {
      throw new InvalidRequestException(
          "shard " + index + "/" + count + " does not exist; write I/N with I from 1 to N");
    }
  }

  /**
   * Reads a shard from the command line.
   *
   * @param text {@code I/N}
   * @return the shard
   * @throws InvalidRequestException if it is no such thing
   */
  public static Shard parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new InvalidRequestException(
          "shard '" + text + "' is not valid; write I/N with I from 1 to N, such as 2/8");
    }
    return new Shard(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /**
   * Reads the shard from what a cluster tells its tasks: Slurm's job arrays ({@code
   * SLURM_ARRAY_TASK_ID}, {@code _MIN}, {@code _MAX}, {@code _STEP}, {@code _COUNT}; see
   * sbatch(1)), or a Kubernetes Indexed Job ({@code JOB_COMPLETION_INDEX}, from 0).
   *
   * @param environment the process's environment
   * @return the shard; the whole batch outside a cluster
   * @throws InvalidRequestException if the variables do not tell
   */
  public static Shard of(Map<String, String> environment) {
    if (environment.containsKey("SLURM_ARRAY_TASK_ID")) {
      return ofSlurm(environment);
    }
    if (environment.containsKey("JOB_COMPLETION_INDEX")) {
      if (!environment.containsKey(COUNT_VARIABLE)) {
        throw new InvalidRequestException(
            "JOB_COMPLETION_INDEX is set, but the number of shards is unknown; set "
                + COUNT_VARIABLE
                + " to the job's completions, or use --shard I/N");
      }
      return new Shard(
          1 + number(environment, "JOB_COMPLETION_INDEX"), number(environment, COUNT_VARIABLE));
    }
    return WHOLE;
  }

  private static Shard ofSlurm(Map<String, String> environment) {
    int task = number(environment, "SLURM_ARRAY_TASK_ID");
    int first = number(environment, "SLURM_ARRAY_TASK_MIN");
    int last = number(environment, "SLURM_ARRAY_TASK_MAX");
    int count = number(environment, "SLURM_ARRAY_TASK_COUNT");
    int step =
        environment.containsKey("SLURM_ARRAY_TASK_STEP")
            ? number(environment, "SLURM_ARRAY_TASK_STEP")
            : 1;
    // A list such as --array=1,2,7 cannot be told from here; an even range can.
    if (step < 1 || (last - first) / step + 1 != count || (task - first) % step != 0) {
      throw new InvalidRequestException(
          "the task numbers of the Slurm array are not evenly spaced; use --shard I/N");
    }
    return new Shard((task - first) / step + 1, count);
  }

  private static int number(Map<String, String> environment, String name) {
    try {
      return Integer.parseInt(environment.getOrDefault(name, "").strip());
    } catch (NumberFormatException e) {
      throw new InvalidRequestException(
          "the variable "
              + name
              + " is '"
              + environment.getOrDefault(name, "")
              + "', which is not a whole number; use --shard I/N");
    }
  }

  /**
   * Tells whether a piece of work is this shard's.
   *
   * @param number the piece's number, from 0
   * @return whether it is
   */
  public boolean owns(int number) {
    return number % count == index - 1;
  }

  @Override
  public String toString() {
    return index + "/" + count;
  }
}
