package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.training.scene.CaptionWriter;
import io.darkroom.training.scene.Celestial;
import io.darkroom.training.scene.Place;
import io.darkroom.training.scene.Scene;
import io.darkroom.training.scene.SceneSampler;
import io.darkroom.training.scene.Terrain;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Judges a trained model: the autoencoder by its PSNR, the classifier on renders that it has not
 * seen, and then, by that classifier, pictures generated with the default settings from captions
 * whose combinations were held out of training.
 */
final class Evaluation {
  private static final long SEED = 0xE7A1L;
  private static final int RENDERS = 2000;
  private static final int PSNR_RENDERS = 200;
  private static final int RECONSTRUCTIONS = 500;
  private static final int BATCH = 20;
  private static final int SHEET_COLUMNS = 6;
  private static final int SHEET_ROWS = 4;

  private static final PipelineListener SILENT =
      new PipelineListener() {
        @Override
        public void onStep(int step, int steps) {}

        @Override
        public void onWarning(String message) {
          throw new IllegalStateException(message);
        }
      };

  private final Path work;
  private final Path judge;
  private final Path model;
  private final int pictures;

  /**
   * Prepares the judgement.
   *
   * @param work where the contact sheet goes
   * @param judge the classifier's weights
   * @param model the exported model's folder
   * @param pictures how many to generate
   */
  Evaluation(Path work, Path judge, Path model, int pictures) {
    this.work = work;
    this.judge = judge;
    this.model = model;
    this.pictures = pictures;
  }

  /** Right answers, by row of the table. */
  private static final class Tally {
    private final String[] rows = {
      "time of day", "weather", "sun or moon", "ground", "terrain", "places", "kinds", "colours"
    };
    private final int[] right = new int[rows.length];
    private final int[] asked = new int[rows.length];

    /**
     * Counts one picture's answers. Places: is there something where there should be, and nothing
     * where there should not. Kinds and colours: asked for each object of the caption.
     *
     * @param expected the right answers
     * @param seen the classifier's
     * @param told whether the picture's maker was told the answer to one of the first questions
     */
    void add(int[] expected, int[] seen, Predicate<Integer> told) {
      for (int i = 0; i < 5; i++) {
        if (told.test(i)) {
          count(i, expected[i] == seen[i]);
        }
      }
      boolean places = true;
      for (Place place : Place.values()) {
        int kind = 5 + 2 * place.ordinal();
        places &= (expected[kind] == 0) == (seen[kind] == 0);
        if (expected[kind] != 0) {
          count(6, expected[kind] == seen[kind]);
          count(7, expected[kind + 1] == seen[kind + 1]);
        }
      }
      count(5, places);
    }

    private void count(int row, boolean correct) {
      asked[row]++;
      right[row] += correct ? 1 : 0;
    }

    void print(String title, PrintStream out) {
      out.printf("%n%s%n", title);
      for (int i = 0; i < rows.length; i++) {
        out.printf(
            "| %s | %d / %d | %.1f %% |%n",
            rows[i], right[i], asked[i], 100.0 * right[i] / asked[i]);
      }
    }
  }

  /**
   * Runs all three and writes a contact sheet and its captions to the work folder.
   *
   * @param out where the tables go
   * @throws IOException if the sheet cannot be written
   */
  void run(PrintStream out) throws IOException {
    try (NDManager manager = NDManager.newBaseManager();
        LoadedModule classifier = SceneClassifier.open(judge, manager);
        AutoencoderQuality autoencoder = new AutoencoderQuality(model)) {
      out.printf(
          "autoencoder: PSNR %.2f dB on %d held-out renders%n",
          autoencoder.psnr(PSNR_RENDERS), PSNR_RENDERS);
      out.flush();
      judgeRenders(classifier, manager, RENDERS, images -> images)
          .print("classifier on held-out renders", out);
      out.flush();
      judgeRenders(classifier, manager, RECONSTRUCTIONS, autoencoder::reconstruct)
          .print("the same after the autoencoder, the best that any U-Net could do", out);
      out.flush();
      judgePictures(classifier, manager).print("generated from held-out captions", out);
    }
  }

  private Tally judgeRenders(
      LoadedModule classifier, NDManager manager, int renders, UnaryOperator<float[]> treatment) {
    SplittableRandom random = new SplittableRandom(SEED);
    SceneSampler sampler = SceneSampler.heldOut();
    SceneImages images = new SceneImages();
    Tally tally = new Tally();
    for (int i = 0; i < renders; i += BATCH) {
      List<Scene> scenes = new ArrayList<>();
      for (int j = 0; j < BATCH; j++) {
        scenes.add(sampler.next(random));
      }
      float[] seen = treatment.apply(images.render(scenes));
      judge(classifier, manager, scenes, seen, (scene, question) -> true, tally);
    }
    return tally;
  }

