package io.darkroom.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.darkroom.network.TextEncoder;
import io.darkroom.network.UNet;
import io.darkroom.sampling.NoiseSchedule;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import io.darkroom.training.scenery.CaptionWriter;
import io.darkroom.training.scenery.Scene;
import java.io.IOException;
import java.nio.file.Path;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The second stage: text encoder and U-Net together learn to take noise out of latents (Ho et al.,
 * arXiv 2006.11239, Algorithm 1), with the velocity as target, which is the noise and the latent in
 * one (Salimans and Ho, arXiv 2202.00512, appendix D), one caption in ten left empty for guidance.
 */
final class SecondStageTraining {
  /** The prefix of the text encoder's weights in the state. */
  static final String TEXT_ENCODER = "text_encoder";

  /** The prefix of the U-Net's weights in the state. */
  static final String UNET = "unet";

  private static final int BATCH = 32;
  private static final int WARM_UP = 200;
  private static final double LEARNING_RATE = 1e-3;
  private static final double AVERAGE_DECAY = 0.999;
  private static final double EMPTY_CAPTIONS = 0.1;
  private static final double FULL_CAPTIONS = 0.4;
  private static final double TIMESTEP_EXPONENT = 0.6;
  private static final int LOG_EVERY = 20;
  private static final int SHEET_EVERY = 1000;
  private static final int FIRST_SHARDS = 2;
  private static final int SHARD_EVERY = 60;

  private final Path folder;
  private final Budget budget;
  private final Hardware hardware;
  private final LatentShards data;
  private final int mostShards;
  private final ClipTokenizer tokenizer;
  private final NoiseSchedule schedule;
  private final Runnable sheet;
  private final CaptionWriter captions = new CaptionWriter();
  private final SaveClock clock = new SaveClock();

  /**
   * Prepares the stage.
   *
   * @param folder where its state and log go
   * @param budget how long
   * @param hardware where
   * @param data scenes and their latents
   * @param mostShards how many shards they grow to
   * @param tokenizer of the captions
   * @param schedule the levels of noise
   * @param sheet paints a contact sheet from the state on disk
   */
  SecondStageTraining(
      Path folder,
      Budget budget,
      Hardware hardware,
      LatentShards data,
      int mostShards,
      ClipTokenizer tokenizer,
      NoiseSchedule schedule,
      Runnable sheet) {
    this.folder = folder;
    this.budget = budget;
    this.hardware = hardware;
    this.data = data;
    this.mostShards = mostShards;
    this.tokenizer = tokenizer;
    this.schedule = schedule;
    this.sheet = sheet;
  }

  /**
   * Trains, from where an earlier run stopped.
   *
   * @throws IOException if a shard of the training set cannot be written
   */
  void run() throws IOException {
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    Script script = script(catalog.root(), tokenizer.vocabularySize());
    try (NDManager manager = hardware.newManager()) {
      Engine.getInstance().setRandomSeed(2);
      TrainingState state = new TrainingState(folder.resolve("diffusion.safetensors"));
      try (TrainableModule module =
              new TrainableModule(
                  script, manager, Initializer.initialize(catalog.shapes(), manager));
          AdamW optimizer = new AdamW(module.weights());
          LossLog log = new LossLog(folder.resolve("diffusion-loss.csv"))) {
        DoubleSummaryStatistics losses = new DoubleSummaryStatistics();
        int done = state.restore(optimizer.state());
        int step = done + 1;
        for (; !budget.isSpentBefore(step); step++) {
          int shards = FIRST_SHARDS + step * hardware.batchFactor() / SHARD_EVERY;
          data.growTo(Math.min(mostShards, shards));
          losses.accept(step(module, optimizer, step, manager));
          if (step % LOG_EVERY == 0) {
            log.write(step, List.of((float) losses.getAverage()));
            losses = new DoubleSummaryStatistics();
          }
          boolean sheetIsDue = step % SHEET_EVERY == 0;
          if (clock.isTime() || sheetIsDue) {
            state.save(step, optimizer.state());
          }
          if (sheetIsDue) {
            sheet.run();
          }
        }
        if (step > done + 1) {
          state.save(step - 1, optimizer.state());
        }
      }
    }
  }

