package io.darkroom.training.scene;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SceneTest {

  private static final int HELD_OUT_SINGLES = 54;
  private static final long HELD_OUT_FINGERPRINT = 638908200193696300L;

  private static final SceneObject RED_HOUSE = new SceneObject(Kind.HOUSE, Colour.RED, Place.LEFT);
  private static final SceneObject GREEN_TREE =
      new SceneObject(Kind.TREE, Colour.GREEN, Place.RIGHT);

  @Test
  void rejectsTheSunAtNight() {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> scene(TimeOfDay.NIGHT, Celestial.SUN, Ground.SNOW, Terrain.HILL, RED_HOUSE));
    assertTrue(error.getMessage().contains("SUN"));
    assertTrue(error.getMessage().contains("NIGHT"));
  }

  @Test
  void rejectsTheMoonByDay() {
    assertThrows(
        IllegalArgumentException.class,
        () -> scene(TimeOfDay.DAY, Celestial.FULL_MOON, Ground.SNOW, Terrain.HILL, RED_HOUSE));
  }

  @Test
  void rejectsHillsOfWater() {
    assertThrows(
        IllegalArgumentException.class,
        () -> scene(TimeOfDay.DAY, Celestial.SUN, Ground.WATER, Terrain.HILL, RED_HOUSE));
  }

  @Test
  void rejectsWrongNumbersAndPlacesOfObjects() {
    assertThrows(IllegalArgumentException.class, () -> onGrass());
    assertThrows(IllegalArgumentException.class, () -> onGrass(GREEN_TREE, RED_HOUSE));
    assertThrows(IllegalArgumentException.class, () -> onGrass(RED_HOUSE, GREEN_TREE, GREEN_TREE));
  }

  @Test
  void rejectsTwins() {
    SceneObject twin = new SceneObject(Kind.HOUSE, Colour.RED, Place.RIGHT);
    assertThrows(IllegalArgumentException.class, () -> onGrass(RED_HOUSE, twin));
  }

  @Test
  void holdsOutPairsWhicheverIsOnTheLeft() {
    for (Kind kind : Kind.values()) {
      for (Colour colour : List.of(Colour.GREEN, Colour.WHITE)) {
        Scene oneWay = onGrass(RED_HOUSE, new SceneObject(kind, colour, Place.RIGHT));
        Scene otherWay =
            onGrass(
                new SceneObject(kind, colour, Place.LEFT),
                new SceneObject(Kind.HOUSE, Colour.RED, Place.RIGHT));
        assertEquals(oneWay.isHeldOut(), otherWay.isHeldOut());
      }
    }
  }

  /** The split must stay what it was when a checkpoint was trained. */
  @Test
  void neverChangesWhatIsHeldOut() {
    int heldOut = 0;
    long fingerprint = 0;
    for (Kind kind : Kind.values()) {
      for (Colour colour : Colour.values()) {
        for (Ground ground : Ground.values()) {
          for (TimeOfDay timeOfDay : TimeOfDay.values()) {
            SceneObject object = new SceneObject(kind, colour, Place.CENTRE);
            Scene scene = scene(timeOfDay, Celestial.NONE, ground, Terrain.FLAT, object);
            heldOut += scene.isHeldOut() ? 1 : 0;
            fingerprint = 31 * fingerprint + (scene.isHeldOut() ? 1 : 0);
          }
        }
      }
    }
    assertEquals(HELD_OUT_SINGLES, heldOut);
    assertEquals(HELD_OUT_FINGERPRINT, fingerprint);
  }

  private static Scene onGrass(SceneObject... objects) {
    return scene(TimeOfDay.DAY, Celestial.SUN, Ground.GRASS, Terrain.FLAT, objects);
  }

  private static Scene scene(
      TimeOfDay timeOfDay,
      Celestial celestial,
      Ground ground,
      Terrain terrain,
      SceneObject... objects) {
    return new Scene(timeOfDay, Weather.CLEAR, celestial, ground, terrain, List.of(objects), 1);
  }
}
