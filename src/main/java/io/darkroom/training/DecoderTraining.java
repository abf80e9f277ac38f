package io.darkroom.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.darkroom.network.Autoencoder;
import io.darkroom.network.AutoencoderConfig;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.PixelLayout;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import io.darkroom.training.scenery.SceneSampler;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The end of the first stage: the decoder alone goes on, the encoder as it is, so that latents keep
 * their meaning for a U-Net that learns beside it. To the errors of the pixels come the differences
 * of the judge's features and, after a while, a patch discriminator (Rombach et al., arXiv
 * 2112.10752, section 3.1 and appendix G): what is likely to be sharp comes back sharp.
 */
final class DecoderTraining {
  private static final Pattern DECODER_WEIGHT =
      Pattern.compile("autoencoder\\.(decoder|post_quant_conv)\\.");

  private static final String AUTOENCODER = "autoencoder";
  private static final String JUDGE = "judge";
  private static final String DISCRIMINATOR = "discriminator";

  private static final int SIDE = SceneryModel.IMAGE_SIZE;
  private static final int BATCH = 1;
  private static final int WARM_UP = 100;
  private static final double LEARNING_RATE = 4e-4;
  private static final double DISCRIMINATOR_RATE = 2e-4;
  private static final double AVERAGE_DECAY = 0.998;
  private static final double PERCEPTUAL_WEIGHT = 0.3;
  private static final double ADVERSARIAL_WEIGHT = 0.02;

  /** The share of the steps after which the discriminator has a say. */
  private static final double ADVERSARY_BEGINS = 0.3;

  private static final int LOG_EVERY = 20;

  private final Path folder;
  private final AutoencoderConfig config;
  private final Budget budget;
  private final Hardware hardware;
  private final SaveClock clock = new SaveClock();

  /**
   * Prepares the stage.
   *
   * @param folder where its state and log go, and those of the first stage and the judge are
   * @param config the autoencoder's sizes
   * @param budget how long
   * @param hardware where
   */
  DecoderTraining(Path folder, AutoencoderConfig config, Budget budget, Hardware hardware) {
    this.folder = folder;
    this.config = config;
    this.budget = budget;
    this.hardware = hardware;
  }

  /** Trains, from where an earlier run stopped. */
  void run() {
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    Script script = script(catalog.root());
    WeightCatalog adversary = WeightCatalog.ofNewModel();
    Script adversaryScript = adversaryScript(adversary.root());
    try (NDManager manager = hardware.newManager()) {
      Engine.getInstance().setRandomSeed(4);
      Map<String, NDArray> initial = Initializer.initialize(catalog.shapes(), manager);
      putAll(initial, AUTOENCODER, "autoencoder.safetensors", manager);
      putAll(initial, JUDGE, "judge.safetensors", manager);
      TrainingState state = new TrainingState(folder.resolve("decoder.safetensors"));
      try (TrainableModule module =
              new TrainableModule(
                  script, manager, initial, name -> DECODER_WEIGHT.matcher(name).lookingAt());
          AdamW optimizer = new AdamW(module.learning());
          TrainableModule discriminator = new TrainableModule(adversaryScript, manager, initial);
          AdamW discriminatorOptimizer = new AdamW(discriminator.weights());
          LossLog log = new LossLog(folder.resolve("decoder-loss.csv"))) {
        Map<String, NDArray> all = new LinkedHashMap<>(optimizer.state());
        discriminatorOptimizer
            .state()
            .forEach((name, array) -> all.put(DISCRIMINATOR + "/" + name, array));
        int done = state.restore(all);
        Prefetch<float[]> batches = new Prefetch<>(done + 1, this::pictures);
        int step = done + 1;
        for (; !budget.isSpentBefore(step); step++) {
          discriminator
              .weights()
              .forEach((name, weight) -> weight.stopGradient().copyTo(module.weights().get(name)));
          List<Float> losses =
              step(
                  module,
                  optimizer,
                  discriminator,
                  discriminatorOptimizer,
                  step,
                  batches.next(),
                  manager);
          if (step % LOG_EVERY == 0) {
            log.write(step, losses);
          }
          if (clock.isTime()) {
            state.save(step, all);
          }
        }
        if (step > done + 1) {
          state.save(step - 1, all);
        }
      }
    }
  }

  /**
   * The trained decoder's weights.
   *
   * @param file the state of such a run
   * @param manager where they live
   * @return arrays by name, as the autoencoder has them
   */
  static Map<String, NDArray> averages(Path file, NDManager manager) {
    Map<String, NDArray> weights = new LinkedHashMap<>();
    TrainingState.averages(file, manager)
        .forEach((name, array) -> weights.put(name.substring(AUTOENCODER.length() + 1), array));
    return weights;
  }

