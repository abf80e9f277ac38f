package io.darkroom.training.scene;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** The words for the objects of one scene in one caption. */
final class ObjectPhrases {

  private final Scene scene;
  private final Set<Mention> mentions;
  private final SplittableRandom random;

  ObjectPhrases(Scene scene, Set<Mention> mentions, SplittableRandom random) {
    this.scene = scene;
    this.mentions = mentions;
    this.random = random;
  }

  /** The plainest words with nothing left out. */
  static String plain(List<SceneObject> objects) {
    String first = withArticle(plainName(objects.get(0)));
    if (objects.size() == 1) {
      return first + " " + lonePlaces(objects.get(0).place()).get(0);
    }
    return first + " left of " + withArticle(plainName(objects.get(1)));
  }

  /** The objects as the subject of a sentence. */
  String sentence() {
    if (scene.objects().size() == 1) {
      SceneObject object = scene.objects().get(0);
      String name = withArticle(name(object));
      return mentions.contains(Mention.PLACES)
          ? name + " " + Choice.favouringFirst(lonePlaces(object.place()), random)
          : name;
    }
    String left = withArticle(name(scene.objects().get(0)));
    String right = withArticle(name(scene.objects().get(1)));
    return mentions.contains(Mention.PLACES) ? related(left, right) : together(left, right);
  }

  /** One tag for each object; where it is, if at all, is part of its tag. */
  List<String> tags() {
    List<String> tags = new ArrayList<>();
    for (SceneObject object : scene.objects()) {
      String place = lonePlaces(object.place()).get(0);
      tags.add(mentions.contains(Mention.PLACES) ? name(object) + " " + place : name(object));
    }
    if (random.nextBoolean()) {
      Collections.reverse(tags);
    }
    return tags;
  }

  private String related(String left, String right) {
    return switch (random.nextInt(9)) {
      case 0, 1 -> left + " left of " + right;
      case 2, 3 -> right + " right of " + left;
      case 4 -> left + " to the left of " + right;
      case 5 -> right + " to the right of " + left;
      case 6 -> left + " with " + right + " on its right";
      case 7 -> right + " with " + left + " on its left";
      default -> left + " on the left and " + right + " on the right";
    };
  }

  private String together(String left, String right) {
    String link = Choice.of(List.of("and", "and", "next to", "beside", "with"), random);
    return random.nextBoolean() ? left + " " + link + " " + right : right + " " + link + " " + left;
  }

  private String name(SceneObject object) {
    String noun = Choice.favouringFirst(object.kind().words(), random);
    return mentions.contains(Mention.COLOURS) ? object.colour().words().get(0) + " " + noun : noun;
  }

  private static String plainName(SceneObject object) {
    return object.colour().words().get(0) + " " + object.kind().words().get(0);
  }

  private static List<String> lonePlaces(Place place) {
    return switch (place) {
      case LEFT -> List.of("on the left", "on the left side", "at the left");
      case CENTRE -> List.of("in the middle", "in the centre", "in the center");
      case RIGHT -> List.of("on the right", "on the right side", "at the right");
    };
  }

  private static String withArticle(String name) {
    return ("aeiou".indexOf(name.charAt(0)) >= 0 ? "an " : "a ") + name;
  }
}
