package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.image.RgbImage;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.ImageRequest;
import io.darkroom.pipeline.ModelDefaults;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The model in the box: small enough, faithful enough to its latents, and it listens. */
class BundledModelTest {
  private static final Path MODEL = Path.of("models/scenes");
  private static final long SIZE_LIMIT = 16_000_000;
  private static final double LEAST_PSNR = 22;
  private static final int SEEDS = 6;

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

  private static List<RgbImage> paint(String prompt) {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(MODEL, new ComputeOptions("cpu", "fp32"))) {
      ModelDefaults defaults = pipeline.defaults();
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
