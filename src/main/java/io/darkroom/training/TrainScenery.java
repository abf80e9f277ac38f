package io.darkroom.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.Gson;
import io.darkroom.image.RgbImage;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.sampling.NoiseSchedule;
import io.darkroom.sampling.SchedulerConfig;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.training.scenery.CaptionWriter;
import io.darkroom.training.scenery.Scene;
import io.darkroom.training.scenery.SceneSampler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Makes the model that paints 256 by 256 pixels from nothing: autoencoder, judge, tokenizer, text
 * encoder and U-Net. Stopped and started again, it goes on where it was.
 */
@Command(
    name = "train-scenery",
    mixinStandardHelpOptions = true,
    description = "Trains the model of 256 by 256 pixels.")
public final class TrainScenery implements Callable<Integer> {
  /** A part of the work. */
  enum Stage {
    /** Autoencoder. */
    AUTOENCODER,
    /** The judge. */
    JUDGE,
    /** The decoder once more, with the encoder as it is; needs the judge. */
    DECODER,
    /** How well the autoencoder gives pictures back. */
    QUALITY,
    /** Text encoder and U-Net. */
    DIFFUSION,
    /** The model's folder, and a contact sheet. */
    SHEET
  }

  /** A year. */
  private static final double FOREVER = 525_600;

  private static final int CAPTIONS_FOR_VOCABULARY = 20_000;
  private static final int QUALITY_RENDERS = 100;
  private static final int SHEET_COLUMNS = 6;
  private static final int SHEET_PICTURES = 24;
  private static final int SHEET_BATCH = 4;

  @Option(names = "--work", description = "state and logs (default: ${DEFAULT-VALUE})")
  private Path work = Path.of("target/training-scenery");

  @Option(names = "--stages", split = ",", description = "default: all, in order")
  private Stage[] stages = Stage.values();

  @Option(names = "--autoencoder-steps", description = "default: ${DEFAULT-VALUE}")
  private int autoencoderSteps = 8000;

  @Option(names = "--judge-steps", description = "default: ${DEFAULT-VALUE}")
  private int judgeSteps = 1500;

  @Option(names = "--decoder-steps", description = "default: ${DEFAULT-VALUE}")
  private int decoderSteps = 3000;

  @Option(names = "--diffusion-steps", description = "default: ${DEFAULT-VALUE}")
  private int diffusionSteps = 20_000;

  @Option(names = "--autoencoder-minutes", description = "the most time of this run")
  private double autoencoderMinutes = FOREVER;

  @Option(names = "--judge-minutes", description = "the most time of this run")
  private double judgeMinutes = FOREVER;

  @Option(names = "--decoder-minutes", description = "the most time of this run")
  private double decoderMinutes = FOREVER;

  @Option(names = "--diffusion-minutes", description = "the most time of this run")
  private double diffusionMinutes = FOREVER;

  @Option(names = "--device", description = "cpu or cuda (default: ${DEFAULT-VALUE})")
  private String device = "cpu";

  @Option(
      names = "--batch-factor",
      description = "how many times as large batches are (default: ${DEFAULT-VALUE})")
  private int batchFactor = 1;

  @Option(
      names = "--shards",
      description = "the training set in shards of 500 scenes (default: ${DEFAULT-VALUE})")
  private int shards = 60;

  private TrainScenery() {}

