package io.darkroom.training.scenery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SceneSamplerTest {

  private static final int SCENES = 10_000;

  /** The constructor of a scene throws when attributes contradict each other. */
  @Test
  void givesValidScenesWithEveryAttribute() {
    SplittableRandom random = new SplittableRandom(1);
    Set<Object> seen = new HashSet<>();
    for (int i = 0; i < SCENES; i++) {
      Scene scene = SceneSampler.everything().next(random);
      seen.add(scene.timeOfDay());
      seen.add(scene.weather());
      seen.add(scene.celestial());
      seen.add(scene.ground());
      seen.add(scene.terrain());
      seen.add(scene.arrangement());
      for (ObjectGroup group : scene.groups()) {
        seen.add(group.kind());
        seen.add(group.colour());
        seen.add(group.size());
        seen.add(group.count());
      }
    }
    assertTrue(seen.containsAll(EnumSet.allOf(TimeOfDay.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Weather.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Celestial.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Ground.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Terrain.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Arrangement.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Kind.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Colour.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(ObjectSize.class)));
    assertTrue(seen.containsAll(Set.of(1, 2, 3)));
  }

  @Test
  void givesTheDocumentedShares() {
    SplittableRandom random = new SplittableRandom(2);
    int rows = 0;
    int clear = 0;
    int withoutCelestial = 0;
    for (int i = 0; i < SCENES; i++) {
      Scene scene = SceneSampler.training().next(random);
      rows += scene.arrangement() == Arrangement.ROW ? 1 : 0;
      clear += scene.weather() == Weather.CLEAR ? 1 : 0;
      withoutCelestial += scene.celestial() == Celestial.NONE ? 1 : 0;
    }
    assertEquals(0.1, rows / (double) SCENES, 0.02);
    assertEquals(0.4, clear / (double) SCENES, 0.02);
    assertEquals(0.3, withoutCelestial / (double) SCENES, 0.02);
  }

  @Test
  void trainingNeverSeesWhatIsHeldOut() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < SCENES; i++) {
      assertFalse(SceneSampler.training().next(random).isHeldOut());
      assertTrue(SceneSampler.heldOut().next(random).isHeldOut());
    }
  }

  @Test
  void givesTheSameScenesForTheSameRandomNumbers() {
    SplittableRandom first = new SplittableRandom(5);
    SplittableRandom second = new SplittableRandom(5);
    for (int i = 0; i < 100; i++) {
      assertEquals(SceneSampler.training().next(first), SceneSampler.training().next(second));
    }
  }
}
