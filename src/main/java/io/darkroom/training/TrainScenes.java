package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.Gson;
import io.darkroom.sampling.NoiseSchedule;
import io.darkroom.sampling.SchedulerConfig;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.training.scene.CaptionWriter;
import io.darkroom.training.scene.Scene;
import io.darkroom.training.scene.SceneSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Makes the bundled model from nothing: autoencoder, tokenizer, text encoder and U-Net, the
 * classifier that judges it, and the model's folder. Stopped and started again, it goes on where it
 * was.
 */
@Command(
    name = "train-scenes",
    mixinStandardHelpOptions = true,
    description = "Trains the bundled model and judges it.")
public final class TrainScenes implements Callable<Integer> {
  /** A part of the work. */
  enum Stage {
    /** Autoencoder. */
    AUTOENCODER,
    /** The decoder once more, with the encoder as it is. */
    DECODER,
    /** Text encoder and U-Net. */
    DIFFUSION,
    /** The judge. */
    CLASSIFIER,
    /** The model's folder. */
    EXPORT,
    /** Judgement. */
    EVALUATE
  }

  private static final int CAPTIONS_FOR_VOCABULARY = 20_000;
  private static final int SCENES = 20_000;

  @Option(names = "--work", description = "state and logs (default: ${DEFAULT-VALUE})")
  private Path work = Path.of("target/training");

  @Option(names = "--model", description = "the finished model (default: ${DEFAULT-VALUE})")
  private Path model = Path.of("models/scenes");

  @Option(names = "--judge", description = "the finished classifier (default: ${DEFAULT-VALUE})")
  private Path judge = Path.of("src/test/resources/models/scene-classifier.safetensors");

  @Option(names = "--stages", split = ",", description = "default: all, in order")
  private Stage[] stages = Stage.values();

  @Option(names = "--autoencoder-steps", description = "default: ${DEFAULT-VALUE}")
  private int autoencoderSteps = 4500;

  @Option(names = "--decoder-steps", description = "default: ${DEFAULT-VALUE}")
  private int decoderSteps = 2400;

  @Option(names = "--diffusion-steps", description = "default: ${DEFAULT-VALUE}")
  private int diffusionSteps = 11_000;

  @Option(names = "--classifier-steps", description = "default: ${DEFAULT-VALUE}")
  private int classifierSteps = 800;

  @Option(names = "--pictures", description = "how many to judge (default: ${DEFAULT-VALUE})")
  private int pictures = 500;

  private TrainScenes() {}

  /**
   * Runs the training.
   *
   * @param arguments the command line
   */
  public static void main(String... arguments) {
    CommandLine line = new CommandLine(new TrainScenes()).setCaseInsensitiveEnumValuesAllowed(true);
    System.exit(line.execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(work);
    for (Stage stage : stages) {
      switch (stage) {
        case AUTOENCODER -> AutoencoderTraining.whole(work, autoencoderSteps).run();
        case DECODER -> AutoencoderTraining.decoderOnly(work, decoderSteps).run();
        case DIFFUSION -> trainDiffusion();
        case CLASSIFIER -> trainJudge();
        case EXPORT -> export();
        case EVALUATE -> new Evaluation(work, judge, model, pictures).run(System.out);
        default -> throw new IllegalStateException("unknown stage " + stage);
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private void trainDiffusion() throws IOException {
    if (!Files.exists(tokenizerFolder())) {
      learnVocabulary();
    }
    try (NDManager manager = NDManager.newBaseManager();
        ClipTokenizer tokenizer = ClipTokenizer.open(tokenizerFolder())) {
      new DiffusionTraining(work, diffusionSteps, latents(manager), tokenizer, schedule()).run();
    }
  }

  private void trainJudge() throws IOException {
    new ClassifierTraining(work, classifierSteps).run();
    try (NDManager manager = NDManager.newBaseManager()) {
      ModelExport.writeWeights(judge, averages("classifier", manager), "");
    }
  }

  private void learnVocabulary() throws IOException {
    BytePairTraining pairs = new BytePairTraining();
    SplittableRandom random = new SplittableRandom(7);
    SceneSampler sampler = SceneSampler.everything();
    CaptionWriter captions = new CaptionWriter();
    for (int i = 0; i < CAPTIONS_FOR_VOCABULARY; i++) {
      Scene scene = sampler.next(random);
      pairs.add(captions.caption(scene, random));
      pairs.add(captions.full(scene, random));
    }
    pairs.write(tokenizerFolder(), SceneModel.TEXT_LENGTH);
  }

  private void export() throws IOException {
    try (NDManager manager = NDManager.newBaseManager();
        ClipTokenizer tokenizer = ClipTokenizer.open(tokenizerFolder())) {
      Map<String, NDArray> autoencoder = averages("autoencoder", manager);
      if (Files.exists(work.resolve("decoder.safetensors"))) {
        autoencoder.putAll(averages("decoder", manager));
      }
      CaptionedLatents latents = latents(manager);
      ModelExport.ModelSizes sizes =
          new ModelExport.ModelSizes(
              SceneModel.IMAGE_SIZE,
              SceneModel.autoencoder(latents.scalingFactor()),
              SceneModel.textEncoder(tokenizer.vocabularySize()),
              SceneModel.unet(),
              ModelExport.scheduler(),
              25,
              4);
      new ModelExport(model, sizes)
          .write(
              autoencoder,
              averages("diffusion", manager),
              tokenizerFolder(),
              LatentColours.fit(latents, manager));
    }
  }

  private Path tokenizerFolder() {
    return work.resolve("tokenizer");
  }

  private CaptionedLatents latents(NDManager manager) throws IOException {
    Path file = work.resolve("latents-" + SCENES + ".safetensors");
    return CaptionedLatents.of(file, SCENES, averages("autoencoder", manager));
  }

  private static NoiseSchedule schedule() {
    Gson gson = new Gson();
    return NoiseSchedule.of(
        SchedulerConfig.parse(
            gson.toJsonTree(ModelExport.scheduler()).getAsJsonObject(), "the model's schedule"));
  }

  private Map<String, NDArray> averages(String stage, NDManager manager) {
    return TrainingState.averages(work.resolve(stage + ".safetensors"), manager);
  }
}
