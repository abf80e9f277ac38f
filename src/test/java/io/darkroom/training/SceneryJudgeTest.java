package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.training.scenery.Arrangement;
import io.darkroom.training.scenery.Celestial;
import io.darkroom.training.scenery.Colour;
import io.darkroom.training.scenery.Ground;
import io.darkroom.training.scenery.Kind;
import io.darkroom.training.scenery.ObjectGroup;
import io.darkroom.training.scenery.ObjectSize;
import io.darkroom.training.scenery.Scene;
import io.darkroom.training.scenery.Slot;
import io.darkroom.training.scenery.Terrain;
import io.darkroom.training.scenery.TimeOfDay;
import io.darkroom.training.scenery.Weather;
import java.util.List;
import org.junit.jupiter.api.Test;

class SceneryJudgeTest {
  private static final Scene SCENE =
      new Scene(
          TimeOfDay.NIGHT,
          Weather.CLEAR,
          Celestial.FULL_MOON,
          Ground.SNOW,
          Terrain.FOREST,
          Arrangement.FRONT_AND_BACK,
          List.of(
              new ObjectGroup(Kind.CAT, Colour.BLACK, ObjectSize.SMALL, 1),
              new ObjectGroup(Kind.TREE, Colour.GREEN, ObjectSize.MEDIUM, 2)),
          0);

  @Test
  void nothingIsAnAnswer() {
    int[] answers = SceneryJudge.answers(SCENE);
    assertEquals(SceneryJudge.QUESTIONS.size(), answers.length);
    assertEquals(Terrain.FOREST.ordinal(), answers[4]);
    assertArrayEquals(new int[] {0, 0, 0, 0}, of(Slot.LEFT, answers));
    assertArrayEquals(
        new int[] {
          1 + Kind.TREE.ordinal(), 1 + Colour.GREEN.ordinal(), 1 + ObjectSize.MEDIUM.ordinal(), 2
        },
        of(Slot.BACK, answers));
  }

  private static int[] of(Slot slot, int[] answers) {
    int first = SceneryJudge.GLOBAL_QUESTIONS + SceneryJudge.SLOT_QUESTIONS * slot.ordinal();
    return java.util.Arrays.copyOfRange(answers, first, first + SceneryJudge.SLOT_QUESTIONS);
  }

  @Test
  void theHighestScoreOfEachQuestionIsItsAnswer() {
    int[] answers = SceneryJudge.answers(SCENE);
    float[] scores = new float[SceneryJudge.scores()];
    int start = 0;
    for (int i = 0; i < answers.length; i++) {
      scores[start + answers[i]] = 1;
      start += SceneryJudge.QUESTIONS.get(i).answers();
    }
    assertEquals(scores.length, start);
    assertArrayEquals(answers, SceneryJudge.best(scores));
  }
}
