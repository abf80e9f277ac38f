package io.darkroom.training.scene;

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
    Set<Enum<?>> seen = new HashSet<>();
    for (int i = 0; i < SCENES; i++) {
      Scene scene = SceneSampler.everything().next(random);
      seen.add(scene.timeOfDay());
      seen.add(scene.weather());
      seen.add(scene.celestial());
      seen.add(scene.ground());
      seen.add(scene.terrain());
      for (SceneObject object : scene.objects()) {
        seen.add(object.kind());
        seen.add(object.colour());
        seen.add(object.place());
      }
    }
    assertTrue(seen.containsAll(EnumSet.allOf(TimeOfDay.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Weather.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Celestial.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Ground.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Terrain.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Kind.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Colour.class)));
    assertTrue(seen.containsAll(EnumSet.allOf(Place.class)));
  }

  @Test
  void givesTheDocumentedShares() {
    SplittableRandom random = new SplittableRandom(2);
    int single = 0;
    int clear = 0;
    int withoutCelestial = 0;
    for (int i = 0; i < SCENES; i++) {
      Scene scene = SceneSampler.training().next(random);
      single += scene.objects().size() == 1 ? 1 : 0;
      clear += scene.weather() == Weather.CLEAR ? 1 : 0;
      withoutCelestial += scene.celestial() == Celestial.NONE ? 1 : 0;
    }
    assertEquals(0.35, single / (double) SCENES, 0.02);
    assertEquals(0.4, clear / (double) SCENES, 0.02);
    assertEquals(0.3, withoutCelestial / (double) SCENES, 0.02);
  }

  @Test
  void holdsOutAboutOneSceneInTen() {
    SplittableRandom random = new SplittableRandom(3);
    int heldOut = 0;
    for (int i = 0; i < SCENES; i++) {
      heldOut += SceneSampler.everything().next(random).isHeldOut() ? 1 : 0;
    }
    double share = heldOut / (double) SCENES;
    assertTrue(share > 0.07 && share < 0.13, "held out " + share);
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
