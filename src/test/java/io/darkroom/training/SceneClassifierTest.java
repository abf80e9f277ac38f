package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.training.scene.Celestial;
import io.darkroom.training.scene.Colour;
import io.darkroom.training.scene.Ground;
import io.darkroom.training.scene.Kind;
import io.darkroom.training.scene.Place;
import io.darkroom.training.scene.Scene;
import io.darkroom.training.scene.SceneObject;
import io.darkroom.training.scene.Terrain;
import io.darkroom.training.scene.TimeOfDay;
import io.darkroom.training.scene.Weather;
import java.util.List;
import org.junit.jupiter.api.Test;

class SceneClassifierTest {
  private static final Scene SCENE =
      new Scene(
          TimeOfDay.NIGHT,
          Weather.CLEAR,
          Celestial.FULL_MOON,
          Ground.SNOW,
          Terrain.HILL,
          List.of(new SceneObject(Kind.TREE, Colour.GREEN, Place.RIGHT)),
          0);

  @Test
  void nothingIsAnAnswer() {
    int[] answers = SceneClassifier.answers(SCENE);
    assertEquals(SceneClassifier.QUESTIONS.size(), answers.length);
    int left = 5 + 2 * Place.LEFT.ordinal();
    int right = 5 + 2 * Place.RIGHT.ordinal();
    assertEquals(0, answers[left]);
    assertEquals(0, answers[left + 1]);
    assertEquals(1 + Kind.TREE.ordinal(), answers[right]);
    assertEquals(1 + Colour.GREEN.ordinal(), answers[right + 1]);
  }

  @Test
  void theHighestScoreOfEachQuestionIsItsAnswer() {
    int[] answers = SceneClassifier.answers(SCENE);
    float[] scores = new float[SceneClassifier.scores()];
    int start = 0;
    for (int i = 0; i < answers.length; i++) {
      scores[start + answers[i]] = 1;
      start += SceneClassifier.QUESTIONS.get(i).answers();
    }
    assertEquals(scores.length, start);
    assertArrayEquals(answers, SceneClassifier.best(scores));
  }
}
