package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.checkpoint.SafetensorsFile;
import io.darkroom.image.RgbImage;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.ImageRequest;
import io.darkroom.pipeline.ModelDefaults;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
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
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The model in the box: small enough, and it paints what it is told. */
class BundledModelTest {
  private static final Path MODEL = Path.of("models/scenes");
  private static final Path CLASSIFIER =
      Path.of("src/test/resources/models/scene-classifier.safetensors");
  private static final long SIZE_LIMIT = 16_000_000;

  /** The README's example. */
  private static final String PROMPT =
      "a red house left of a green tree on a snowy hill at night, full moon";

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
  void paintsTheExampleInMostOfEightSeeds() {
    int[] expected =
        SceneClassifier.answers(
            new Scene(
                TimeOfDay.NIGHT,
                Weather.CLEAR,
                Celestial.FULL_MOON,
                Ground.SNOW,
                Terrain.HILL,
                List.of(
                    new SceneObject(Kind.HOUSE, Colour.RED, Place.LEFT),
                    new SceneObject(Kind.TREE, Colour.GREEN, Place.RIGHT)),
                0));
    int weather = 1; // the prompt does not say
    int right = 0;
    int questions = 0;
    try (NDManager manager = NDManager.newBaseManager();
        LoadedModule classifier = classifier(manager)) {
      for (RgbImage image : paint()) {
        NDArray pixels =
            SceneImages.toArray(Evaluation.planes(List.of(image)), SceneModel.IMAGE_SIZE, manager);
        float[] scores = classifier.callForTensor("classify", pixels).toFloatArray();
        int[] seen = SceneClassifier.best(scores);
        for (int i = 0; i < expected.length; i++) {
          if (i != weather) {
            questions++;
            right += expected[i] == seen[i] ? 1 : 0;
          }
        }
      }
    }
    assertEquals(8 * (expected.length - 1), questions);
    assertTrue(right >= 0.9 * questions, right + " of " + questions + " attributes are right");
  }

  private static List<RgbImage> paint() {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(MODEL, new ComputeOptions("cpu", "fp32"))) {
      ModelDefaults defaults = pipeline.defaults();
      List<ImageRequest> requests = new ArrayList<>();
      for (int seed = 0; seed < 8; seed++) {
        requests.add(
            new ImageRequest(
                PROMPT,
                "",
                seed,
                defaults.width(),
                defaults.height(),
                defaults.steps(),
                defaults.guidanceScale(),
                defaults.sampler(),
                defaults.eta()));
      }
      return pipeline.generate(requests, SILENT).stream().map(RenderedImage::image).toList();
    }
  }

  private static LoadedModule classifier(NDManager manager) {
    try (SafetensorsFile file = SafetensorsFile.open(CLASSIFIER)) {
      return SceneClassifier.load(manager, file::load);
    }
  }
}
