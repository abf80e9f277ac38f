package io.darkroom.sampling;

import java.util.Locale;
import java.util.Optional;

/**
 * What a sampler's name says: which one, and perhaps its schedule, as in AUTOMATIC1111's "DPM++ 2M
 * Karras".
 *
 * @param kind the sampler
 * @param schedule the schedule, where the name tells one
 */
public record SamplerChoice(SamplerKind kind, Optional<Schedule> schedule) {
  /**
   * Reads a name.
   *
   * @param name a sampler's, or that followed by a schedule's
   * @return the choice
   * @throws IllegalArgumentException if no sampler has the name; the message lists those there are
   */
  public static SamplerChoice named(String name) {
    return find(name).orElseGet(() -> new SamplerChoice(SamplerKind.named(name), Optional.empty()));
  }

  /**
   * Reads a name.
   *
   * @param name likewise
   * @return the choice, or nothing if no sampler has the name
   */
  public static Optional<SamplerChoice> find(String name) {
    Optional<SamplerKind> alone = SamplerKind.find(name);
    if (alone.isPresent()) {
      return alone.map(kind -> new SamplerChoice(kind, Optional.empty()));
    }
    String words = name.strip().toLowerCase(Locale.ROOT).replace('_', ' ');
    for (Schedule schedule : Schedule.values()) {
      String ending = " " + schedule.displayName().toLowerCase(Locale.ROOT);
      if (words.endsWith(ending)) {
        String start = words.substring(0, words.length() - ending.length());
        return SamplerKind.find(start).map(kind -> new SamplerChoice(kind, Optional.of(schedule)));
      }
    }
    return Optional.empty();
  }
}
