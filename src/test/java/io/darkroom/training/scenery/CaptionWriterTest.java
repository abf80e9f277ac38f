package io.darkroom.training.scenery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CaptionWriterTest {

  private static final int SCENES = 3000;

  /** A caption is cut off after 62 words and commas. */
  private static final int MOST_TOKENS = 62;

  private final CaptionWriter captions = new CaptionWriter();

  @Test
  void writesThePlainestCaption() {
    assertEquals(
        "a small black cat in front of two large pink castles on a snowy hill at night, rain, full"
            + " moon",
        captions.full(
            new Scene(
                TimeOfDay.NIGHT,
                Weather.RAIN,
                Celestial.FULL_MOON,
                Ground.SNOW,
                Terrain.HILL,
                Arrangement.FRONT_AND_BACK,
                List.of(
                    new ObjectGroup(Kind.CAT, Colour.BLACK, ObjectSize.SMALL, 1),
                    new ObjectGroup(Kind.CASTLE, Colour.PINK, ObjectSize.LARGE, 2)),
                0)));
    assertEquals(
        "an orange house left of two people in red, clear sky",
        captions
            .full(
                SceneTest.scene(
                    Ground.GRASS,
                    Arrangement.PAIR,
                    SceneTest.one(Kind.HOUSE, Colour.ORANGE),
                    new ObjectGroup(Kind.PERSON, Colour.RED, ObjectSize.MEDIUM, 2)))
            .replace(" on a meadow by day", "")
            .replace(", sun", ""));
  }

  /** The plainest captions of two scenes are the same only if all that can be told is the same. */
  @Test
  void tellsScenesApart() {
    SplittableRandom random = new SplittableRandom(1);
    Map<String, Scene> seen = new HashMap<>();
    for (int i = 0; i < SCENES; i++) {
      Scene scene = withoutSeed(SceneSampler.everything().next(random));
      Scene before = seen.put(captions.full(scene), scene);
      assertTrue(before == null || before.equals(scene), captions.full(scene));
    }
  }

  private static Scene withoutSeed(Scene scene) {
    return new Scene(
        scene.timeOfDay(),
        scene.weather(),
        scene.celestial(),
        scene.ground(),
        scene.terrain(),
        scene.arrangement(),
        scene.groups(),
        0);
  }

  @Test
  void saysNothingOfWhatIsNotThere() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < SCENES; i++) {
      Scene scene = SceneSampler.everything().next(random);
      String caption = " " + captions.caption(scene, random).replaceAll("[,]", "") + " ";
      for (Kind kind : Kind.values()) {
        if (scene.groups().stream().noneMatch(group -> group.kind() == kind)) {
          for (String word : kind.words()) {
            assertFalse(caption.contains(" " + word + " "), word + " in" + caption);
          }
        }
      }
      String objects = caption.replaceAll("(green (meadow|hill)|white hill)", "");
      for (Colour colour : Colour.values()) {
        if (scene.groups().stream().noneMatch(group -> group.colour() == colour)) {
          assertFalse(objects.contains(" " + colour.word() + " "), colour + " in" + caption);
        }
      }
    }
  }

  @Test
  void fullCaptionsTellEverything() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < SCENES; i++) {
      Scene scene = SceneSampler.everything().next(random);
      String caption = captions.full(scene, random);
      for (ObjectGroup group : scene.groups()) {
        assertTrue(caption.contains(group.colour().word()), caption);
        if (group.size() != ObjectSize.MEDIUM) {
          assertTrue(group.size().words().stream().anyMatch(caption::contains), caption);
        }
        if (group.count() > 1) {
          assertTrue(caption.contains(group.count() == 2 ? "two " : "three "), caption);
        }
      }
    }
  }

  @Test
  void captionsAreShortLowerCaseAndTidy() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < SCENES; i++) {
      Scene scene = SceneSampler.everything().next(random);
      for (String caption :
          List.of(
              captions.caption(scene, random),
              captions.full(scene, random),
              captions.full(scene))) {
        assertTrue(caption.matches("[a-z]+([ ,-]+[a-z]+)*"), caption);
        assertEquals(caption.toLowerCase(Locale.ROOT), caption);
        assertFalse(caption.contains("  ") || caption.contains(" ,"), caption);
        assertTrue(caption.split("[ ,-]+|(?=,)").length <= MOST_TOKENS, caption);
        assertFalse(caption.matches(".*\\ba [aeiou].*|.*\\ban [^aeiou].*"), caption);
      }
    }
  }

  @Test
  void phrasesDiffer() {
    SplittableRandom random = new SplittableRandom(5);
    Scene scene =
        SceneTest.scene(
            Ground.GRASS,
            Arrangement.PAIR,
            SceneTest.one(Kind.HOUSE, Colour.RED),
            SceneTest.one(Kind.TREE, Colour.GREEN));
    long different =
        java.util.stream.Stream.generate(() -> captions.caption(scene, random))
            .limit(500)
            .distinct()
            .count();
    assertTrue(different > 300, different + " captions");
  }
}
