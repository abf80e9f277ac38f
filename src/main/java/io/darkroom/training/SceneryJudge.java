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
import io.darkroom.weights.SafetensorsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A convolutional network that reads a picture's attributes, to judge generated pictures by. It
 * shares nothing with the model that it judges: it sees pixels only and is trained on renders. Its
 * feature maps also measure how alike two pictures look.
 */
final class SceneryJudge {
  /**
   * A question about a picture, with its possible answers numbered from 0.
   *
   * @param name for the table
   * @param answers how many there are
   */
  record Question(String name, int answers) {}

  /**
   * What the network sees in pictures.
   *
   * @param hidden {@code [batch, 384]}, what the scores are computed from
   * @param scores {@code [batch, scores]}
   */
  record Reading(Tensor hidden, Tensor scores) {}

  /** Questions about the whole picture; those about each slot follow. */
  static final int GLOBAL_QUESTIONS = 5;

  /** Questions about a slot: kind, colour, size, count. */
  static final int SLOT_QUESTIONS = 4;

  /** The questions, in the order of the network's outputs. */
  static final List<Question> QUESTIONS = questions();

  private static final int NOTHING = 1;
  private static final int HIDDEN = 384;

  private SceneryJudge() {}

  private static List<Question> questions() {
    List<Question> questions = new ArrayList<>();
    questions.add(new Question("time of day", TimeOfDay.values().length));
    questions.add(new Question("weather", Weather.values().length));
    questions.add(new Question("sun or moon", Celestial.values().length));
    questions.add(new Question("ground", Ground.values().length));
    questions.add(new Question("terrain", Terrain.values().length));
    for (Slot slot : Slot.values()) {
      String where = slot.name().toLowerCase(Locale.ROOT);
      questions.add(new Question("kind " + where, Kind.values().length + 1));
      questions.add(new Question("colour " + where, Colour.values().length + 1));
      questions.add(new Question("size " + where, ObjectSize.values().length + 1));
      questions.add(new Question("count " + where, 4));
    }
    return List.copyOf(questions);
  }

  /**
   * The right answers for a scene.
   *
   * @param scene the scene
   * @return an answer to each question; where nothing stands, all of a slot's are 0
   */
  static int[] answers(Scene scene) {
    int[] answers = new int[QUESTIONS.size()];
    answers[0] = scene.timeOfDay().ordinal();
    answers[1] = scene.weather().ordinal();
    answers[2] = scene.celestial().ordinal();
    answers[3] = scene.ground().ordinal();
    answers[4] = scene.terrain().ordinal();
    for (Slot slot : scene.arrangement().slots()) {
      ObjectGroup group = scene.group(slot);
      int first = GLOBAL_QUESTIONS + SLOT_QUESTIONS * slot.ordinal();
      answers[first] = NOTHING + group.kind().ordinal();
      answers[first + 1] = NOTHING + group.colour().ordinal();
      answers[first + 2] = NOTHING + group.size().ordinal();
      answers[first + 3] = group.count();
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
   * @param image {@code [batch, 3, 256, 256]}, -1 to 1
   * @return what it sees
   */
  static Reading read(Weights w, Tensor image) {
    List<Tensor> maps = maps(w, image);
    Tensor third = stage(w.at(2), maps.get(2), 128);
    Tensor fourth = stage(w.at(3), third, 160);
    Tensor hidden = fourth.asVector(4 * 4).linear(w.at("hidden"), HIDDEN).silu();
    return new Reading(hidden, hidden.linear(w.at("scores"), scores()));
  }

  /**
   * Writes the first layers, which take images of any size that 16 divides.
   *
   * @param w the network's weights
   * @param image {@code [batch, 3, height, width]}, -1 to 1
   * @return features at a fourth, an eighth and a sixteenth of the size
   */
  static List<Tensor> maps(Weights w, Tensor image) {
    Tensor stem = image.channelsLast().conv2d(w.at("stem"), 32, 4, 4, 0).silu();
    Tensor first = stage(w.at(0), stem, 64);
    return List.of(stem, first, stage(w.at(1), first, 96));
  }

  private static Tensor stage(Weights w, Tensor x, int channels) {
    x = x.groupNorm(w.at("norm1"), 8, 1e-5).conv2d(w.at("down"), channels, 3, 2, 1).silu();
    return x.plus(x.groupNorm(w.at("norm2"), 8, 1e-5).conv2d(w.at("conv"), channels, 3).silu());
  }

  /**
   * Loads a trained judge. Its method {@code classify} takes images and gives {@code [scores,
   * hidden]}.
   *
   * @param file its weights, of whatever type
   * @param manager where it runs
   * @return the judge, which the caller closes
   */
  static LoadedModule open(Path file, NDManager manager) {
    Script script = new Script(Precision.FLOAT32);
    Method classify = script.method("classify");
    Reading reading = read(WeightCatalog.ofNewModel().root(), classify.tensor("image", 3));
    classify.returns(List.of(reading.scores(), reading.hidden()));
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      return LoadedModule.load(
          script,
          manager,
          (name, scratch) -> weights.load(name, scratch).toType(DataType.FLOAT32, true));
    }
  }
}
