package io.darkroom.pipeline;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.darkroom.base.ModelException;
import io.darkroom.image.RgbImage;
import java.util.Map;
import java.util.Optional;

/**
 * A glimpse of a latent without the decoder: each pixel of the latent becomes a colour by one
 * linear map. The maps of the published families are those of ComfyUI's {@code latent_formats.py};
 * a model may bring its own in {@code darkroom.json}, as {@code "preview": {"matrix": [[r, g, b],
 * ...], "bias": [r, g, b]}} with a row for each latent channel and colours from -1 to 1.
 */
final class LatentPreview implements Preview {
  private static final LatentPreview STABLE_DIFFUSION =
      new LatentPreview(
          new double[][] {
            {0.3512, 0.2297, 0.3227},
            {0.3250, 0.4974, 0.2350},
            {-0.2829, 0.1762, 0.2721},
            {-0.2120, -0.2616, -0.7177}
          },
          new double[3]);

  private static final LatentPreview STABLE_DIFFUSION_XL =
      new LatentPreview(
          new double[][] {
            {0.3651, 0.4232, 0.4341},
            {-0.2533, -0.0042, 0.1068},
            {0.1076, 0.1111, -0.0362},
            {-0.3165, -0.2492, -0.2188}
          },
          new double[] {0.1084, -0.0175, -0.0011});

  /** By the factor that their latents are scaled with, which tells the families apart. */
  private static final Map<Double, LatentPreview> KNOWN =
      Map.of(0.18215, STABLE_DIFFUSION, 0.13025, STABLE_DIFFUSION_XL);

  private final double[][] matrix;
  private final double[] bias;

  private LatentPreview(double[][] matrix, double[] bias) {
    this.matrix = matrix;
    this.bias = bias;
  }

  /**
   * Finds a model's map.
   *
   * @param wishes the model's {@code darkroom.json}, if it has one
   * @param channels of the latents
   * @param scalingFactor what the latents are multiplied with for the U-Net; tells the family
   * @return the map; empty if nobody knows one
   * @throws ModelException if the model's own map has another form
   */
  static Optional<LatentPreview> of(
      Optional<JsonObject> wishes, int channels, double scalingFactor) {
    if (wishes.isPresent() && wishes.get().has("preview")) {
      return Optional.of(parse(wishes.get().get("preview"), channels));
    }
    return KNOWN.entrySet().stream()
        .filter(known -> channels == 4)
        .filter(known -> Math.abs(scalingFactor - known.getKey()) < 1e-6)
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static LatentPreview parse(JsonElement preview, int channels) {
    try {
      JsonArray rows = preview.getAsJsonObject().getAsJsonArray("matrix");
      double[][] matrix = new double[rows.size()][];
      for (int i = 0; i < matrix.length; i++) {
        matrix[i] = colour(rows.get(i).getAsJsonArray());
      }
      if (matrix.length == channels) {
        return new LatentPreview(matrix, colour(preview.getAsJsonObject().getAsJsonArray("bias")));
      }
    } catch (RuntimeException e) {
      // Gson has an exception for each way to be something else; one message tells them all.
    }
    throw new ModelException(
        "darkroom.json: preview must have a matrix of %d rows of 3 numbers, and a bias of 3"
            .formatted(channels));
  }

  private static double[] colour(JsonArray numbers) {
    if (numbers.size() != 3) {
      throw new IllegalArgumentException(numbers.size() + " colours");
    }
    double[] colour = new double[3];
    for (int i = 0; i < 3; i++) {
      colour[i] = numbers.get(i).getAsDouble();
    }
    return colour;
  }

  /** A picture with a pixel for each of the latent's. */
  @Override
  public RgbImage picture(NDArray latents) {
    int height = (int) latents.getShape().get(2);
    int width = (int) latents.getShape().get(3);
    int plane = width * height;
    float[] values;
    try (NDArray first = latents.get("0:1");
        NDArray host = first.toDevice(Device.cpu(), true)) {
      values = host.toFloatArray();
    }
    byte[] rgb = new byte[3 * plane];
    for (int pixel = 0; pixel < plane; pixel++) {
      for (int colour = 0; colour < 3; colour++) {
        double sum = bias[colour];
        for (int channel = 0; channel < matrix.length; channel++) {
          sum += matrix[channel][colour] * values[channel * plane + pixel];
        }
        rgb[3 * pixel + colour] = (byte) Math.round(255 * Math.min(1, Math.max(0, (sum + 1) / 2)));
      }
    }
    return new RgbImage(width, height, rgb);
  }
}
