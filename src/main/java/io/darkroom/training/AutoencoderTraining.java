package io.darkroom.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.darkroom.network.Autoencoder;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import io.darkroom.training.scene.Scene;
import io.darkroom.training.scene.SceneSampler;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * The first stage: an autoencoder that gives pictures back after squeezing them through a small,
 * nearly Gaussian latent (Rombach et al., arXiv 2112.10752, section 3.1 and appendix G: absolute
 * error and a slight Kullback-Leibler penalty; no adversary and no perceptual network, because flat
 * drawings do well without).
 */
final class AutoencoderTraining {
  /** The side of the squares, cut out of pictures at random, that a batch is made of. */
  private static final int CROP = 64;

  private static final int BATCH = 12;
  private static final int WARM_UP = 100;
  private static final double LEARNING_RATE = 7e-4;
  private static final double AVERAGE_DECAY = 0.995;
  private static final double KL_WEIGHT = 1e-3;
  private static final int LOG_EVERY = 20;
  private static final int SAVE_EVERY = 250;

  private final Path folder;
  private final int steps;

  /**
   * Prepares the stage.
   *
   * @param folder where its state and log go
   * @param steps how many steps to make in all
   */
  AutoencoderTraining(Path folder, int steps) {
    this.folder = folder;
    this.steps = steps;
  }

  /** Trains, from where an earlier run stopped. */
  void run() {
    Autoencoder network = new Autoencoder(SceneModel.autoencoder(1));
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    Script script = script(network, catalog.root());
    try (NDManager manager = NDManager.newBaseManager()) {
      Engine.getInstance().setRandomSeed(1);
      TrainingState state = new TrainingState(folder.resolve("autoencoder.safetensors"));
      try (TrainableModule module =
              new TrainableModule(
                  script, manager, Initializer.initialize(catalog.shapes(), manager));
          AdamW optimizer = new AdamW(module.weights());
          LossLog log = new LossLog(folder.resolve("autoencoder-loss.csv"))) {
        int done = state.restore(optimizer.state());
        CompletableFuture<float[]> next = batch(done + 1);
        for (int step = done + 1; step <= steps; step++) {
          float[] images = next.join();
          next = batch(step + 1);
          List<Float> losses = step(module, optimizer, step, images, manager);
          if (step % LOG_EVERY == 0) {
            log.write(step, losses);
          }
          if (step % SAVE_EVERY == 0 || step == steps) {
            state.save(step, optimizer.state());
          }
        }
      }
    }
  }

  private List<Float> step(
      TrainableModule module, AdamW optimizer, int step, float[] images, NDManager manager) {
    try (NDManager scratch = manager.newSubManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      Engine.getInstance().setRandomSeed(step);
      NDArray image = SceneImages.toArray(images, CROP, scratch);
      int side = CROP / 8;
      NDArray noise = scratch.randomNormal(new Shape(BATCH, 4, side, side));
      List<NDArray> losses = module.forward(image, noise);
      collector.backward(losses.get(0));
      double rate = LearningRate.at(step, WARM_UP, steps, LEARNING_RATE);
      optimizer.step(step, rate, Math.min(AVERAGE_DECAY, (1.0 + step) / (10 + step)));
      return step % LOG_EVERY == 0
          ? losses.stream().map(loss -> loss.getFloat()).toList()
          : List.of();
    }
  }

  private static CompletableFuture<float[]> batch(int step) {
    return CompletableFuture.supplyAsync(
        () -> {
          SplittableRandom random = new SplittableRandom(0x5CE7E000L + step);
          SceneSampler sampler = SceneSampler.training();
          List<Scene> scenes = Stream.generate(() -> sampler.next(random)).limit(BATCH).toList();
          return new SceneImages().renderCrops(scenes, CROP, random);
        });
  }

  /** {@code forward(w, image, noise) -> [loss, absolute error, Kullback-Leibler divergence]}. */
  private static Script script(Autoencoder network, Weights w) {
    Script script = new Script(Precision.FLOAT32);
    Method forward = script.method("forward");
    Tensor image = forward.tensor("image", 3);
    Tensor noise = forward.tensor("noise", 4);
    Autoencoder.Posterior posterior = network.encode(w, image);
    Tensor mean = posterior.mean();
    Tensor logVariance = posterior.logVariance();
    Tensor latents = mean.plus(logVariance.times(0.5).exp().times(noise));
    Tensor error = network.decodeLatents(w, latents).minus(image).absolute().mean();
    // Of N(mean, variance) from N(0, 1), per element: (mean^2 + variance - 1 - log variance) / 2.
    Tensor divergence =
        mean.times(mean)
            .plus(logVariance.exp())
            .minus(logVariance)
            .plus(-1)
            .times(0.5)
            .mean();
    forward.returns(List.of(error.plus(divergence.times(KL_WEIGHT)), error, divergence));
    return script;
  }
}
