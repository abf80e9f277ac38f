package io.darkroom.testing;

import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A tiny autoencoder (TAESD) with random weights: its files in every layout, and its decoder as
 * plain loops over the sequence that {@code taesd.py} lists, to hold the network against.
 */
public final class TinyDecoder {
  /** The layers of {@code taesd.py}'s decoder, by number. */
  public static final List<String> PUBLISHED =
      List.of(
          "clamp",
          "first",
          "relu", // 0
          "block",
          "block",
          "block",
          "up",
          "convolution", // 3
          "block",
          "block",
          "block",
          "up",
          "convolution", // 8
          "block",
          "block",
          "block",
          "up",
          "convolution", // 13
          "block",
          "last"); // 18

  /** What diffusers publishes with it. */
  public static final String CONFIG =
      """
      {"_class_name": "AutoencoderTiny", "_diffusers_version": "0.20.0.dev0", "act_fn": "relu",
       "decoder_block_out_channels": [64, 64, 64, 64], "encoder_block_out_channels": [64, 64, 64, 64],
       "force_upcast": false, "in_channels": 3, "latent_channels": 4, "latent_magnitude": 3,
       "latent_shift": 0.5, "num_decoder_blocks": [3, 3, 3, 1], "num_encoder_blocks": [1, 3, 3, 3],
       "out_channels": 3, "scaling_factor": 1.0, "upsampling_scaling_factor": 2}
      """;

  /** A picture or latents, {@code [channels][height * width]}. */
  public record Image(float[][] planes, int height, int width) {}

  private record Weight(float[] values, long[] shape) {}

  private final List<String> layers;
  private final int channels;
  private final Map<String, Weight> weights = new LinkedHashMap<>();
  private final Random random;

  /**
   * Makes the weights.
   *
   * @param layers in the order of {@code taesd.py}, whose numbers they get
   * @param latentChannels channels of the latents
   * @param channels of all layers
   * @param seed of the weights
   */
  public TinyDecoder(List<String> layers, int latentChannels, int channels, long seed) {
    this.layers = List.copyOf(layers);
    this.channels = channels;
    this.random = new Random(seed);
    for (int i = 0; i < layers.size(); i++) {
      switch (layers.get(i)) {
        case "first" -> convolution(i + "", latentChannels, channels, 1.4, true);
        case "last" -> convolution(i + "", channels, 3, 0.3, true);
        case "convolution" -> convolution(i + "", channels, channels, 1, false);
        case "block" -> {
          convolution(i + ".conv.0", channels, channels, 1.4, true);
          convolution(i + ".conv.2", channels, channels, 1.4, true);
          convolution(i + ".conv.4", channels, channels, 0.5, true);
        }
        default -> {
          // no weights
        }
      }
    }
  }

  /** The published one, of 64 channels for latents of 4. */
  public static TinyDecoder published() {
    return new TinyDecoder(PUBLISHED, 4, 64, 1);
  }

  private void convolution(String name, int in, int out, double gain, boolean bias) {
    double deviation = gain / Math.sqrt(9.0 * in);
    put(name + ".weight", deviation, out, in, 3, 3);
    if (bias) {
      put(name + ".bias", 0.1, out);
    }
  }

