package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.network.Autoencoder;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.training.scenery.Scene;
import io.darkroom.training.scenery.SceneSampler;
import io.darkroom.weights.SafetensorsFile;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The second stage's training set: scenes and their latents, encoded once, because the encoder does
 * not change any more. It grows shard by shard while the training goes on. The scenes are drawn
 * again from their seeds; the latents are kept in a file for each shard.
 */
final class LatentShards implements AutoCloseable {
  /** Scenes in a shard. */
  static final int SHARD = 500;

  private static final int SIDE = SceneryModel.LATENT_SIZE;

  /** Numbers in one latent. */
  private static final int LATENT = SceneryModel.LATENT_CHANNELS * SIDE * SIDE;

  private static final long SEED = 0xDA7A5E8L;
  private static final int BATCH = 10;

  private final Path folder;
  private final NDManager manager;
  private final LoadedModule encoder;
  private final List<Scene> scenes = new ArrayList<>();
  private final List<float[]> latents = new ArrayList<>();
  private double scalingFactor;

  /**
   * Opens an empty set.
   *
   * @param folder where the shards are kept
   * @param autoencoder the trained autoencoder's weights, on the device
   * @param hardware what encodes
   */
  LatentShards(Path folder, Map<String, NDArray> autoencoder, Hardware hardware) {
    this.folder = folder;
    this.manager = hardware.newManager();
    Script script = new Script(Precision.FLOAT32);
    new Autoencoder(SceneryModel.autoencoder(1))
        .writeEncoderTo(WeightCatalog.ofNewModel().root(), script);
    encoder = LoadedModule.load(script, manager, (name, scratch) -> autoencoder.get(name));
  }

  /**
   * Takes in shards, from their files or made now, until there are enough.
   *
   * @param shards how many there shall be; never fewer than before
   * @throws IOException if a file cannot be written
   */
  void growTo(int shards) throws IOException {
    Files.createDirectories(folder);
    for (int shard = latents.size(); shard < shards; shard++) {
      SplittableRandom random = new SplittableRandom(SEED + 7919L * shard);
      SceneSampler sampler = SceneSampler.training();
      List<Scene> drawn = new ArrayList<>();
      for (int i = 0; i < SHARD; i++) {
        drawn.add(sampler.next(random));
      }
      Path file = folder.resolve("latents-%03d.safetensors".formatted(shard));
      if (!Files.exists(file)) {
        float[] encoded = encode(drawn);
        List<Long> shape =
            List.of((long) SHARD, (long) SceneryModel.LATENT_CHANNELS, (long) SIDE, (long) SIDE);
        new SafetensorsWriter(StoredType.F32)
            .write(file, Map.of("latents", new TensorData(shape, () -> encoded)), Map.of());
      }
      try (SafetensorsFile stored = SafetensorsFile.open(file);
          NDManager scratch = manager.newSubManager()) {
        latents.add(stored.load("latents", scratch).toFloatArray());
      }
      scenes.addAll(drawn);
      if (shard == 0) {
        scalingFactor = scalingFactor(latents.get(0));
      }
    }
  }

  private static double scalingFactor(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += value * value;
    }
    return 1 / Math.sqrt(squares / values.length);
  }

  private float[] encode(List<Scene> drawn) {
    float[] encoded = new float[drawn.size() * LATENT];
    SceneryImages images = new SceneryImages();
    for (int start = 0; start < drawn.size(); start += BATCH) {
      List<Scene> batch = drawn.subList(start, start + BATCH);
      try (NDManager scratch = manager.newSubManager()) {
        NDArray pictures =
            SceneryImages.toArray(images.render(batch), SceneryModel.IMAGE_SIZE, scratch);
        float[] means = encoder.callForTensors(Autoencoder.ENCODE, pictures).get(0).toFloatArray();
        System.arraycopy(means, 0, encoded, start * LATENT, means.length);
      }
    }
    return encoded;
  }

  /**
   * The scenes so far.
   *
   * @return in the order of the latents
   */
  List<Scene> scenes() {
    return scenes;
  }

  /**
   * What the latents are multiplied with to have a mean square of one (Rombach et al., appendix G),
   * measured on the first shard.
   *
   * @return the factor
   */
  double scalingFactor() {
    return scalingFactor;
  }

  /**
   * A batch of scaled latents.
   *
   * @param indices which ones
   * @param target where the array lives
   * @return {@code [indices, 4, side, side]}
   */
  NDArray batch(int[] indices, NDManager target) {
    float[] values = new float[indices.length * LATENT];
    for (int i = 0; i < indices.length; i++) {
      float[] shard = latents.get(indices[i] / SHARD);
      int start = indices[i] % SHARD * LATENT;
      for (int j = 0; j < LATENT; j++) {
        values[i * LATENT + j] = (float) (shard[start + j] * scalingFactor);
      }
    }
    return target.create(
        values, new Shape(indices.length, SceneryModel.LATENT_CHANNELS, SIDE, SIDE));
  }

  @Override
  public void close() {
    encoder.close();
    manager.close();
  }
}
