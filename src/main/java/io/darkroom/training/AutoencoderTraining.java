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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
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

  private static final Pattern DECODER_WEIGHT = Pattern.compile("decoder\\.|post_quant_conv\\.");
  private static final int BATCH = 12;
  private static final int WARM_UP = 100;
  private static final double LEARNING_RATE = 7e-4;
  private static final double AVERAGE_DECAY = 0.995;
  private static final double KL_WEIGHT = 1e-3;
  private static final int LOG_EVERY = 20;
  private static final int SAVE_EVERY = 250;

  private final Path folder;
  private final int steps;
  private final Part part;

  /** What learns. */
  private enum Part {
    WHOLE("autoencoder"),
    DECODER("decoder");

    private final String fileName;

    Part(String fileName) {
      this.fileName = fileName;
    }
  }

  private AutoencoderTraining(Path folder, int steps, Part part) {
    this.folder = folder;
    this.steps = steps;
    this.part = part;
  }

  /**
   * Trains encoder and decoder.
   *
   * @param folder where its state and log go
   * @param steps how many steps to make in all
   * @return the stage
   */
  static AutoencoderTraining whole(Path folder, int steps) {
    return new AutoencoderTraining(folder, steps, Part.WHOLE);
  }

  /**
   * Goes on with the decoder alone, so that latents keep their meaning for a U-Net.
   *
   * @param folder where its state and log go, and the finished {@link #whole} stage's state is
   * @param steps how many steps to make in all
   * @return the stage
   */
  static AutoencoderTraining decoderOnly(Path folder, int steps) {
    return new AutoencoderTraining(folder, steps, Part.DECODER);
  }

  /** Trains, from where an earlier run stopped. */
  void run() {
    Autoencoder network = new Autoencoder(SceneModel.autoencoder(1));
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    Script script = script(network, catalog.root());
    try (NDManager manager = NDManager.newBaseManager()) {
      Engine.getInstance().setRandomSeed(1);
      TrainingState state = new TrainingState(folder.resolve(part.fileName + ".safetensors"));
      Map<String, NDArray> initial =
          part == Part.WHOLE
              ? Initializer.initialize(catalog.shapes(), manager)
              : TrainingState.averages(folder.resolve("autoencoder.safetensors"), manager);
      try (TrainableModule module = new TrainableModule(script, manager, initial);
          AdamW optimizer = new AdamW(learning(module.weights()));
          LossLog log = new LossLog(folder.resolve(part.fileName + "-loss.csv"))) {
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

  private Map<String, NDArray> learning(Map<String, NDArray> weights) {
    Map<String, NDArray> learning = new LinkedHashMap<>(weights);
    if (part == Part.DECODER) {
      learning.keySet().removeIf(name -> !DECODER_WEIGHT.matcher(name).lookingAt());
    }
    return learning;
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
  private Script script(Autoencoder network, Weights w) {
    Script script = new Script(Precision.FLOAT32);
    Method forward = script.method("forward");
    Tensor image = forward.tensor("image", 3);
    Tensor noise = forward.tensor("noise", 4);
    Autoencoder.Posterior posterior = network.encode(w, image);
    Tensor mean = posterior.mean();
    Tensor logVariance = posterior.logVariance();
    Tensor latents = mean.plus(logVariance.times(0.5).exp().times(noise));
    if (part == Part.DECODER) {
      latents = latents.detached();
    }
    Tensor error = network.decodeLatents(w, latents).minus(image).abs().mean();
    // Of N(mean, variance) from N(0, 1), per element: (mean^2 + variance - 1 - log variance) / 2.
    Tensor divergence =
        mean.times(mean).plus(logVariance.exp()).minus(logVariance).plus(-1).times(0.5).mean();
    Tensor loss = part == Part.DECODER ? error : error.plus(divergence.times(KL_WEIGHT));
    forward.returns(List.of(loss, error, divergence));
    return script;
  }
}
