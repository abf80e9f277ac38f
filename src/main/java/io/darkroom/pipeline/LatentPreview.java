package io.darkroom.pipeline;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.darkroom.checkpoint.ModelException;
import io.darkroom.image.RgbImage;
import io.darkroom.network.AutoencoderConfig;
import java.util.Optional;

/**
 * A glimpse of a latent without the decoder: each pixel of the latent becomes a colour by one
 * linear map. The maps of the published families are those of ComfyUI's {@code latent_formats.py};
 * a model may bring its own in {@code darkroom.json}, as {@code "preview": {"matrix": [[r, g, b],
 * ...], "bias": [r, g, b]}} with a row for each latent channel and colours from -1 to 1.
 */
final class LatentPreview {
  private static final LatentPreview STABLE_DIFFUSION =
      new LatentPreview(
          new double[][] {
            {0.3512, 0.2297, 0.3227},
            {0.3250, 0.4974, 0.2350},
            {-0.2829, 0.1762, 0.2721},
            {-0.2120, -0.2616, -0.7177}
          },
          new double[3]);

  private static final double STABLE_DIFFUSION_SCALE = 0.18215;

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
   * @param autoencoder tells the family
   * @return the map; empty if nobody knows one
   * @throws ModelException if the model's own map has another form
   */
  static Optional<LatentPreview> of(Optional<JsonObject> wishes, AutoencoderConfig autoencoder) {
    if (wishes.isPresent() && wishes.get().has("preview")) {
      return Optional.of(parse(wishes.get().get("preview"), autoencoder.latentChannels()));
    }
    boolean known =
        autoencoder.latentChannels() == 4
            && Math.abs(autoencoder.scalingFactor() - STABLE_DIFFUSION_SCALE) < 1e-6;
    return known ? Optional.of(STABLE_DIFFUSION) : Optional.empty();
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

  /**
   * The glimpse.
   *
   * @param latents {@code [pictures, channels, height, width]} as the U-Net sees them; the first
   *     picture counts
   * @return a picture of {@code width} by {@code height}
   */
  RgbImage picture(NDArray latents) {
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
