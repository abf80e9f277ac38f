package io.darkroom.training.scene;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaptionWriterTest {

  private static final Scene EXAMPLE =
      new Scene(
          TimeOfDay.NIGHT,
          Weather.CLEAR,
          Celestial.FULL_MOON,
          Ground.SNOW,
          Terrain.HILL,
          List.of(
              new SceneObject(Kind.HOUSE, Colour.RED, Place.LEFT),
              new SceneObject(Kind.TREE, Colour.GREEN, Place.RIGHT)),
          1);

  private static final Scene LONE_BOAT =
      new Scene(
          TimeOfDay.DAY,
          Weather.CLOUDY,
          Celestial.NONE,
          Ground.WATER,
          Terrain.MOUNTAINS,
          List.of(new SceneObject(Kind.BOAT, Colour.BLUE, Place.LEFT)),
          1);

  private final CaptionWriter writer = new CaptionWriter();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a red house left of a green tree on a snowy hill at night, full moon",
        "a green tree right of a red house on a snowy hill at night, full moon",
        "a red house and a green tree on a snowy hill at night, full moon",
        "red house, green tree, snow, hill, night, full moon",
        "a red house with a green tree on its right",
        "a green tree to the right of a red house",
        "a red house next to a green tree",
      })
  void writesTheExample(String caption) {
    assertTrue(someCaptions(EXAMPLE).contains(caption));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a blue boat on the left",
        "there is a blue boat on the left",
        "a picture of a blue boat on the left",
        "a drawing of a blue boat on the left",
        "a blue sailboat on the left by the sea with mountains behind",
      })
  void writesOfALoneBoat(String caption) {
    assertTrue(someCaptions(LONE_BOAT).contains(caption));
  }

  @Test
  void writesThePlainestFullCaption() {
    assertEquals(
        "a red house left of a green tree on a snowy hill at night, clear sky, full moon",
        writer.full(EXAMPLE));
    assertEquals(
        "a blue boat on the left on the water in front of mountains by day, cloudy sky",
        writer.full(LONE_BOAT));
  }

  @Test
  void fullCaptionsMentionEverything() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 5_000; i++) {
      Scene scene = SceneSampler.everything().next(random);
      for (String caption : List.of(writer.full(scene), writer.full(scene, random))) {
        for (SceneObject object : scene.objects()) {
          assertTrue(mentions(caption, object.kind().words()), caption);
          assertTrue(mentions(caption, object.colour().words()), caption);
        }
        assertTrue(mentions(caption, List.of("left", "right", "middle", "cent")), caption);
        assertTrue(mentions(caption, groundWords(scene.ground())), caption);
        assertTrue(mentions(caption, terrainWords(scene.terrain())), caption);
        assertTrue(mentions(caption, timeWords(scene.timeOfDay())), caption);
        assertTrue(mentions(caption, weatherWords(scene.weather())), caption);
        assertTrue(mentions(caption, celestialWords(scene.celestial())), caption);
      }
    }
  }

  @Test
  void captionsTellOnlyWhatIsTrue() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 20_000; i++) {
      Scene scene = SceneSampler.everything().next(random);
      String caption = writer.caption(scene, random);
      assertFalse(caption.isBlank());
      assertTrue(caption.matches("[a-z-]+(,? [a-z-]+)*"), caption);
      if (scene.timeOfDay() != TimeOfDay.NIGHT) {
        assertFalse(mentions(caption, List.of("night", "moon")), caption);
      }
      if (scene.celestial() != Celestial.SUN) {
        assertFalse(mentions(caption, List.of("sun ", "sunny", "sunshine")), caption);
      }
      if (scene.weather() != Weather.RAIN) {
        assertFalse(caption.contains("rain"), caption);
      }
      if (scene.terrain() != Terrain.MOUNTAINS) {
        assertFalse(mentions(caption, List.of("mountain", "peaks")), caption);
      }
      if (scene.ground() != Ground.SNOW && scene.weather() != Weather.SNOWFALL) {
        assertFalse(caption.contains("snow"), caption);
      }
    }
  }

  @Test
  void captionsLeaveScenerySometimesOut() {
    SplittableRandom random = new SplittableRandom(3);
    int moons = 0;
    int colours = 0;
    for (int i = 0; i < 2_000; i++) {
      String caption = writer.caption(EXAMPLE, random);
      moons += mentions(caption, List.of("full moon", "round moon")) ? 1 : 0;
      colours += caption.contains("red") ? 1 : 0;
    }
    assertEquals(0.65, moons / 2_000.0, 0.06);
    assertEquals(0.9, colours / 2_000.0, 0.06);
  }

  @Test
  void hasAWideVocabulary() {
    SplittableRandom random = new SplittableRandom(4);
    Set<String> words = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      Scene scene = SceneSampler.everything().next(random);
      words.addAll(List.of(writer.caption(scene, random).split(",? ")));
    }
    assertTrue(words.size() >= 80, words.size() + " words");
  }

  @Test
  void writesTheSameForTheSameRandomNumbers() {
    String first = writer.caption(EXAMPLE, new SplittableRandom(5));
    assertEquals(first, writer.caption(EXAMPLE, new SplittableRandom(5)));
  }

  private Set<String> someCaptions(Scene scene) {
    SplittableRandom random = new SplittableRandom(6);
    Set<String> captions = new HashSet<>();
    for (int i = 0; i < 60_000; i++) {
      captions.add(writer.caption(scene, random));
    }
    return captions;
  }

  private static boolean mentions(String caption, List<String> words) {
    return words.stream().anyMatch(caption::contains);
  }

  private static List<String> groundWords(Ground ground) {
    return switch (ground) {
      case GRASS -> List.of("grass", "green hill", "meadow", "lawn", "field");
      case SNOW -> List.of("snow", "white ground", "white hill");
      case SAND -> List.of("sand", "beach", "desert", "dune");
      case WATER -> List.of("water", "sea", "lake", "ocean");
    };
  }

  private static List<String> terrainWords(Terrain terrain) {
    return switch (terrain) {
      case FLAT -> List.of("");
      case HILL -> List.of("hill", "dune");
      case MOUNTAINS -> List.of("mountains", "peaks");
    };
  }

  private static List<String> timeWords(TimeOfDay timeOfDay) {
    return switch (timeOfDay) {
      case DAY -> List.of("day", "noon");
      case SUNSET -> List.of("sunset", "dusk", "evening", "dawn");
      case NIGHT -> List.of("night");
    };
  }

  private static List<String> weatherWords(Weather weather) {
    return switch (weather) {
      case CLEAR -> List.of("clear", "cloudless");
      case CLOUDY -> List.of("cloud", "overcast");
      case RAIN -> List.of("rain");
      case SNOWFALL -> List.of("snowfall", "snow is falling", "snowing", "falling snow", "snowf");
    };
  }

  private static List<String> celestialWords(Celestial celestial) {
    return switch (celestial) {
      case NONE -> List.of("");
      case SUN -> List.of("sun");
      case FULL_MOON -> List.of("full moon", "round moon");
      case CRESCENT_MOON -> List.of("crescent moon", "thin moon");
    };
  }
}
