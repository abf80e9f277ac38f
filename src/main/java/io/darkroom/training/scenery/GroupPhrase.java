package io.darkroom.training.scenery;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** The words for one group of objects: how many, how large, what colour, what. */
final class GroupPhrase {

  private static final List<String> NUMBERS = List.of("one", "two", "three");

  private static final Map<String, String> IRREGULAR_PLURALS =
      Map.of("person", "people", "man", "men", "woman", "women", "child", "children");

  private GroupPhrase() {}

  /** A random choice of words, an article or a number included. */
  static String of(ObjectGroup group, Set<Mention> mentions, SplittableRandom random) {
    String noun = Choice.favouringFirst(group.kind().words(), random);
    String size = "";
    if (mentions.contains(Mention.SIZES) && group.size() != ObjectSize.MEDIUM) {
      size = Choice.favouringFirst(group.size().words(), random) + " ";
    }
    if (!mentions.contains(Mention.COLOURS)) {
      return counted(group, size + number(noun, group));
    }
    String colour = group.colour().word();
    return counted(
        group,
        group.kind() == Kind.PERSON
            ? size + number(noun, group) + " " + clothes(group, random.nextInt(3))
            : size + colour + " " + number(noun, group));
  }

  /** The plainest words that tell everything. */
  static String plain(ObjectGroup group) {
    String noun = number(group.kind().words().get(0), group);
    String size = group.size() == ObjectSize.MEDIUM ? "" : group.size().words().get(0) + " ";
    return counted(
        group,
        group.kind() == Kind.PERSON
            ? size + noun + " " + clothes(group, 0)
            : size + group.colour().word() + " " + noun);
  }

  private static String clothes(ObjectGroup group, int choice) {
    String colour = group.colour().word();
    return switch (choice) {
      case 0 -> "in " + colour;
      case 1 ->
          group.count() == 1 ? "in " + withArticle(colour + " coat") : "in " + colour + " coats";
      default -> "wearing " + colour;
    };
  }

  private static String number(String noun, ObjectGroup group) {
    if (group.count() == 1) {
      return noun;
    }
    return IRREGULAR_PLURALS.getOrDefault(noun, noun + "s");
  }

  private static String counted(ObjectGroup group, String words) {
    return group.count() == 1 ? withArticle(words) : NUMBERS.get(group.count() - 1) + " " + words;
  }

  /** The words of a tag: without an article. */
  static String withoutArticle(String phrase) {
    return phrase.replaceFirst("^an? ", "");
  }

  private static String withArticle(String name) {
    return ("aeiou".indexOf(name.charAt(0)) >= 0 ? "an " : "a ") + name;
  }
}
