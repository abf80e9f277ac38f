package io.darkroom.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import io.darkroom.training.scenery.Scene;
import io.darkroom.training.scenery.SceneSampler;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Trains the {@link SceneryJudge} on renders of all scenes. A little noise on the pixels keeps it
 * from looking at what no painting but the renderer's would have.
 */
final class JudgeTraining {
  private static final int BATCH = 32;
  private static final int WARM_UP = 50;
  private static final double LEARNING_RATE = 2e-3;
  private static final double AVERAGE_DECAY = 0.99;
  private static final double PIXEL_NOISE = 0.06;
  private static final int LOG_EVERY = 20;

  private final Path folder;
  private final Budget budget;
  private final Hardware hardware;
  private final SaveClock clock = new SaveClock();

  /**
   * Prepares the training.
   *
   * @param folder where its state and log go
   * @param budget how long
   * @param hardware where
   */
  JudgeTraining(Path folder, Budget budget, Hardware hardware) {
    this.folder = folder;
    this.budget = budget;
    this.hardware = hardware;
  }

  /** What the training had to learn from. */
  private record Batch(float[] images, long[] answers) {
    static Batch render(int step, int size) {
      SplittableRandom random = new SplittableRandom(0xC1A550L + step);
      SceneSampler sampler = SceneSampler.everything();
      List<Scene> scenes = Stream.generate(() -> sampler.next(random)).limit(size).toList();
      long[] answers =
          scenes.stream()
              .flatMapToInt(scene -> Arrays.stream(SceneryJudge.answers(scene)))
              .asLongStream()
              .toArray();
      return new Batch(new SceneryImages().render(scenes), answers);
    }
  }

  /** Trains, from where an earlier run stopped. */
  void run() {
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    Script script = script(catalog.root());
    try (NDManager manager = hardware.newManager()) {
      Engine.getInstance().setRandomSeed(3);
      TrainingState state = new TrainingState(folder.resolve("judge.safetensors"));
      try (TrainableModule module =
              new TrainableModule(
                  script, manager, Initializer.initialize(catalog.shapes(), manager));
          AdamW optimizer = new AdamW(module.weights());
          LossLog log = new LossLog(folder.resolve("judge-loss.csv"))) {
        int done = state.restore(optimizer.state());
        Prefetch<Batch> batches =
            new Prefetch<>(done + 1, number -> Batch.render(number, batchSize()));
        int step = done + 1;
        for (; !budget.isSpentBefore(step); step++) {
          float loss = step(module, optimizer, step, batches.next(), manager);
          if (step % LOG_EVERY == 0) {
            log.write(step, List.of(loss));
          }
          if (clock.isTime()) {
            state.save(step, optimizer.state());
          }
        }
        if (step > done + 1) {
          state.save(step - 1, optimizer.state());
        }
      }
    }
  }

  private int batchSize() {
    return BATCH * hardware.batchFactor();
  }

  private float step(
      TrainableModule module, AdamW optimizer, int step, Batch batch, NDManager manager) {
    try (NDManager scratch = manager.newSubManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      Engine.getInstance().setRandomSeed(step);
      NDArray image = SceneryImages.toArray(batch.images(), SceneryModel.IMAGE_SIZE, scratch);
      NDArray noisy = image.add(scratch.randomNormal(image.getShape()).mul(PIXEL_NOISE));
      NDArray answers =
          scratch.create(batch.answers(), new Shape(batchSize(), SceneryJudge.QUESTIONS.size()));
      NDArray loss = module.forward(noisy, answers).get(0);
      collector.backward(loss);
      double rate = LearningRate.at(step, WARM_UP, budget.expectedSteps(step), LEARNING_RATE);
      optimizer.step(step, rate, Math.min(AVERAGE_DECAY, (1.0 + step) / (10 + step)));
      return loss.getFloat();
    }
  }

  /** {@code forward(w, image, answers) -> [loss]}, the sum of the questions' cross-entropies. */
  private static Script script(Weights w) {
    Script script = new Script(Precision.FLOAT32);
    Method forward = script.method("forward");
    Tensor scores = SceneryJudge.read(w, forward.tensor("image", 3)).scores();
    Tensor answers = forward.tensor("answers", SceneryJudge.QUESTIONS.size());
    Tensor sum = null;
    int start = 0;
    for (int i = 0; i < SceneryJudge.QUESTIONS.size(); i++) {
      int end = start + SceneryJudge.QUESTIONS.get(i).answers();
      Tensor loss = scores.crossEntropy(start, end, answers, i);
      sum = i == 0 ? loss : sum.plus(loss);
      start = end;
    }
    forward.returns(List.of(sum));
    return script;
  }
}