  private Tally judgePictures(LoadedModule classifier, NDManager manager) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    SceneSampler sampler = SceneSampler.heldOut();
    CaptionWriter captions = new CaptionWriter();
    Tally tally = new Tally();
    List<RgbImage> sheet = new ArrayList<>();
    List<String> sheetCaptions = new ArrayList<>();
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(model, new ComputeOptions("cpu", "fp32"))) {
      PictureSettings defaults = pipeline.defaults();
      for (int start = 0; start < pictures; start += BATCH) {
        List<Scene> scenes = new ArrayList<>();
        List<ImageRequest> requests = new ArrayList<>();
        for (int i = start; i < Math.min(pictures, start + BATCH); i++) {
          Scene scene = sampler.next(random);
          scenes.add(scene);
          requests.add(defaults.request(captions.full(scene, random), i));
        }
        List<RgbImage> images =
            pipeline.generate(requests, SILENT).stream().map(made -> made.image()).toList();
        judge(classifier, manager, scenes, planes(images), Evaluation::isTold, tally);
        for (int i = 0; i < images.size() && sheet.size() < SHEET_COLUMNS * SHEET_ROWS; i++) {
          sheet.add(images.get(i));
          sheetCaptions.add(requests.get(i).prompt());
        }
      }
    }
    writeSheet(sheet);
    Files.write(work.resolve("contact-sheet.txt"), sheetCaptions);
    return tally;
  }

  /**
   * A full caption says nothing of an empty sky and of flat land; whoever reads it may paint both.
   */
  private static boolean isTold(Scene scene, int question) {
    return switch (SceneClassifier.QUESTIONS.get(question).name()) {
      case "sun or moon" -> scene.celestial() != Celestial.NONE;
      case "terrain" -> scene.terrain() != Terrain.FLAT;
      default -> true;
    };
  }

  private static void judge(
      LoadedModule classifier,
      NDManager manager,
      List<Scene> scenes,
      float[] images,
      BiPredicate<Scene, Integer> told,
      Tally tally) {
    try (NDManager scratch = manager.newSubManager()) {
      NDArray batch = SceneImages.toArray(images, SceneModel.IMAGE_SIZE, scratch);
      float[] scores = classifier.callForTensor("classify", batch).toFloatArray();
      int each = SceneClassifier.scores();
      for (int i = 0; i < scenes.size(); i++) {
        float[] own = Arrays.copyOfRange(scores, i * each, (i + 1) * each);
        Scene scene = scenes.get(i);
        tally.add(
            SceneClassifier.answers(scene),
            SceneClassifier.best(own),
            question -> told.test(scene, question));
      }
    }
  }

  /**
   * Finished pictures as the classifier takes them.
   *
   * @param images of the model's size
   * @return {@code [images, 3, size, size]} as one row of numbers, -1 to 1
   */
  static float[] planes(List<RgbImage> images) {
    int plane = SceneModel.IMAGE_SIZE * SceneModel.IMAGE_SIZE;
    float[] values = new float[images.size() * 3 * plane];
    for (int i = 0; i < images.size(); i++) {
      byte[] rgb = images.get(i).rgb();
      for (int p = 0; p < rgb.length; p++) {
        values[i * 3 * plane + p % 3 * plane + p / 3] = (rgb[p] & 0xFF) / 127.5f - 1;
      }
    }
    return values;
  }

  private void writeSheet(List<RgbImage> images) throws IOException {
    int size = SceneModel.IMAGE_SIZE;
    int gap = 4;
    int columns = SHEET_COLUMNS;
    int rows = (images.size() + columns - 1) / columns;
    int width = columns * (size + gap) + gap;
    int height = rows * (size + gap) + gap;
    byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, (byte) 0xFF);
    for (int i = 0; i < images.size(); i++) {
      int left = gap + i % columns * (size + gap);
      int top = gap + i / columns * (size + gap);
      for (int y = 0; y < size; y++) {
        System.arraycopy(
            images.get(i).rgb(), 3 * y * size, rgb, 3 * ((top + y) * width + left), 3 * size);
      }
    }
    try (OutputStream file = Files.newOutputStream(work.resolve("contact-sheet.png"))) {
      new PngWriter(file).write(new Png(new RgbImage(width, height, rgb), Map.of()));
    }
  }
}