  /**
   * Runs the training.
   *
   * @param arguments the command line
   */
  public static void main(String... arguments) {
    CommandLine line =
        new CommandLine(new TrainScenery()).setCaseInsensitiveEnumValuesAllowed(true);
    line.setOverwrittenOptionsAllowed(true);
    System.exit(line.execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(work);
    for (Stage stage : stages) {
      System.out.println("stage " + stage);
      switch (stage) {
        case AUTOENCODER ->
            new FirstStageTraining(
                    work,
                    SceneryModel.autoencoder(1),
                    budget(autoencoderSteps, autoencoderMinutes),
                    hardware())
                .run();
        case JUDGE -> new JudgeTraining(work, budget(judgeSteps, judgeMinutes), hardware()).run();
        case DECODER ->
            new DecoderTraining(
                    work,
                    SceneryModel.autoencoder(1),
                    budget(decoderSteps, decoderMinutes),
                    hardware())
                .run();
        case QUALITY -> measureAutoencoder();
        case DIFFUSION -> trainDiffusion();
        case SHEET -> paintSheet();
        default -> throw new IllegalStateException("unknown stage " + stage);
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private static Budget budget(int steps, double minutes) {
    return new Budget(steps, Duration.ofSeconds(Math.round(60 * minutes)));
  }

  private Hardware hardware() {
    return new Hardware("cuda".equals(device) ? Device.gpu() : Device.cpu(), batchFactor);
  }

  private void measureAutoencoder() throws IOException {
    try (NDManager manager = hardware().newManager();
        FirstStageQuality quality = new FirstStageQuality(autoencoder(manager), hardware())) {
      FirstStageQuality.Result result = quality.measure(QUALITY_RENDERS);
      System.out.printf(
          "autoencoder: PSNR %.2f dB, sharpness %.3f on %d held-out renders%n",
          result.psnr(), result.sharpness(), QUALITY_RENDERS);
      quality.writeSheet(work.resolve("reconstructions.png"));
    }
  }

  private void trainDiffusion() throws IOException {
    if (!Files.exists(tokenizerFolder())) {
      learnVocabulary();
    }
    try (NDManager manager = hardware().newManager();
        ClipTokenizer tokenizer = ClipTokenizer.open(tokenizerFolder());
        LatentShards latents = latents(manager)) {
      new SecondStageTraining(
              work,
              budget(diffusionSteps, diffusionMinutes),
              hardware(),
              latents,
              shards,
              tokenizer,
              schedule(),
              this::paintSheet)
          .run();
    }
  }

  private LatentShards latents(NDManager manager) {
    return new LatentShards(work.resolve("latents"), averages("autoencoder", manager), hardware());
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
    pairs.write(tokenizerFolder(), SceneryModel.TEXT_LENGTH);
  }

  /** Exports the state on disk and paints held-out captions, the same each time. */
  private void paintSheet() {
    try {
      Path model = work.resolve("model");
      export(model);
      SplittableRandom random = new SplittableRandom(0x5EE7L);
      SceneSampler sampler = SceneSampler.heldOut();
      CaptionWriter captions = new CaptionWriter();
      List<RgbImage> images = new ArrayList<>();
      List<String> lines = new ArrayList<>();
      try (DiffusionPipeline pipeline =
          DiffusionPipeline.open(model, new ComputeOptions(device, "fp32"))) {
        PictureSettings defaults = pipeline.defaults();
        while (images.size() < SHEET_PICTURES) {
          List<ImageRequest> requests = new ArrayList<>();
          for (int i = 0; i < SHEET_BATCH; i++) {
            lines.add(captions.full(sampler.next(random), random));
            requests.add(defaults.request(lines.get(lines.size() - 1), lines.size()));
          }
          pipeline.generate(requests, SILENT).forEach(made -> images.add(made.image()));
        }
      }
      int step = TrainingState.steps(work.resolve("diffusion.safetensors"));
      ContactSheet.write(work.resolve("sheet-%06d.png".formatted(step)), SHEET_COLUMNS, images);
      Files.write(work.resolve("sheet.txt"), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final PipelineListener SILENT =
      new PipelineListener() {
        @Override
        public void onStep(int step, int steps) {}

        @Override
        public void onWarning(String message) {
          throw new IllegalStateException(message);
        }
      };

  private void export(Path model) throws IOException {
    try (NDManager manager = hardware().newManager();
        ClipTokenizer tokenizer = ClipTokenizer.open(tokenizerFolder());
        LatentShards latents = latents(manager)) {
      latents.growTo(1);
      ModelExport.ModelSizes sizes =
          new ModelExport.ModelSizes(
              SceneryModel.IMAGE_SIZE,
              SceneryModel.autoencoder(latents.scalingFactor()),
              SceneryModel.textEncoder(tokenizer.vocabularySize()),
              SceneryModel.unet(),
              SceneryModel.scheduler(),
              SceneryModel.STEPS,
              SceneryModel.GUIDANCE_SCALE);
      new ModelExport(model, sizes)
          .write(
              autoencoder(manager),
              averages("diffusion", manager),
              tokenizerFolder(),
              LatentColours.fit(latents, manager));
    }
  }

  private Path tokenizerFolder() {
    return work.resolve("tokenizer");
  }

  private static NoiseSchedule schedule() {
    Gson gson = new Gson();
    return NoiseSchedule.of(
        SchedulerConfig.parse(
            gson.toJsonTree(SceneryModel.scheduler()).getAsJsonObject(), "the model's schedule"));
  }

  /** The autoencoder with the decoder as far as it has come. */
  private Map<String, NDArray> autoencoder(NDManager manager) {
    Map<String, NDArray> weights = averages("autoencoder", manager);
    Path decoder = work.resolve("decoder.safetensors");
    if (Files.exists(decoder)) {
      weights.putAll(DecoderTraining.averages(decoder, manager));
    }
    return weights;
  }

  private Map<String, NDArray> averages(String stage, NDManager manager) {
    return TrainingState.averages(work.resolve(stage + ".safetensors"), manager);
  }
}