  private void putAll(Map<String, NDArray> initial, String prefix, String file, NDManager manager) {
    TrainingState.averages(folder.resolve(file), manager)
        .forEach((name, array) -> initial.put(prefix + "." + name, array));
  }

  private float[] pictures(int step) {
    SplittableRandom random = new SplittableRandom(0xDEC0DE000L + step);
    SceneSampler sampler = SceneSampler.training();
    int count = BATCH * hardware.batchFactor();
    return new SceneryImages()
        .render(Stream.generate(() -> sampler.next(random)).limit(count).toList());
  }

  private List<Float> step(
      TrainableModule module,
      AdamW optimizer,
      TrainableModule discriminator,
      AdamW discriminatorOptimizer,
      int step,
      float[] pixels,
      NDManager manager) {
    int expected = budget.expectedSteps(step);
    double average = Math.min(AVERAGE_DECAY, (1.0 + step) / (10 + step));
    boolean adversaryCounts = step > ADVERSARY_BEGINS * expected;
    try (NDManager scratch = manager.newSubManager()) {
      Engine.getInstance().setRandomSeed(step);
      NDArray image = SceneryImages.toArray(pixels, SIDE, scratch);
      long latentSide = SIDE / config.vaeScaleFactor();
      NDArray noise =
          scratch.randomNormal(
              new Shape(image.getShape().get(0), config.latentChannels(), latentSide, latentSide));
      NDArray weight = scratch.create(new float[] {(float) (adversaryCounts ? 1 : 0)});
      List<NDArray> results;
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        results = module.forward(image, noise, weight);
        collector.backward(results.get(0));
      }
      optimizer.step(step, LearningRate.at(step, WARM_UP, expected, LEARNING_RATE), average);
      NDArray ofDiscriminator;
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        ofDiscriminator = discriminator.forward(image, results.get(4).stopGradient()).get(0);
        collector.backward(ofDiscriminator);
      }
      discriminatorOptimizer.step(
          step, LearningRate.at(step, WARM_UP, expected, DISCRIMINATOR_RATE), average);
      return step % LOG_EVERY == 0
          ? List.of(
              results.get(1).getFloat(),
              results.get(2).getFloat(),
              results.get(3).getFloat(),
              ofDiscriminator.getFloat())
          : List.of();
    }
  }

  /**
   * {@code forward(w, image, noise, weight) -> [loss, error of pixels and edges, that of features,
   * what the discriminator says against it, the picture that comes back]}.
   */
  private Script script(Weights w) {
    Autoencoder network = new Autoencoder(config);
    Script script = new Script(Precision.FLOAT32, PixelLayout.PLANES);
    Method forward = script.method("forward");
    Tensor image = forward.tensor("image", 3);
    Tensor noise = forward.tensor("noise", config.latentChannels());
    Tensor weight = forward.tensor("weight", 1);
    Weights autoencoder = w.at(AUTOENCODER);
    Autoencoder.Posterior posterior = network.encode(autoencoder, image);
    Tensor deviation = posterior.logVariance().times(0.5).exp();
    Tensor latents = posterior.mean().plus(deviation.times(noise)).detached();
    Tensor back = network.decodeLatents(autoencoder, latents);
    Tensor difference = back.minus(image);
    Tensor error = difference.abs().mean().plus(FirstStageTraining.edges(difference));
    List<Tensor> right = SceneryJudge.maps(w.at(JUDGE), image);
    List<Tensor> seen = SceneryJudge.maps(w.at(JUDGE), back);
    Tensor perceptual = seen.get(0).minus(right.get(0)).abs().mean();
    for (int i = 1; i < seen.size(); i++) {
      perceptual = perceptual.plus(seen.get(i).minus(right.get(i)).abs().mean());
    }
    Tensor against = PatchDiscriminator.judge(w.at(DISCRIMINATOR), back).mean().times(-1);
    Tensor loss =
        error
            .plus(perceptual.times(PERCEPTUAL_WEIGHT))
            .plus(against.times(weight).times(ADVERSARIAL_WEIGHT).mean());
    forward.returns(List.of(loss, error, perceptual, against, back));
    return script;
  }

  /** {@code forward(w, real, fake) -> [loss]}. */
  private static Script adversaryScript(Weights w) {
    Script script = new Script(Precision.FLOAT32, PixelLayout.PLANES);
    Method forward = script.method("forward");
    Tensor real = PatchDiscriminator.judge(w.at(DISCRIMINATOR), forward.tensor("real", 3));
    Tensor fake = PatchDiscriminator.judge(w.at(DISCRIMINATOR), forward.tensor("fake", 3));
    forward.returns(List.of(PatchDiscriminator.loss(real, fake)));
    return script;
  }
}
