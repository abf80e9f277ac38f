package io.darkroom.training;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
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
import io.darkroom.weights.SafetensorsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A convolutional network that reads a picture's attributes, to judge generated pictures by. It
 * shares nothing with the model that it judges: it sees pixels only and is trained on renders.
 */
final class SceneClassifier {
  /**
   * A question about a picture, with its possible answers numbered from 0.
   *
   * @param name for the table
   * @param answers how many there are
   */
  record Question(String name, int answers) {}

  private static final int NOTHING = 1;

  /** The questions, in the order of the network's outputs. */
  static final List<Question> QUESTIONS = questions();

  private SceneClassifier() {}

  private static List<Question> questions() {
    List<Question> questions = new ArrayList<>();
    questions.add(new Question("time of day", TimeOfDay.values().length));
    questions.add(new Question("weather", Weather.values().length));
    questions.add(new Question("sun or moon", Celestial.values().length));
    questions.add(new Question("ground", Ground.values().length));
    questions.add(new Question("terrain", Terrain.values().length));
    for (Place place : Place.values()) {
      String where = place.name().toLowerCase(java.util.Locale.ROOT);
      questions.add(new Question("kind " + where, Kind.values().length + NOTHING));
      questions.add(new Question("colour " + where, Colour.values().length + NOTHING));
    }
    return List.copyOf(questions);
  }

  /**
   * The right answers for a scene.
   *
   * @param scene the scene
   * @return an answer to each question; where nothing stands, kind and colour are 0
   */
  static int[] answers(Scene scene) {
    int[] answers = new int[QUESTIONS.size()];
    answers[0] = scene.timeOfDay().ordinal();
    answers[1] = scene.weather().ordinal();
    answers[2] = scene.celestial().ordinal();
    answers[3] = scene.ground().ordinal();
    answers[4] = scene.terrain().ordinal();
    for (SceneObject object : scene.objects()) {
      int first = 5 + 2 * object.place().ordinal();
      answers[first] = NOTHING + object.kind().ordinal();
      answers[first + 1] = NOTHING + object.colour().ordinal();
    }
    return answers;
  }

  /**
   * All answers' scores side by side.
   *
   * @return how many scores the network gives
   */
  static int scores() {
    return QUESTIONS.stream().mapToInt(Question::answers).sum();
  }

  /**
   * The highest score of each question.
   *
   * @param scores one picture's scores
   * @return an answer to each question
   */
  static int[] best(float[] scores) {
    int[] answers = new int[QUESTIONS.size()];
    int start = 0;
    for (int i = 0; i < answers.length; i++) {
      int count = QUESTIONS.get(i).answers();
      float[] own = Arrays.copyOfRange(scores, start, start + count);
      for (int j = 1; j < count; j++) {
        answers[i] = own[j] > own[answers[i]] ? j : answers[i];
      }
      start += count;
    }
    return answers;
  }

  /**
   * Writes the network.
   *
   * @param w its weights
   * @param image {@code [batch, 3, 128, 128]}, -1 to 1
   * @return scores, {@code [batch, scores]}
   */
  static Tensor classify(Weights w, Tensor image) {
    Tensor x = image.channelsLast().conv2d(w.at("stem"), 24, 4, 4, 0).silu();
    x = stage(w.at(0), x, 48);
    x = stage(w.at(1), x, 96);
    x = stage(w.at(2), x, 128);
    return x.asVector(4 * 4).linear(w.at("hidden"), 256).silu().linear(w.at("scores"), scores());
  }

  /**
   * Loads a trained classifier. Its method {@code classify} takes images and gives their scores.
   *
   * @param file its weights, of whatever type
   * @param manager where it runs
   * @return the classifier, which the caller closes
   */
  static LoadedModule open(Path file, NDManager manager) {
    Script script = new Script(Precision.FLOAT32);
    Method classify = script.method("classify");
    classify.returns(classify(WeightCatalog.ofNewModel().root(), classify.tensor("image", 3)));
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      return LoadedModule.load(
          script,
          manager,
          (name, scratch) -> weights.load(name, scratch).toType(DataType.FLOAT32, true));
    }
  }

  private static Tensor stage(Weights w, Tensor x, int channels) {
    x = x.groupNorm(w.at("norm1"), 8, 1e-5).conv2d(w.at("down"), channels, 3, 2, 1).silu();
    return x.plus(x.groupNorm(w.at("norm2"), 8, 1e-5).conv2d(w.at("conv"), channels, 3).silu());
  }
}
