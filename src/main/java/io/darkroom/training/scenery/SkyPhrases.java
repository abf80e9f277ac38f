package io.darkroom.training.scenery;

import java.util.ArrayList;
import java.util.List;

/** The words for time, weather and the body in the sky; the plainest come first. */
final class SkyPhrases {

  private SkyPhrases() {}

  /** Phrases that tell when; only with the body that they speak of in the sky. */
  static List<String> times(Scene scene) {
    List<String> phrases =
        new ArrayList<>(
            switch (scene.timeOfDay()) {
              case DAY -> List.of("by day", "during the day", "in the daytime", "at noon");
              case SUNSET ->
                  List.of("at sunset", "at dusk", "in the evening", "at dawn", "in evening light");
              case NIGHT -> List.of("at night", "in the night", "at midnight", "on a dark night");
            });
    switch (scene.celestial()) {
      case NONE -> {}
      case SUN -> {
        if (scene.timeOfDay() == TimeOfDay.DAY) {
          phrases.add("on a sunny day");
        }
      }
      case FULL_MOON, CRESCENT_MOON -> phrases.add("on a moonlit night");
    }
    return phrases;
  }

  /** Tags for the time. */
  static List<String> timeTags(Scene scene) {
    List<String> tags = new ArrayList<>(scene.timeOfDay().words());
    switch (scene.celestial()) {
      case NONE -> {}
      case SUN -> {
        if (scene.timeOfDay() == TimeOfDay.DAY) {
          tags.add("sunny day");
        }
      }
      case FULL_MOON, CRESCENT_MOON -> tags.add("moonlit night");
    }
    return tags;
  }

  /** Phrases for the weather that can stand alone after a comma. */
  static List<String> weathers(Scene scene) {
    return switch (scene.weather()) {
      case CLEAR -> List.of("clear sky", "cloudless sky", "under a clear sky", "clear weather");
      case CLOUDY ->
          List.of(
              "cloudy sky", "clouds in the sky", "under a cloudy sky", "overcast", "big clouds");
      case RAIN ->
          List.of("rain", "in the rain", "it is raining", "rainy weather", "rain is falling");
      case SNOWFALL ->
          List.of("snowfall", "snow is falling", "it is snowing", "falling snow", "snowflakes");
    };
  }

  /** Phrases for the body in the sky that can stand alone after a comma. */
  static List<String> celestials(Scene scene) {
    return switch (scene.celestial()) {
      case NONE -> throw new IllegalArgumentException("there is nothing in the sky to speak of");
      case SUN ->
          List.of("sun", "the sun is shining", "under the sun", "bright sun", "sun in the sky");
      case FULL_MOON ->
          List.of("full moon", "under a full moon", "a full moon in the sky", "round moon");
      case CRESCENT_MOON ->
          List.of(
              "crescent moon",
              "under a crescent moon",
              "a crescent moon in the sky",
              "thin crescent moon");
    };
  }
}
