package io.darkroom.training.scene;

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

  private SettingPhrases() {}

  /** Phrases that tell where the objects of a sentence are. */
  static List<String> places(Scene scene) {
    return switch (scene.terrain()) {
      case FLAT -> onGround(scene.ground());
      case HILL -> onHill(scene.ground());
      case MOUNTAINS -> {
        List<String> phrases = new ArrayList<>();
        for (String ground : onGround(scene.ground())) {
          for (String ending : MOUNTAIN_ENDINGS) {
            phrases.add(ground + " " + ending);
          }
        }
        yield phrases;
      }
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

  private static List<String> onGround(Ground ground) {
    return switch (ground) {
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
              "on snow-covered ground",
              "on white ground");
      case SAND ->
          List.of(
              "on the sand",
              "on a sandy beach",
              "on a beach",
              "in the desert",
              "in a sandy desert");
      case WATER ->
          List.of(
              "on the water",
              "on the sea",
              "by the sea",
              "on a lake",
              "at a lake",
              "on the ocean",
              "in calm water");
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
              "in the dunes",
              "on top of a sandy hill");
      case WATER -> throw new IllegalArgumentException("water has no hills");
    };
  }
}
