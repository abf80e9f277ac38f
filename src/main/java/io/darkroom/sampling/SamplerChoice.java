package io.darkroom.sampling;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a sampler's name says: which one, and perhaps its schedule, as in AUTOMATIC1111's "DPM++ 2M
 * Karras".
 *
 * @param kind the sampler
 * @param schedule the schedule, where the name tells one
 */
public record SamplerChoice(SamplerKind kind, Optional<Schedule> schedule) {
  /**
   * A sampler with the model's own schedule, or whichever is chosen beside.
   *
   * @param kind the sampler
   * @return the choice
   */
  public static SamplerChoice of(SamplerKind kind) {
    return new SamplerChoice(kind, Optional.empty());
  }

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

  /** Parts of names of samplers that are not here, and the nearest that is; the first counts. */
  private static final List<Map.Entry<Pattern, SamplerKind>> NEAREST =
      List.of(
          nearest(".*2s.*|.*ancestral.*|.* a", SamplerKind.EULER_ANCESTRAL),
          nearest(".*sde.*|sa solver.*|seeds.*", SamplerKind.DPMPP_2M_SDE),
          nearest("k?dpm ?2( .*)?|heun.*|.*exp heun.*", SamplerKind.HEUN),
          nearest("uni.*", SamplerKind.UNIPC),
          nearest("plms.*|pndm.*", SamplerKind.PNDM),
          nearest("ddim.*", SamplerKind.DDIM),
          nearest("ddpm.*", SamplerKind.DDPM),
          nearest("lms.*", SamplerKind.LMS),
          nearest("lcm.*|tcd.*", SamplerKind.LCM),
          nearest("dpm.*|res .*|deis.*|i?pndm.*|ipndm.*|gradient.*", SamplerKind.DPMPP_2M));

  private static Map.Entry<Pattern, SamplerKind> nearest(String names, SamplerKind kind) {
    return Map.entry(Pattern.compile(names), kind);
  }

  /**
   * Reads a name that another program gave.
   *
   * @param name any text
   * @return the choice that the name says, else the sampler that is most like the one that it says:
   *     of the same family, with fresh noise or without; Euler's where the name tells nothing
   */
  public static SamplerChoice nearest(String name) {
    return find(name).orElseGet(() -> guess(name));
  }

  private static SamplerChoice guess(String name) {
    String words =
        name.strip()
            .toLowerCase(Locale.ROOT)
            .replaceAll("[_-]+", " ")
            .replaceAll("^(k|sample) | (gpu|cfg pp|substep)\\b", "");
    for (Schedule schedule : Schedule.values()) {
      String ending = " " + schedule.displayName().toLowerCase(Locale.ROOT);
      if (words.endsWith(ending)) {
        String start = words.substring(0, words.length() - ending.length());
        return new SamplerChoice(nearest(start).kind(), Optional.of(schedule));
      }
    }
    return find(words)
        .orElseGet(
            () ->
                new SamplerChoice(
                    NEAREST.stream()
                        .filter(entry -> entry.getKey().matcher(words).matches())
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse(SamplerKind.EULER),
                    Optional.empty()));
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
