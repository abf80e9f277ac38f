package io.darkroom.hub;

import java.time.Duration;

/**
 * How long to put up with a server that does not answer well.
 *
 * @param attempts how often a request is made before it counts as failed
 * @param firstPause the pause after the first failure; it doubles from one to the next
 * @param longestPause no pause is longer, unless the server asks for it
 * @param longestAsked the longest pause that the server may ask for
 * @param silence after so long without an answer, or without the fewest bytes, a connection counts
 *     as broken
 * @param fewestBytes what a connection has to bring within the time of silence
 */
public record RetryPolicy(
    int attempts,
    Duration firstPause,
    Duration longestPause,
    Duration longestAsked,
    Duration silence,
    long fewestBytes) {
  /** For servers far away: half a minute of failures, a connection of 1 kB a second at least. */
  public static final RetryPolicy USUAL =
      new RetryPolicy(
          6,
          Duration.ofSeconds(1),
          Duration.ofSeconds(16),
          Duration.ofMinutes(5),
          Duration.ofSeconds(30),
          30_000);

  /** The pause after so many failures in a row, from 1. */
  Duration pause(int failures) {
    Duration pause = firstPause.multipliedBy(1L << Math.min(failures - 1, 20));
    return pause.compareTo(longestPause) < 0 ? pause : longestPause;
  }
}
