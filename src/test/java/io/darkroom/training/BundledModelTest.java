package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.image.RgbImage;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.training.scene.Celestial;
import io.darkroom.training.scene.Colour;
import io.darkroom.training.scene.Ground;
import io.darkroom.training.scene.Kind;
import io.darkroom.training.scene.Place;
import io.darkroom.training.scene.Scene;
import io.darkroom.training.scene.SceneObject;
import io.darkroom.training.scene.Terrain;
import io.darkroom.training.scene.TimeOfDay;
import io.darkroom.training.scene.Weather;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The model in the box: small enough, faithful enough to its latents, and it listens. */
@Tag("slow")
class BundledModelTest {
  private static final Path MODEL = Path.of("models/scenes");
  private static final Path JUDGE =
      Path.of("src/test/resources/models/scene-classifier.safetensors");
  private static final long SIZE_LIMIT = 16_000_000;
  private static final double LEAST_PSNR = 25;
  private static final int SEEDS = 8;

  private static final PipelineListener SILENT =
      new PipelineListener() {
        @Override
        public void onStep(int step, int steps) {}

        @Override
        public void onWarning(String message) {
          throw new AssertionError(message);
        }
      };

  @Test
  void isSmallerThanSixteenMegabytes() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(MODEL)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    assertTrue(bytes < SIZE_LIMIT, bytes + " bytes");
  }

  @Test
  void itsAutoencoderGivesRendersBack() {
    try (AutoencoderQuality quality = new AutoencoderQuality(MODEL)) {
      double psnr = quality.psnr(40);
      assertTrue(psnr > LEAST_PSNR, psnr + " dB");
    }
  }

  @Test
  void nightIsDarkerThanDayInEverySeed() {
    List<RgbImage> days = paint("a red house on the grass by day");
    List<RgbImage> nights = paint("a red house on the grass at night");
    double darkestDay =
        days.stream().mapToDouble(BundledModelTest::skyBrightness).min().orElseThrow();
    double brightestNight =
        nights.stream().mapToDouble(BundledModelTest::skyBrightness).max().orElseThrow();
    assertTrue(brightestNight < darkestDay, "night " + brightestNight + ", day " + darkestDay);
  }

  /**
   * The sentence of the README, in eight seeds, read by the classifier: whatever the sentence
   * tells, for nine in ten of the answers, and everything together in most pictures.
   */
  @Test
  void paintsWhatTheReadmePromises() {
    Scene promised =
        new Scene(
            TimeOfDay.NIGHT,
            Weather.CLEAR,
            Celestial.FULL_MOON,
            Ground.SNOW,
            Terrain.HILL,
            List.of(
                new SceneObject(Kind.HOUSE, Colour.RED, Place.LEFT),
                new SceneObject(Kind.TREE, Colour.GREEN, Place.RIGHT)),
            0);
    List<RgbImage> pictures =
        paint("a red house left of a green tree on a snowy hill at night, full moon");
    int[] expected = SceneClassifier.answers(promised);
    int told = 0;
    int right = 0;
    int whole = 0;
    for (int[] seen : judge(pictures)) {
      int before = right;
      int asked = 0;
      for (int i = 0; i < expected.length; i++) {
        if (!SceneClassifier.QUESTIONS.get(i).name().equals("weather")) {
          asked++;
          right += seen[i] == expected[i] ? 1 : 0;
        }
      }
      told += asked;
      whole += right - before == asked ? 1 : 0;
    }
    assertTrue(right >= 0.9 * told, right + " of " + told + " answers");
    assertTrue(whole >= SEEDS / 2 + 1, whole + " of " + SEEDS + " pictures");
  }

  private static List<int[]> judge(List<RgbImage> pictures) {
    try (NDManager manager = NDManager.newBaseManager();
        LoadedModule classifier = SceneClassifier.open(JUDGE, manager)) {
      NDArray images =
          SceneImages.toArray(Evaluation.planes(pictures), SceneModel.IMAGE_SIZE, manager);
      float[] scores = classifier.callForTensor("classify", images).toFloatArray();
      int each = SceneClassifier.scores();
      return IntStream.range(0, pictures.size())
          .mapToObj(i -> Arrays.copyOfRange(scores, i * each, (i + 1) * each))
          .map(SceneClassifier::best)
          .toList();
    }
  }

  private static List<RgbImage> paint(String prompt) {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(MODEL, new ComputeOptions("cpu", "fp32"))) {
      PictureSettings defaults = pipeline.defaults();
      List<ImageRequest> requests = new ArrayList<>();
      for (int seed = 0; seed < SEEDS; seed++) {
        requests.add(defaults.request(prompt, seed));
      }
      return pipeline.generate(requests, SILENT).stream().map(RenderedImage::image).toList();
    }
  }

  /** The mean of all bytes in the upper third, 0 to 255. */
  private static double skyBrightness(RgbImage image) {
    int bytes = image.rgb().length / 3;
    double sum = 0;
    for (int i = 0; i < bytes; i++) {
      sum += image.rgb()[i] & 0xFF;
    }
    return sum / bytes;
  }
}
