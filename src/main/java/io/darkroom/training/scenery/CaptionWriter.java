package io.darkroom.training.scenery;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Puts scenes into lower-case English words: as a sentence such as {@code a red house left of a
 * green tree on a snowy hill at night, full moon}, or as tags such as {@code red house, green tree,
 * snow, night, full moon}.
 */
public final class CaptionWriter {

  private static final double TAGS_SHARE = 0.2;
  private static final double OPENER_SHARE = 0.25;

  /**
   * Writes one of many captions of a scene, with parts left out at random: the objects are nearly
   * always there, ground, time, weather and celestial body in about two captions of three.
   *
   * @param scene the scene
   * @param random where all chance comes from; it advances
   * @return a caption with at least one word that tells only what is true of the scene
   */
  public String caption(Scene scene, SplittableRandom random) {
    return write(scene, Mention.some(random), random);
  }

  /**
   * Writes one of many captions of a scene that mention all of it.
   *
   * @param scene the scene
   * @param random where all chance comes from; it advances
   * @return a caption with every attribute; only that there is no celestial body, or no hill and no
   *     mountains, goes without saying
   */
  public String full(Scene scene, SplittableRandom random) {
    return write(scene, Mention.all(), random);
  }

  /**
   * Writes the plainest caption of a scene that mentions all of it.
   *
   * @param scene the scene
   * @return the same caption for scenes that differ in their details only
   */
  public String full(Scene scene) {
    StringBuilder caption = new StringBuilder(ObjectPhrases.plain(scene));
    caption.append(' ').append(SettingPhrases.places(scene).get(0));
    caption.append(' ').append(SkyPhrases.times(scene).get(0));
    caption.append(", ").append(SkyPhrases.weathers(scene).get(0));
    if (scene.celestial() != Celestial.NONE) {
      caption.append(", ").append(SkyPhrases.celestials(scene).get(0));
    }
    return caption.toString();
  }

  private static String write(Scene scene, Set<Mention> mentions, SplittableRandom random) {
    return random.nextDouble() < TAGS_SHARE
        ? tags(scene, mentions, random)
        : sentence(scene, mentions, random);
  }

  private static String sentence(Scene scene, Set<Mention> mentions, SplittableRandom random) {
    StringBuilder caption = new StringBuilder();
    if (mentions.contains(Mention.OBJECTS)) {
      if (random.nextDouble() < OPENER_SHARE) {
        caption.append(Choice.of(List.of("a picture of", "a drawing of", "a painting of"), random));
        caption.append(' ');
      }
      caption.append(new ObjectPhrases(scene, mentions, random).sentence());
    }
    if (mentions.contains(Mention.SETTING)) {
      append(caption, Choice.favouringFirst(SettingPhrases.places(scene), random));
    }
    if (mentions.contains(Mention.TIME)) {
      append(caption, Choice.favouringFirst(SkyPhrases.times(scene), random));
    }
    List<String> sky = new ArrayList<>();
    if (mentions.contains(Mention.WEATHER)) {
      sky.add(Choice.favouringFirst(SkyPhrases.weathers(scene), random));
    }
    if (mentions.contains(Mention.CELESTIAL) && scene.celestial() != Celestial.NONE) {
      sky.add(Choice.favouringFirst(SkyPhrases.celestials(scene), random));
    }
    for (String part : sky) {
      caption.append(caption.length() == 0 ? "" : ", ").append(part);
    }
    return caption.toString();
  }

  private static void append(StringBuilder caption, String phrase) {
    caption.append(caption.length() == 0 ? "" : " ").append(phrase);
  }

  private static String tags(Scene scene, Set<Mention> mentions, SplittableRandom random) {
    List<String> tags = new ArrayList<>();
    if (mentions.contains(Mention.OBJECTS)) {
      tags.addAll(new ObjectPhrases(scene, mentions, random).tags());
    }
    List<String> rest = new ArrayList<>();
    if (mentions.contains(Mention.SETTING)) {
      rest.add(Choice.favouringFirst(SettingPhrases.tags(scene), random));
    }
    if (mentions.contains(Mention.TIME)) {
      rest.add(Choice.favouringFirst(SkyPhrases.timeTags(scene), random));
    }
    if (mentions.contains(Mention.WEATHER)) {
      rest.add(Choice.favouringFirst(scene.weather().words(), random));
    }
    if (mentions.contains(Mention.CELESTIAL) && scene.celestial() != Celestial.NONE) {
      rest.add(Choice.favouringFirst(scene.celestial().words(), random));
    }
    if (random.nextInt(3) == 0) {
      shuffle(rest, random);
    }
    tags.addAll(rest);
    return String.join(", ", tags);
  }

  private static void shuffle(List<String> tags, SplittableRandom random) {
    for (int i = tags.size() - 1; i > 0; i--) {
      Collections.swap(tags, i, random.nextInt(i + 1));
    }
  }
}
