package io.darkroom.training.scenery;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;

/** A part of a scene that a caption can mention or leave out. */
enum Mention {
  OBJECTS(0.97),
  COLOURS(0.9),
  SIZES(0.85),
  PLACES(0.75),
  SETTING(0.65),
  TIME(0.65),
  WEATHER(0.6),
  CELESTIAL(0.65);

  private final double share;

  Mention(double share) {
    this.share = share;
  }

  /** Every part. */
  static Set<Mention> all() {
    return Collections.unmodifiableSet(EnumSet.allOf(Mention.class));
  }

  /** A random choice of parts; without objects, the setting and the time are always mentioned. */
  static Set<Mention> some(SplittableRandom random) {
    EnumSet<Mention> mentions = EnumSet.noneOf(Mention.class);
    for (Mention mention : values()) {
      if (random.nextDouble() < mention.share) {
        mentions.add(mention);
      }
    }
    if (!mentions.contains(OBJECTS)) {
      mentions.add(SETTING);
      mentions.add(TIME);
    }
    return Collections.unmodifiableSet(mentions);
  }
}
