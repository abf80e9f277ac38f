package io.darkroom.training.scenery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SceneTest {

  private static final ObjectGroup CASTLE = one(Kind.CASTLE, Colour.PINK);
  private static final ObjectGroup CAT = one(Kind.CAT, Colour.BLACK);
  private static final ObjectGroup BIRD = one(Kind.BIRD, Colour.BLUE);

  static ObjectGroup one(Kind kind, Colour colour) {
    return new ObjectGroup(kind, colour, ObjectSize.MEDIUM, 1);
  }

  private static ObjectGroup several(int count, ObjectSize size) {
    return new ObjectGroup(Kind.CAT, Colour.WHITE, size, count);
  }

  static Scene scene(Ground ground, Arrangement arrangement, ObjectGroup... groups) {
    return new Scene(
        TimeOfDay.DAY,
        Weather.CLEAR,
        Celestial.SUN,
        ground,
        Terrain.FLAT,
        arrangement,
        List.of(groups),
        1);
  }

  private static void refuses(
      String message, Ground ground, Arrangement arrangement, ObjectGroup... groups) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> scene(ground, arrangement, groups));
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }

  @Test
  void refusesWhatCannotBe() {
    refuses("has 2 groups", Ground.GRASS, Arrangement.PAIR, CAT);
    refuses("CASTLE in front", Ground.GRASS, Arrangement.FRONT_AND_BACK, CASTLE, CAT);
    refuses("cannot be in slot ABOVE", Ground.GRASS, Arrangement.ABOVE_ONE, CAT, CASTLE);
    refuses("cannot be in slot BACK", Ground.GRASS, Arrangement.FRONT_AND_BACK, CAT, BIRD);
    refuses("BOAT", Ground.SAND, Arrangement.ALONE_LEFT, one(Kind.BOAT, Colour.RED));
    refuses("differ", Ground.GRASS, Arrangement.PAIR, CAT, CAT);
    refuses("no room", Ground.GRASS, Arrangement.ROW, several(2, ObjectSize.MEDIUM), CAT, BIRD);
    refuses(
        "at most 3",
        Ground.GRASS,
        Arrangement.PAIR,
        several(2, ObjectSize.MEDIUM),
        new ObjectGroup(Kind.DOG, Colour.RED, ObjectSize.MEDIUM, 2));
    refuses(
        "nothing of size LARGE",
        Ground.GRASS,
        Arrangement.FRONT_AND_BACK,
        several(1, ObjectSize.LARGE),
        CASTLE);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Scene(
                TimeOfDay.NIGHT,
                Weather.CLEAR,
                Celestial.SUN,
                Ground.GRASS,
                Terrain.FLAT,
                Arrangement.ALONE_LEFT,
                List.of(CAT),
                0));
  }

  @Test
  void findsGroupsBySlot() {
    Scene scene = scene(Ground.GRASS, Arrangement.ABOVE_ONE, BIRD, CASTLE);
    assertEquals(CASTLE, scene.group(Slot.MIDDLE));
    assertEquals(BIRD, scene.group(Slot.ABOVE));
    assertThrows(IllegalArgumentException.class, () -> scene.group(Slot.LEFT));
  }

  /** One pair of coloured objects in ten, whichever of the two is on which side. */
  @Test
  void holdsOutOnePairInTen() {
    int pairs = 0;
    int heldOut = 0;
    for (Kind kind : Kind.values()) {
      for (Colour colour : Colour.values()) {
        ObjectGroup other = one(kind, colour);
        if (kind != Kind.BOAT && other.identity() != CAT.identity()) {
          boolean held = scene(Ground.GRASS, Arrangement.PAIR, CAT, other).isHeldOut();
          assertEquals(held, scene(Ground.GRASS, Arrangement.PAIR, other, CAT).isHeldOut());
          pairs++;
          heldOut += held ? 1 : 0;
        }
      }
    }
    assertEquals(0.1, heldOut / (double) pairs, 0.05);
  }

  /** These answers must never change: training sets and figures rest on them. */
  @Test
  void whatIsHeldOutIsFrozen() {
    StringBuilder answers = new StringBuilder();
    for (Kind kind : Kind.values()) {
      Ground ground = kind == Kind.BOAT ? Ground.WATER : Ground.SNOW;
      for (Colour colour : Colour.values()) {
        boolean held = scene(ground, Arrangement.ALONE_LEFT, one(kind, colour)).isHeldOut();
        answers.append(held ? '1' : '0');
      }
    }
    assertEquals(
        "0000100000000000001010000000001000000000000000000100000000100000000000000000010000000000000000000000000000000000000000010000000000000000100110000001000000000000",
        answers.toString());
  }
}
