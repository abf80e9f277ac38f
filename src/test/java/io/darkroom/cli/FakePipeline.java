package io.darkroom.cli;

import io.darkroom.image.RgbImage;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.PictureSize;
import io.darkroom.testing.Requests;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Paints each picture in one colour, which its seed chooses. */
public class FakePipeline implements TextToImage {
  public final List<List<ImageRequest>> batches = new ArrayList<>();
  public volatile boolean closed;

  @Override
  public PictureSettings defaults() {
    return Requests.settings(16, 8, 4, 7.5, "ddim", 0);
  }

  @Override
  public String modelName() {
    return "fake";
  }

  @Override
  public String modelHash() {
    return "0123456789";
  }

  @Override
  public String fingerprint() {
    return "f".repeat(64);
  }

  @Override
  public String device() {
    return "cpu";
  }

  @Override
  public String dtype() {
    return "fp32";
  }

  @Override
  public void check(ImageRequest request) {
    if (request.settings().width() % 8 != 0) {
      throw new InvalidRequestException(
          "width " + request.settings().width() + " is no multiple of 8");
    }
  }

  @Override
  public int chooseBatchSize(ImageRequest request, int pictures) {
    return Math.min(3, pictures);
  }

  @Override
  public int copiesThatFit(ImageRequest request, int pictures) {
    return 1;
  }

  @Override
  public int threads() {
    return 1;
  }

  @Override
  public void limitThreads(int most) {}

  @Override
  public List<RenderedImage> generate(List<ImageRequest> requests, PipelineListener listener) {
    batches.add(requests);
    int steps = requests.get(0).settings().steps();
    for (int step = 1; step <= steps; step++) {
      listener.onStep(step, steps);
    }
    return requests.stream().map(FakePipeline::paint).toList();
  }

  private static RenderedImage paint(ImageRequest request) {
    PictureSize size = request.settings().resultSize(8);
    byte[] rgb = new byte[3 * size.width() * size.height()];
    Arrays.fill(rgb, (byte) request.seed());
    RgbImage image = new RgbImage(size.width(), size.height(), rgb);
    return new RenderedImage(request, image, new RenderedImage.Seconds(0.1, 0.2, 0.3));
  }

  @Override
  public void close() {
    closed = true;
  }
}