  private double step(TrainableModule module, AdamW optimizer, int step, NDManager manager) {
    SplittableRandom random = new SplittableRandom(0xD1FF0000L + step);
    int batch = BATCH * hardware.batchFactor();
    int[] indices = random.ints(batch, 0, data.scenes().size()).toArray();
    long[] ids = new long[batch * SceneryModel.TEXT_LENGTH];
    float[] timesteps = new float[batch];
    float[] signal = new float[batch];
    float[] noise = new float[batch];
    for (int i = 0; i < batch; i++) {
      long[] tokens = tokenizer.encode(caption(data.scenes().get(indices[i]), random)).ids();
      System.arraycopy(tokens, 0, ids, i * SceneryModel.TEXT_LENGTH, SceneryModel.TEXT_LENGTH);
      // One from each of as many equal ranges: the same expectation, less variance. And more of the
      // noisy ones, where the text decides what there will be.
      double uniform = (i + random.nextDouble()) / batch;
      int timestep = (int) (Math.pow(uniform, TIMESTEP_EXPONENT) * SceneryModel.TRAIN_TIMESTEPS);
      timesteps[i] = timestep;
      double alphaCumprod = schedule.alphaCumprod(timestep);
      signal[i] = (float) Math.sqrt(alphaCumprod);
      noise[i] = (float) Math.sqrt(1 - alphaCumprod);
    }
    try (NDManager scratch = manager.newSubManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      Engine.getInstance().setRandomSeed(step);
      NDArray latents = data.batch(indices, scratch);
      NDArray drawn = scratch.randomNormal(latents.getShape());
      Shape perSample = new Shape(batch, 1, 1, 1);
      NDArray loss =
          module
              .forward(
                  latents,
                  drawn,
                  scratch.create(signal, perSample),
                  scratch.create(noise, perSample),
                  scratch.create(timesteps),
                  scratch.create(ids, new Shape(batch, SceneryModel.TEXT_LENGTH)))
              .get(0);
      collector.backward(loss);
      double rate = LearningRate.at(step, WARM_UP, budget.expectedSteps(step), LEARNING_RATE);
      optimizer.step(step, rate, Math.min(AVERAGE_DECAY, (1.0 + step) / (10 + step)));
      return loss.getFloat();
    }
  }

  private String caption(Scene scene, SplittableRandom random) {
    double choice = random.nextDouble();
    if (choice < EMPTY_CAPTIONS) {
      return "";
    }
    return choice < EMPTY_CAPTIONS + FULL_CAPTIONS
        ? captions.full(scene, random)
        : captions.caption(scene, random);
  }

  /**
   * {@code forward(w, latents, drawn, signal, noise, timesteps, ids) -> [loss]}: noise added, taken
   * for the target, and predicted, all in one graph.
   */
  private static Script script(Weights w, int vocabularySize) {
    Script script = new Script(Precision.FLOAT32);
    Method forward = script.method("forward");
    Tensor latents = forward.tensor("latents", SceneryModel.LATENT_CHANNELS);
    Tensor drawn = forward.tensor("drawn", SceneryModel.LATENT_CHANNELS);
    Tensor signal = forward.tensor("signal", 1);
    Tensor noise = forward.tensor("noise", 1);
    Tensor timesteps = forward.tensor("timesteps", 1);
    Tensor ids = forward.tensor("ids", 1);
    Tensor noisy = latents.times(signal).plus(drawn.times(noise));
    Tensor velocity = drawn.times(signal).minus(latents.times(noise));
    Tensor text =
        new TextEncoder(SceneryModel.textEncoder(vocabularySize))
            .encodeToLast(w.at(TEXT_ENCODER), ids);
    Tensor prediction = new UNet(SceneryModel.unet()).predict(w.at(UNET), noisy, timesteps, text);
    Tensor error = prediction.minus(velocity);
    forward.returns(List.of(error.times(error).mean()));
    return script;
  }
}
