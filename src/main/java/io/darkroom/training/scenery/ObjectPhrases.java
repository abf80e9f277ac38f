package io.darkroom.training.scenery;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** The words for the objects of one scene in one caption. */
final class ObjectPhrases {

  private final Scene scene;
  private final Set<Mention> mentions;
  private final SplittableRandom random;
  private final Map<Slot, String> names = new EnumMap<>(Slot.class);

  ObjectPhrases(Scene scene, Set<Mention> mentions, SplittableRandom random) {
    this.scene = scene;
    this.mentions = mentions;
    this.random = random;
    for (Slot slot : scene.arrangement().slots()) {
      names.put(slot, GroupPhrase.of(scene.group(slot), mentions, random));
    }
  }

  /** The plainest words with nothing left out. */
  static String plain(Scene scene) {
    Map<Slot, String> names = new EnumMap<>(Slot.class);
    for (Slot slot : scene.arrangement().slots()) {
      names.put(slot, GroupPhrase.plain(scene.group(slot)));
    }
    return placed(scene, names).get(0);
  }

  /** The objects as the subject of a sentence. */
  String sentence() {
    if (mentions.contains(Mention.PLACES)) {
      return Choice.favouringFirst(placed(scene, names), random);
    }
    List<String> groups = new ArrayList<>(names.values());
    shuffle(groups);
    if (groups.size() == 1) {
      return groups.get(0);
    }
    String last = groups.remove(groups.size() - 1);
    String link =
        groups.size() == 2
            ? "and"
            : Choice.of(List.of("and", "and", "next to", "beside", "with"), random);
    return String.join(", ", groups) + " " + link + " " + last;
  }

  /** One tag for each group; where it is, if at all, is part of its tag. */
  List<String> tags() {
    List<String> tags = new ArrayList<>();
    for (Slot slot : scene.arrangement().slots()) {
      String name = GroupPhrase.withoutArticle(names.get(slot));
      boolean alone = scene.groups().size() == 1 && scene.objectCount() > 1;
      tags.add(
          mentions.contains(Mention.PLACES) && !alone
              ? name + " " + Choice.favouringFirst(places(slot), random)
              : name);
    }
    shuffle(tags);
    return tags;
  }

  private void shuffle(List<String> phrases) {
    if (random.nextBoolean()) {
      Collections.swap(phrases, 0, random.nextInt(phrases.size()));
    }
  }

  /** Phrases that tell where each group is, the plainest first. */
  private static List<String> placed(Scene scene, Map<Slot, String> names) {
    String left = names.get(Slot.LEFT);
    String middle = names.get(Slot.MIDDLE);
    String right = names.get(Slot.RIGHT);
    String above = names.get(Slot.ABOVE);
    String front = names.get(Slot.FRONT);
    String back = names.get(Slot.BACK);
    return switch (scene.arrangement()) {
      case ALONE_LEFT -> lone(left, places(Slot.LEFT));
      case ALONE_RIGHT -> lone(right, places(Slot.RIGHT));
      case ALONE_MIDDLE ->
          switch (scene.objectCount()) {
            case 1 -> lone(middle, places(Slot.MIDDLE));
            case 2 -> lone(middle, List.of("side by side", "next to each other"));
            default -> lone(middle, List.of("side by side", "in a row", "next to each other"));
          };
      case PAIR -> pair(scene, left, right);
      case FRONT_AND_BACK ->
          List.of(
              front + " in front of " + back,
              back + " behind " + front,
              back + " with " + front + " in front of " + pronoun(scene, Slot.BACK),
              front + " with " + back + " behind " + pronoun(scene, Slot.FRONT),
              front + " in the foreground and " + back + " in the background");
      case ABOVE_ONE ->
          List.of(
              above + " above " + middle,
              above + " over " + middle,
              above + " flying over " + middle,
              above + " in the sky above " + middle,
              middle + " below " + above,
              middle + " under " + above,
              middle + " with " + above + " above " + pronoun(scene, Slot.MIDDLE));
      case ROW ->
          List.of(
              left + " on the left, " + middle + " in the middle and " + right + " on the right",
              "from left to right " + left + ", " + middle + " and " + right,
              middle + " between " + left + " on the left and " + right + " on the right",
              left + " left of " + middle + ", " + right + " on the right",
              left + ", then " + middle + ", then " + right);
      case ABOVE_PAIR ->
          List.of(
              left + " left of " + right + ", " + above + " above them",
              above + " above " + left + " on the left and " + right + " on the right",
              right + " right of " + left + ", " + above + " in the sky above them",
              above + " flying over " + left + " on the left and " + right + " on the right");
      case FRONT_OF_PAIR ->
          List.of(
              left + " left of " + right + ", " + front + " in front of them",
              front + " in front of " + left + " on the left and " + right + " on the right",
              right + " right of " + left + ", " + front + " in front of them",
              left + " left of " + right + " behind " + front);
    };
  }

  private static List<String> lone(String name, List<String> places) {
    return places.stream().map(place -> name + " " + place).toList();
  }

  private static List<String> pair(Scene scene, String left, String right) {
    List<String> phrases = new ArrayList<>();
    phrases.add(left + " left of " + right);
    phrases.add(right + " right of " + left);
    phrases.add(left + " to the left of " + right);
    phrases.add(right + " to the right of " + left);
    phrases.add(left + " on the left and " + right + " on the right");
    if (scene.group(Slot.LEFT).count() == 1) {
      phrases.add(left + " with " + right + " on its right");
    }
    if (scene.group(Slot.RIGHT).count() == 1) {
      phrases.add(right + " with " + left + " on its left");
    }
    return phrases;
  }

  private static String pronoun(Scene scene, Slot slot) {
    return scene.group(slot).count() == 1 ? "it" : "them";
  }

  private static List<String> places(Slot slot) {
    return switch (slot) {
      case LEFT -> List.of("on the left", "on the left side", "at the left");
      case MIDDLE -> List.of("in the middle", "in the centre", "in the center");
      case RIGHT -> List.of("on the right", "on the right side", "at the right");
      case ABOVE -> List.of("above", "in the sky", "in the air");
      case FRONT -> List.of("in front", "in the foreground");
      case BACK -> List.of("behind", "in the background");
    };
  }
}
