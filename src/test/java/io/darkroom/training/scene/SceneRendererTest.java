package io.darkroom.training.scene;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SceneRendererTest {

  private static final int SIZE = 128;

  private final SceneRenderer renderer = new SceneRenderer();

  @Test
  void drawsTheSamePixelsForTheSameScene() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 50; i++) {
      Scene scene = SceneSampler.everything().next(random);
      BufferedImage first = renderer.render(scene, SIZE);
      assertArrayEquals(pixels(first), pixels(new SceneRenderer().render(scene, SIZE)));
    }
  }

  @Test
  void drawsAnySizeInRgb() {
    Scene scene = SceneSampler.everything().next(new SplittableRandom(2));
    for (int size : new int[] {16, 64, 100, 256}) {
      BufferedImage image = renderer.render(scene, size);
      assertEquals(size, image.getWidth());
      assertEquals(size, image.getHeight());
      assertEquals(BufferedImage.TYPE_INT_RGB, image.getType());
    }
    assertThrows(IllegalArgumentException.class, () -> renderer.render(scene, 15));
  }

  @Test
  void variesDetailsWithTheSeed() {
    int[] first = pixels(renderer.render(lone(Kind.TREE, Colour.RED, TimeOfDay.DAY, 1), SIZE));
    int[] second = pixels(renderer.render(lone(Kind.TREE, Colour.RED, TimeOfDay.DAY, 2), SIZE));
    assertTrue(changed(first, second).length > 100);
  }

  /** What changes with the colour is where the colour is; there, it must be what it is called. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void showsTheColourItIsCalled(Kind kind) {
    for (TimeOfDay timeOfDay : TimeOfDay.values()) {
      for (Colour colour : Colour.values()) {
        Colour other = colour == Colour.BLUE ? Colour.ORANGE : Colour.BLUE;
        int[] picture = pixels(renderer.render(lone(kind, colour, timeOfDay, 3), SIZE));
        int[] painted = pixels(renderer.render(lone(kind, other, timeOfDay, 3), SIZE));
        int[] coloured = changed(picture, painted);
        String what = colour + " " + kind + " at " + timeOfDay;
        assertTrue(coloured.length > SIZE * SIZE / 25, what + ": " + coloured.length + " pixels");
        int named = 0;
        for (int position : coloured) {
          named += nearest(picture[position]) == colour ? 1 : 0;
        }
        double share = named / (double) coloured.length;
        assertTrue(share > 0.6, what + ": " + share);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void putsObjectsWhereTheyBelong(Place place) {
    for (Kind kind : Kind.values()) {
      int[] red = pixels(renderer.render(at(place, kind, Colour.RED), SIZE));
      int[] blue = pixels(renderer.render(at(place, kind, Colour.BLUE), SIZE));
      double middle = 0;
      int[] coloured = changed(red, blue);
      for (int position : coloured) {
        middle += (position % SIZE + 0.5) / SIZE / coloured.length;
      }
      double expected =
          switch (place) {
            case LEFT -> 0.28;
            case CENTRE -> 0.5;
            case RIGHT -> 0.72;
          };
      assertEquals(expected, middle, 0.08, kind + " " + place);
    }
  }

  @Test
  void everyAttributeOfTheBackdropCanBeSeen() {
    SceneObject car = new SceneObject(Kind.CAR, Colour.RED, Place.LEFT);
    Scene plain = scene(Weather.CLEAR, Celestial.NONE, Ground.GRASS, Terrain.FLAT, car);
    List<Scene> others =
        List.of(
            scene(Weather.CLOUDY, Celestial.NONE, Ground.GRASS, Terrain.FLAT, car),
            scene(Weather.RAIN, Celestial.NONE, Ground.GRASS, Terrain.FLAT, car),
            scene(Weather.SNOWFALL, Celestial.NONE, Ground.GRASS, Terrain.FLAT, car),
            scene(Weather.CLEAR, Celestial.SUN, Ground.GRASS, Terrain.FLAT, car),
            scene(Weather.CLEAR, Celestial.NONE, Ground.SNOW, Terrain.FLAT, car),
            scene(Weather.CLEAR, Celestial.NONE, Ground.SAND, Terrain.FLAT, car),
            scene(Weather.CLEAR, Celestial.NONE, Ground.WATER, Terrain.FLAT, car),
            scene(Weather.CLEAR, Celestial.NONE, Ground.GRASS, Terrain.HILL, car),
            scene(Weather.CLEAR, Celestial.NONE, Ground.GRASS, Terrain.MOUNTAINS, car));
    int[] first = pixels(renderer.render(plain, SIZE));
    for (Scene other : others) {
      int[] second = pixels(renderer.render(other, SIZE));
      assertTrue(changed(first, second).length > SIZE * SIZE / 50, other.toString());
    }
  }

  private static Scene lone(Kind kind, Colour colour, TimeOfDay timeOfDay, long seed) {
    SceneObject object = new SceneObject(kind, colour, Place.CENTRE);
    return new Scene(
        timeOfDay,
        Weather.CLEAR,
        Celestial.NONE,
        Ground.GRASS,
        Terrain.FLAT,
        List.of(object),
        seed);
  }

  private static Scene at(Place place, Kind kind, Colour colour) {
    SceneObject object = new SceneObject(kind, colour, place);
    return scene(Weather.CLEAR, Celestial.SUN, Ground.SAND, Terrain.FLAT, object);
  }

  private static Scene scene(
      Weather weather, Celestial celestial, Ground ground, Terrain terrain, SceneObject object) {
    return new Scene(TimeOfDay.DAY, weather, celestial, ground, terrain, List.of(object), 4);
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }

  /** The positions of the pixels that differ clearly. */
  private static int[] changed(int[] first, int[] second) {
    return IntStream.range(0, first.length)
        .filter(i -> distance(first[i], second[i]) > 30)
        .toArray();
  }

  private static int distance(int first, int second) {
    int distance = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      distance += Math.abs((first >> shift & 0xFF) - (second >> shift & 0xFF));
    }
    return distance;
  }

  /** White when it has little saturation, otherwise the colour with the nearest hue. */
  private static Colour nearest(int rgb) {
    float[] pixel = hsb(rgb);
    if (pixel[1] < 0.25) {
      return Colour.WHITE;
    }
    Colour nearest = Colour.WHITE;
    double least = Double.MAX_VALUE;
    for (Colour colour : Colour.values()) {
      double apart = Math.abs(hsb(colour.rgb())[0] - pixel[0]);
      double around = Math.min(apart, 1 - apart);
      if (colour != Colour.WHITE && around < least) {
        least = around;
        nearest = colour;
      }
    }
    return nearest;
  }

  private static float[] hsb(int rgb) {
    return Color.RGBtoHSB(rgb >> 16 & 0xFF, rgb >> 8 & 0xFF, rgb & 0xFF, null);
  }
}
