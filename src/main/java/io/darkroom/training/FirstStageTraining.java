package io.darkroom.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.darkroom.network.Autoencoder;
import io.darkroom.network.AutoencoderConfig;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Operand;
import io.darkroom.torchscript.PixelLayout;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import io.darkroom.training.scenery.Scene;
import io.darkroom.training.scenery.SceneSampler;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * The first stage: an autoencoder that gives pictures back after squeezing them through a small,
 * nearly Gaussian latent (Rombach et al., arXiv 2112.10752, section 3.1): absolute error of pixels
 * and of the differences between neighbours, which keeps edges sharp, and a slight Kullback-Leibler
 * penalty.
 */
final class FirstStageTraining {
  /** Many small squares show more colours and forms in the same time than a few pictures. */
  private static final Plan BEGINNING = new Plan(64, 16, 0);

  private static final Plan MIDDLE = new Plan(128, 6, 0);

  /** Whole pictures, whose norms see what they will see later. */
  private static final Plan END = new Plan(SceneryModel.IMAGE_SIZE, 2, 0.5f);

  private static final double BEGINNING_SHARE = 0.55;
  private static final double MIDDLE_SHARE = 0.85;
  private static final int WARM_UP = 100;
  private static final double LEARNING_RATE = 6e-4;
  private static final double AVERAGE_DECAY = 0.998;
  private static final double KL_WEIGHT = 1e-3;
  private static final int LOG_EVERY = 20;

  private final Path folder;
  private final AutoencoderConfig config;
  private final Budget budget;
  private final Hardware hardware;
  private final SaveClock clock = new SaveClock();

  /**
   * Prepares the stage.
   *
   * @param folder where its state and log go
   * @param config the autoencoder's sizes
   * @param budget how long
   * @param hardware where
   */
  FirstStageTraining(Path folder, AutoencoderConfig config, Budget budget, Hardware hardware) {
    this.folder = folder;
    this.config = config;
    this.budget = budget;
    this.hardware = hardware;
  }

  /**
   * How a batch is made.
   *
   * @param side of the squares that are cut out of pictures
   * @param squares how many
   * @param edgeWeight how much the differences of neighbours count: nothing in the beginning, when
   *     edges would be blurred, which costs more of these differences than no edge at all
   */
  private record Plan(int side, int squares, float edgeWeight) {}

  /** Pictures, as {@link SceneryImages} gives them. */
  private record Batch(Plan plan, float[] pixels) {}

  /** Trains, from where an earlier run stopped. */
  void run() {
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    Script script = script(config, catalog.root());
    try (NDManager manager = hardware.newManager()) {
      Engine.getInstance().setRandomSeed(1);
      TrainingState state = new TrainingState(folder.resolve("autoencoder.safetensors"));
      try (TrainableModule module =
              new TrainableModule(
                  script, manager, Initializer.initialize(catalog.shapes(), manager));
          AdamW optimizer = new AdamW(module.weights());
          LossLog log = new LossLog(folder.resolve("autoencoder-loss.csv"))) {
        int done = state.restore(optimizer.state());
        Prefetch<Batch> batches = new Prefetch<>(done + 1, this::pictures);
        int step = done + 1;
        for (; !budget.isSpentBefore(step); step++) {
          List<Float> losses = step(module, optimizer, step, batches.next(), manager);
          log.add(step, LOG_EVERY, losses);
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

  private List<Float> step(
      TrainableModule module, AdamW optimizer, int step, Batch batch, NDManager manager) {
    try (NDManager scratch = manager.newSubManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      Engine.getInstance().setRandomSeed(step);
      NDArray image = SceneryImages.toArray(batch.pixels(), batch.plan().side(), scratch);
      int side = batch.plan().side() / config.vaeScaleFactor();
      NDArray noise =
          scratch.randomNormal(
              new Shape(batch.plan().squares(), config.latentChannels(), side, side));
      NDArray edgeWeight = scratch.create(batch.plan().edgeWeight());
      List<NDArray> losses = module.forward(image, noise, edgeWeight);
      collector.backward(losses.get(0));
      double rate = LearningRate.at(step, WARM_UP, budget.expectedSteps(step), LEARNING_RATE);
      optimizer.step(step, rate, Math.min(AVERAGE_DECAY, (1.0 + step) / (10 + step)));
      return losses.stream().map(loss -> loss.getFloat()).toList();
    }
  }

  private Batch pictures(int step) {
    double done = (double) step / budget.expectedSteps(step);
    Plan plan = done < BEGINNING_SHARE ? BEGINNING : done < MIDDLE_SHARE ? MIDDLE : END;
    int squares = plan.squares() * hardware.batchFactor();
    SplittableRandom random = new SplittableRandom(0x5CE7E000L + step);
    SceneSampler sampler = SceneSampler.training();
    // Rendering takes time, too: small squares of one picture are still unlike each other.
    int scenes = Math.max(2, squares * plan.side() / SceneryModel.IMAGE_SIZE);
    List<Scene> drawn = Stream.generate(() -> sampler.next(random)).limit(scenes).toList();
    float[] pixels = new SceneryImages().renderSquares(drawn, squares, plan.side(), random);
    return new Batch(new Plan(plan.side(), squares, plan.edgeWeight()), pixels);
  }

  /**
   * {@code forward(w, image, noise, edge_weight) -> [loss, absolute error, that of differences,
   * Kullback-Leibler divergence]}.
   */
  static Script script(AutoencoderConfig config, Weights w) {
    Autoencoder network = new Autoencoder(config);
    Script script = new Script(Precision.FLOAT32, PixelLayout.PLANES);
    Method forward = script.method("forward");
    Tensor image = forward.tensor("image", 3);
    Tensor noise = forward.tensor("noise", config.latentChannels());
    Tensor edgeWeight = forward.tensor("edge_weight", 1);
    Autoencoder.Posterior posterior = network.encode(w, image);
    Tensor mean = posterior.mean();
    Tensor logVariance = posterior.logVariance();
    Tensor latents = mean.plus(logVariance.times(0.5).exp().times(noise));
    Tensor difference = network.decodeLatents(w, latents).minus(image);
    Tensor error = difference.abs().mean();
    Tensor edges = edges(difference);
    // Of N(mean, variance) from N(0, 1), per element: (mean^2 + variance - 1 - log variance) / 2.
    Tensor divergence =
        mean.times(mean).plus(logVariance.exp()).minus(logVariance).plus(-1).times(0.5).mean();
    Tensor loss = error.plus(edges.times(edgeWeight)).plus(divergence.times(KL_WEIGHT));
    forward.returns(List.of(loss, error, edges, divergence));
    return script;
  }

  /** The mean absolute differences of neighbours, side by side and one above the other. */
  static Tensor edges(Tensor x) {
    return neighbours(x, 2).plus(neighbours(x, 3));
  }

  /** The mean absolute difference of neighbours along a dimension. */
  private static Tensor neighbours(Tensor x, int dimension) {
    Tensor later = x.slice(dimension, Operand.of(1), Operand.of(Long.MAX_VALUE));
    Tensor earlier = x.slice(dimension, Operand.of(0), Operand.of(-1));
    return later.minus(earlier).abs().mean();
  }
}
