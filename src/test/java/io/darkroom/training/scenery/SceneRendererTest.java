package io.darkroom.training.scenery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SceneRendererTest {

  private static final int SIZE = 128;

  private final SceneRenderer renderer = new SceneRenderer();

  private static int[] pixels(BufferedImage image) {
    return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
  }

  private int[] render(Scene scene) {
    return pixels(renderer.render(scene, SIZE, SIZE));
  }

  private static Scene lone(Kind kind, Colour colour, TimeOfDay time, long seed) {
    return new Scene(
        time,
        Weather.CLEAR,
        Celestial.NONE,
        kind == Kind.BOAT ? Ground.WATER : Ground.SAND,
        Terrain.FLAT,
        Arrangement.ALONE_MIDDLE,
        List.of(SceneTest.one(kind, colour)),
        seed);
  }

  @Test
  void theSameSceneGivesTheSamePixels() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 20; i++) {
      Scene scene = SceneSampler.everything().next(random);
      assertArrayEquals(render(scene), render(scene));
    }
  }

  @Test
  void theSeedChangesDetails() {
    Scene first = lone(Kind.TREE, Colour.GREEN, TimeOfDay.DAY, 1);
    Scene second = lone(Kind.TREE, Colour.GREEN, TimeOfDay.DAY, 2);
    assertFalse(Arrays.equals(render(first), render(second)));
  }

  /** The largest difference in one channel, averaged over the pixels of an object. */
  @ParameterizedTest
  @EnumSource
  void everyColourOfEveryKindLooksDifferent(Kind kind) {
    for (TimeOfDay time : TimeOfDay.values()) {
      int[] labels = renderer.renderLabelled(lone(kind, Colour.RED, time, 3), SIZE, SIZE).labels();
      int[][] pictures = new int[Colour.values().length][];
      for (Colour colour : Colour.values()) {
        pictures[colour.ordinal()] = render(lone(kind, colour, time, 3));
        for (int other = 0; other < colour.ordinal(); other++) {
          double difference =
              difference(pictures[colour.ordinal()], pictures[other], labels, Label.ofKind(kind));
          assertTrue(
              difference > 8,
              kind
                  + " at "
                  + time
                  + ": "
                  + colour
                  + ", "
                  + Colour.values()[other]
                  + " "
                  + difference);
        }
      }
    }
  }

  private static double difference(int[] first, int[] second, int[] labels, int label) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == label) {
        int largest = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
          int one = first[i] >> shift & 0xFF;
          int other = second[i] >> shift & 0xFF;
          largest = Math.max(largest, Math.abs(one - other));
        }
        sum += largest;
        count++;
      }
    }
    return sum / count;
  }

  @Test
  void labelsAndBoxesAgreeWithTheScene() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 150; i++) {
      Scene scene = SceneSampler.everything().next(random);
      int width = i % 2 == 0 ? SIZE : SIZE * 3 / 2;
      RenderedScene rendered = renderer.renderLabelled(scene, width, SIZE);
      assertEquals(width, rendered.picture().getWidth());
      assertArrayEquals(pixels(renderer.render(scene, width, SIZE)), pixels(rendered.picture()));
      assertEquals(scene.objectCount(), rendered.boxes().size());
      int[] counts = new int[Label.count()];
      for (int p = 0; p < rendered.labels().length; p++) {
        int label = rendered.labels()[p];
        counts[label]++;
        if (label >= Label.values().length) {
          assertTrue(isInABox(rendered, label, p % width, p / width), scene.toString());
        }
      }
      assertTrue(counts[Label.SKY.ordinal()] > width * SIZE / 8, scene.toString());
      assertTrue(counts[Label.of(scene.ground()).ordinal()] > width * SIZE / 20, scene.toString());
      assertEquals(
          scene.celestial() != Celestial.NONE,
          counts[Label.CELESTIAL.ordinal()] > 0,
          scene.toString());
      for (Kind kind : Kind.values()) {
        boolean there = scene.groups().stream().anyMatch(group -> group.kind() == kind);
        assertEquals(there, counts[Label.ofKind(kind)] > 0, kind + " " + scene);
      }
    }
  }

  private static boolean isInABox(RenderedScene rendered, int label, int x, int y) {
    return rendered.boxes().stream()
        .filter(box -> Label.ofKind(box.group().kind()) == label)
        .anyMatch(
            box ->
                x >= box.left() - 1 && x <= box.right() && y >= box.top() - 1 && y <= box.bottom());
  }

  /** A third of each object that is behind another can be seen. */
  @Test
  void nothingIsHidden() {
    SplittableRandom random = new SplittableRandom(11);
    int checked = 0;
    while (checked < 60) {
      Scene scene = SceneSampler.everything().next(random);
      if (scene.arrangement() != Arrangement.FRONT_AND_BACK
          || scene.group(Slot.FRONT).kind() == scene.group(Slot.BACK).kind()) {
        continue;
      }
      checked++;
      ObjectGroup back = scene.group(Slot.BACK);
      int label = Label.ofKind(back.kind());
      long seen =
          Arrays.stream(renderer.renderLabelled(scene, SIZE, SIZE).labels())
              .filter(found -> found == label)
              .count();
      double area = 0;
      for (RenderedScene.Box box : renderer.renderLabelled(scene, SIZE, SIZE).boxes()) {
        if (box.group().equals(back)) {
          area += (box.right() - box.left()) * (box.bottom() - box.top());
        }
      }
      assertTrue(seen > 0.12 * area, seen + " of " + area + " " + scene);
    }
  }

  @Test
  void sizesDiffer() {
    double[] heights = new double[3];
    for (ObjectSize size : ObjectSize.values()) {
      Scene scene =
          SceneTest.scene(
              Ground.GRASS,
              Arrangement.ALONE_MIDDLE,
              new ObjectGroup(Kind.HOUSE, Colour.RED, size, 1));
      RenderedScene.Box box = renderer.renderLabelled(scene, SIZE, SIZE).boxes().get(0);
      heights[size.ordinal()] = box.bottom() - box.top();
    }
    assertTrue(
        heights[0] < 0.75 * heights[1] && heights[1] < 0.85 * heights[2], Arrays.toString(heights));
  }

  /** Left is left, right is right, above is above, and what is in front is lower. */
  @Test
  void slotsAreWhereTheyShouldBe() {
    SplittableRandom random = new SplittableRandom(13);
    for (int i = 0; i < 200; i++) {
      Scene scene = SceneSampler.everything().next(random);
      List<RenderedScene.Box> boxes = renderer.renderLabelled(scene, SIZE, SIZE).boxes();
      if (scene.arrangement() == Arrangement.PAIR || scene.arrangement() == Arrangement.ROW) {
        assertTrue(
            middle(boxes, scene.group(Slot.LEFT)) < middle(boxes, scene.group(Slot.RIGHT)),
            scene.toString());
      } else if (scene.arrangement() == Arrangement.ABOVE_ONE) {
        assertTrue(
            bottom(boxes, scene.group(Slot.ABOVE)) < bottom(boxes, scene.group(Slot.MIDDLE)) - 30,
            scene.toString());
      } else if (scene.arrangement() == Arrangement.FRONT_AND_BACK) {
        assertTrue(
            bottom(boxes, scene.group(Slot.FRONT)) > bottom(boxes, scene.group(Slot.BACK)) + 4,
            scene.toString());
      }
    }
  }

  private static double middle(List<RenderedScene.Box> boxes, ObjectGroup group) {
    return boxes.stream()
        .filter(box -> box.group().equals(group))
        .mapToDouble(box -> (box.left() + box.right()) / 2)
        .average()
        .orElseThrow();
  }

  private static double bottom(List<RenderedScene.Box> boxes, ObjectGroup group) {
    return boxes.stream()
        .filter(box -> box.group().equals(group))
        .mapToDouble(RenderedScene.Box::bottom)
        .average()
        .orElseThrow();
  }
}
