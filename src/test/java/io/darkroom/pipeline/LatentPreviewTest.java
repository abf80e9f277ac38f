package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.ModelException;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatentPreviewTest {
  private static final ComputeOptions FP32 = new ComputeOptions("cpu", "fp32");

  @Test
  void theBundledModelsPreviewBecomesItsPicture() {
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(Path.of("models/scenes"), FP32)) {
      Looking listener = new Looking(1, 8);
      ImageRequest request =
          Requests.of("a white boat at sea by day", "", 3, 128, 96, 8, 4, "ddim", 0);
      RgbImage picture = pipeline.generate(List.of(request), listener).get(0).image();
      RgbImage small = shrunk(picture, 8);
      double first = error(small, listener.previews.get(0));
      double last = error(small, listener.previews.get(1));
      assertTrue(last < 25, "the last preview is off by " + last + " levels");
      assertTrue(last < first, last + ", " + first);
    }
  }

  @Test
  void lookingDoesNotChangeThePicture() {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(TestModels.directory("tiny-sd1"), FP32)) {
      ImageRequest request = Requests.of("a cat", "", 1, 64, 48, 2, 7.5, "ddpm", 0);
      Looking blind = new Looking();
      Looking looking = new Looking(1, 2);
      assertArrayEquals(
          pipeline.generate(List.of(request), blind).get(0).image().rgb(),
          pipeline.generate(List.of(request), looking).get(0).image().rgb());
      assertEquals(0, blind.previews.size());
      assertEquals(2, looking.previews.size());
    }
  }

  @Test
  void coloursAreALinearMap() {
    LatentPreview colours =
        LatentPreview.of(
                wishes("{'preview': {'matrix': [[1, 0, 0], [0, -1, 0.5]], 'bias': [0, 0, 1]}}"),
                2,
                1)
            .orElseThrow();
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] latents = {0, 0.5f, 1, -4, 9, 9, 9, 9};
      RgbImage picture = colours.picture(manager.create(latents).reshape(new Shape(2, 2, 1, 2)));
      assertEquals(2, picture.width());
      assertEquals(1, picture.height());
      assertArrayEquals(
          new byte[] {(byte) 128, 0, (byte) 255, (byte) 191, (byte) 255, 0}, picture.rgb());
    }
  }

  @Test
  void stableDiffusionIsKnownByItsLatents() {
    assertTrue(LatentPreview.of(Optional.empty(), 4, 0.18215).isPresent());
    assertTrue(LatentPreview.of(wishes("{}"), 4, 0.18215).isPresent());
    assertTrue(LatentPreview.of(wishes("{}"), 4, 0.13025).isPresent());
    assertEquals(Optional.empty(), LatentPreview.of(wishes("{}"), 4, 0.5));
    assertEquals(Optional.empty(), LatentPreview.of(wishes("{}"), 16, 0.18215));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'preview': 1}",
        "{'preview': {}}",
        "{'preview': {'matrix': [[1, 2, 3]], 'bias': [1, 2, 3]}}",
        "{'preview': {'matrix': [[1, 2], [1, 2]], 'bias': [1, 2, 3]}}",
        "{'preview': {'matrix': [[1, 2, 3], [1, 2, 3]], 'bias': [1, 2]}}",
        "{'preview': {'matrix': [1, 2], 'bias': [1, 2, 3]}}",
        "{'preview': {'matrix': [[1, 2, 'x'], [1, 2, 3]], 'bias': [1, 2, 3]}}",
      })
  void coloursThatDoNotFitAreAnErrorOfOneLine(String json) {
    ModelException failure =
        assertThrows(ModelException.class, () -> LatentPreview.of(wishes(json), 2, 1));
    assertTrue(failure.getMessage().startsWith("darkroom.json: "), failure.getMessage());
    assertEquals(1, failure.getMessage().lines().count());
  }

  private static Optional<JsonObject> wishes(String json) {
    return Optional.of(JsonParser.parseString(json.replace('\'', '"')).getAsJsonObject());
  }

  private static RgbImage shrunk(RgbImage image, int factor) {
    int width = image.width() / factor;
    int height = image.height() / factor;
    int[] sums = new int[3 * width * height];
    for (int i = 0; i < image.rgb().length; i++) {
      int x = i / 3 % image.width() / factor;
      int y = i / 3 / image.width() / factor;
      sums[3 * (y * width + x) + i % 3] += image.rgb()[i] & 0xFF;
    }
    byte[] rgb = new byte[sums.length];
    for (int i = 0; i < sums.length; i++) {
      rgb[i] = (byte) (sums[i] / (factor * factor));
    }
    return new RgbImage(width, height, rgb);
  }

  /** The root of the mean squared error, in levels of 255. */
  private static double error(RgbImage a, RgbImage b) {
    assertEquals(a.rgb().length, b.rgb().length);
    double squares = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      double difference = (a.rgb()[i] & 0xFF) - (b.rgb()[i] & 0xFF);
      squares += difference * difference;
    }
    return Math.sqrt(squares / a.rgb().length);
  }
}
