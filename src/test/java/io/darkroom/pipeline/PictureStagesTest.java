package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("slow")
class PictureStagesTest {
  @ParameterizedTest
  @CsvSource({"tiny-sd1, ddim, 3", "tiny-sd2, heun, 5", "tiny-sdxl, euler-a, 3"})
  void stageByStageThePicturesAreThoseOfTheWholeRoad(
      String model, String sampler, int evaluations) {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(TestModels.directory(model), new ComputeOptions("cpu", "fp32"))) {
      List<ImageRequest> requests =
          Stream.of(1, 2)
              .map(seed -> Requests.of("a cat", "", seed, 64, 64, 3, 7.5, sampler, 0))
              .toList();
      List<RenderedImage> expected = pipeline.generate(requests, new RecordingListener());
      RecordingListener listener = new RecordingListener();
      try (PictureStages stages = pipeline.stages(requests, listener)) {
        assertThrows(IllegalStateException.class, stages::decode);
        assertEquals(evaluations, stages.evaluations());
        assertEquals(77, stages.tokens());
        assertTrue(stages.isGuided());
        for (int i = 0; i < 2; i++) {
          stages.encode();
          stages.embed();
          stages.predict();
          stages.denoise();
          List<RgbImage> pictures = stages.decode();
          for (int k = 0; k < 2; k++) {
            assertArrayEquals(expected.get(k).image().rgb(), pictures.get(k).rgb());
          }
        }
        assertEquals(2 * evaluations, listener.steps.size());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"60, 64", "64, 60"})
  void whatTheModelCannotServeIsRefused(int width, int height) {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(
            TestModels.directory("tiny-sd1"), new ComputeOptions("cpu", "fp32"))) {
      List<ImageRequest> requests =
          List.of(Requests.of("a cat", "", 1, width, height, 3, 7.5, "ddim", 0));
      assertThrows(
          InvalidRequestException.class, () -> pipeline.stages(requests, new RecordingListener()));
    }
  }
}
