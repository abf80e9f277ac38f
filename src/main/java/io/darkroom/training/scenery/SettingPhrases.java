package io.darkroom.training.scenery;

import java.util.ArrayList;
import java.util.List;

/** The words for ground and terrain together; the plainest come first. */
final class SettingPhrases {

  private static final List<String> MOUNTAIN_ENDINGS =
      List.of(
          "in front of mountains",
          "with mountains behind",
          "with mountains in the background",
          "near the mountains",
          "below high mountains");

  private static final List<String> FOREST_ENDINGS =
      List.of(
          "in front of a forest",
          "with a forest behind",
          "with a forest in the background",
          "near the woods",
          "at the edge of a forest");

  private SettingPhrases() {}

  /** Phrases that tell where the objects of a sentence are. */
  static List<String> places(Scene scene) {
    List<String> grounds =
        scene.groups().stream().allMatch(group -> group.kind().flies())
            ? over(scene)
            : scene.terrain() == Terrain.HILL ? onHill(scene.ground()) : onGround(scene);
    return switch (scene.terrain()) {
      case FLAT, HILL -> grounds;
      case MOUNTAINS -> ending(grounds, MOUNTAIN_ENDINGS);
      case FOREST -> ending(grounds, FOREST_ENDINGS);
    };
  }

  /** Tags for the ground and, where it is not flat, the terrain. */
  static List<String> tags(Scene scene) {
    List<String> tags = new ArrayList<>();
    for (String ground : scene.ground().words()) {
      for (String terrain : scene.terrain().words()) {
        tags.add(scene.terrain() == Terrain.FLAT ? ground : ground + ", " + terrain);
      }
    }
    return tags;
  }

  private static List<String> ending(List<String> grounds, List<String> endings) {
    List<String> phrases = new ArrayList<>();
    for (String ground : grounds) {
      for (String ending : endings) {
        phrases.add(ground + " " + ending);
      }
    }
    return phrases;
  }

  private static List<String> onGround(Scene scene) {
    return switch (scene.ground()) {
      case GRASS ->
          List.of(
              "on a meadow",
              "in a green meadow",
              "on the grass",
              "on a lawn",
              "in a field",
              "in a grassy field");
      case SNOW ->
          List.of(
              "in the snow",
              "on snow",
              "on snowy ground",
              "in a snowy field",
              "on snow-covered ground");
      case SAND -> List.of("on the sand", "in the desert", "in a sandy desert", "on sandy ground");
      case WATER -> {
        List<String> phrases = new ArrayList<>(List.of("by the sea", "at a lake", "by the water"));
        boolean boats = scene.groups().stream().anyMatch(group -> group.kind() == Kind.BOAT);
        boolean others =
            scene.groups().stream()
                .anyMatch(group -> group.kind() != Kind.BOAT && !group.kind().flies());
        if (others) {
          phrases.addAll(List.of("on a beach", "on the shore", "on a beach by the sea"));
        }
        if (boats && !others) {
          phrases.addAll(0, List.of("on the water", "on the sea", "on a lake", "on the ocean"));
        }
        yield phrases;
      }
    };
  }

  private static List<String> onHill(Ground ground) {
    return switch (ground) {
      case GRASS ->
          List.of(
              "on a grassy hill",
              "on a green hill",
              "on a hill covered with grass",
              "on top of a grassy hill");
      case SNOW ->
          List.of(
              "on a snowy hill",
              "on a snow-covered hill",
              "on a white hill",
              "on top of a snowy hill");
      case SAND ->
          List.of(
              "on a sandy hill",
              "on a hill of sand",
              "on a dune",
              "on a big sand dune",
              "on top of a sandy hill");
      case WATER -> throw new IllegalArgumentException("water has no hills");
    };
  }

  /** For scenes in which everything flies. */
  private static List<String> over(Scene scene) {
    boolean hill = scene.terrain() == Terrain.HILL;
    return switch (scene.ground()) {
      case GRASS ->
          hill
              ? List.of("over a grassy hill", "above a green hill")
              : List.of("over a meadow", "above a green meadow", "over the grass", "over a field");
      case SNOW ->
          hill
              ? List.of("over a snowy hill", "above a snow-covered hill")
              : List.of("over the snow", "above snowy ground", "over a snowy field");
      case SAND ->
          hill
              ? List.of("over a sandy hill", "above a dune")
              : List.of("over the sand", "over the desert", "above a sandy desert");
      case WATER -> List.of("over the water", "over the sea", "above the ocean", "over a lake");
    };
  }
}