  private void put(String name, double deviation, long... shape) {
    int count = 1;
    for (long side : shape) {
      count *= (int) side;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    weights.put(name, new Weight(values, shape));
  }

  // ---------------------------------------------------------------- files

  /**
   * The decoder's tensors.
   *
   * @param prefix of their names
   * @param first 0 for the original's numbers, 1 for diffusers', which leave the clamp out
   */
  public Map<String, TensorData> tensors(String prefix, int first) {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    weights.forEach(
        (name, weight) -> {
          int dot = name.indexOf('.');
          int number = Integer.parseInt(name.substring(0, dot)) - first;
          tensors.put(
              prefix + number + name.substring(dot), TensorData.of(weight.values, weight.shape));
        });
    return tensors;
  }

  /** The decoder's tensors as {@code torch.save} takes them, with the original's names. */
  public Map<String, Object> pytorchTensors() {
    Map<String, Object> tensors = new LinkedHashMap<>();
    weights.forEach(
        (name, weight) ->
            tensors.put(name, PytorchWriter.Tensor.of(weight.values, weight.shape.clone())));
    return tensors;
  }

  /**
   * The beginning of an encoder, which nobody looks at.
   *
   * @param prefix of its names
   */
  public static Map<String, TensorData> encoder(String prefix) {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(prefix + "0.weight", TensorData.of(new float[64 * 27], 64, 3, 3, 3));
    tensors.put(prefix + "0.bias", TensorData.of(new float[64], 64));
    for (int block : new int[] {1, 3}) {
      String name = prefix + block + ".conv.0.";
      tensors.put(name + "weight", TensorData.of(new float[64 * 64 * 9], 64, 64, 3, 3));
      tensors.put(name + "bias", TensorData.of(new float[64], 64));
    }
    return tensors;
  }

  /** The original's {@code taesd_decoder.safetensors}. */
  public Path originalFile(Path file) throws IOException {
    return write(file, tensors("", 0), Map.of());
  }

  /** Encoder and decoder of the original in one file. */
  public Path wholeFile(Path file) throws IOException {
    return write(file, encoder("encoder."), tensors("decoder.", 0));
  }

  /** The same as ComfyUI names it. */
  public Path comfyFile(Path file) throws IOException {
    Map<String, TensorData> tensors = tensors("taesd_decoder.", 0);
    tensors.put("vae_scale", TensorData.of(new float[] {0.18215f}, 1));
    tensors.put("vae_shift", TensorData.of(new float[] {0}, 1));
    return write(file, encoder("taesd_encoder."), tensors);
  }

  /** The file in diffusers' folder. */
  public Path diffusersFile(Path file) throws IOException {
    return write(file, encoder("encoder.layers."), tensors("decoder.layers.", 1));
  }

  /** diffusers' folder, which is made. */
  public Path diffusersFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), CONFIG);
    diffusersFile(folder.resolve("diffusion_pytorch_model.safetensors"));
    return folder;
  }

  private static Path write(Path file, Map<String, TensorData> some, Map<String, TensorData> others)
      throws IOException {
    Map<String, TensorData> all = new LinkedHashMap<>(some);
    all.putAll(others);
    new SafetensorsWriter(StoredType.F32).write(file, all, Map.of());
    return file;
  }

  // ---------------------------------------------------------------- arithmetic

  /**
   * Decodes.
   *
   * @param latents as the U-Net has them
   * @return the picture, black 0 and white 1
   */
  public Image decode(Image latents) {
    Image x = latents;
    for (int i = 0; i < layers.size(); i++) {
      x =
          switch (layers.get(i)) {
            case "clamp" -> clamped(x);
            case "first", "convolution" -> convolved(x, i + "", channels);
            case "last" -> convolved(x, i + "", 3);
            case "relu" -> positive(x);
            case "up" -> enlarged(x);
            case "block" -> block(x, i + ".conv.");
            default -> throw new IllegalStateException(layers.get(i));
          };
    }
    return x;
  }

  private Image block(Image x, String name) {
    Image once = positive(convolved(x, name + "0", channels));
    Image twice = positive(convolved(once, name + "2", channels));
    Image thrice = convolved(twice, name + "4", channels);
    for (int channel = 0; channel < channels; channel++) {
      for (int i = 0; i < x.planes[channel].length; i++) {
        thrice.planes[channel][i] += x.planes[channel][i];
      }
    }
    return positive(thrice);
  }

  private Image convolved(Image x, String name, int out) {
    float[] kernel = weights.get(name + ".weight").values;
    Weight bias = weights.get(name + ".bias");
    int in = x.planes.length;
    float[][] planes = new float[out][x.height * x.width];
    double[] sums = new double[x.height * x.width];
    for (int o = 0; o < out; o++) {
      Arrays.fill(sums, bias == null ? 0 : bias.values[o]);
      for (int c = 0; c < in; c++) {
        for (int tap = 0; tap < 9; tap++) {
          int down = tap / 3 - 1;
          int right = tap % 3 - 1;
          double factor = kernel[(o * in + c) * 9 + tap];
          for (int row = Math.max(0, -down); row < Math.min(x.height, x.height - down); row++) {
            for (int column = Math.max(0, -right);
                column < Math.min(x.width, x.width - right);
                column++) {
              sums[row * x.width + column] +=
                  factor * x.planes[c][(row + down) * x.width + column + right];
            }
          }
        }
      }
      for (int i = 0; i < sums.length; i++) {
        planes[o][i] = (float) sums[i];
      }
    }
    return new Image(planes, x.height, x.width);
  }

  private static Image clamped(Image x) {
    return each(x, value -> (float) (Math.tanh(value / 3.0) * 3));
  }

  private static Image positive(Image x) {
    return each(x, value -> Math.max(0, value));
  }

  @FunctionalInterface
  private interface Function {
    float of(float value);
  }

  private static Image each(Image x, Function function) {
    List<float[]> planes = new ArrayList<>();
    for (float[] plane : x.planes) {
      float[] result = new float[plane.length];
      for (int i = 0; i < plane.length; i++) {
        result[i] = function.of(plane[i]);
      }
      planes.add(result);
    }
    return new Image(planes.toArray(float[][]::new), x.height, x.width);
  }

  private static Image enlarged(Image x) {
    int width = 2 * x.width;
    float[][] planes = new float[x.planes.length][4 * x.height * x.width];
    for (int channel = 0; channel < planes.length; channel++) {
      for (int i = 0; i < planes[channel].length; i++) {
        planes[channel][i] = x.planes[channel][i / width / 2 * x.width + i % width / 2];
      }
    }
    return new Image(planes, 2 * x.height, width);
  }
}
