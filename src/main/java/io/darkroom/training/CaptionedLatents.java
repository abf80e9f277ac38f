package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.network.Autoencoder;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.training.scene.Scene;
import io.darkroom.training.scene.SceneSampler;
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
 * not change any more. The scenes are drawn again from their seed; the latents are kept in a file.
 */
final class CaptionedLatents {
  /** Numbers in one latent. */
  static final int LATENT = 4 * (SceneModel.IMAGE_SIZE / 8) * (SceneModel.IMAGE_SIZE / 8);

  private static final long SEED = 0xDA7A5E7L;
  private static final int BATCH = 32;

  private final List<Scene> scenes;
  private final float[] latents;
  private final double scalingFactor;

  private CaptionedLatents(List<Scene> scenes, float[] latents) {
    this.scenes = scenes;
    this.latents = latents;
    double squares = 0;
    for (float value : latents) {
      squares += value * value;
    }
    this.scalingFactor = 1 / Math.sqrt(squares / latents.length);
  }

  /**
   * Reads the set, or makes it.
   *
   * @param file where the latents are kept
   * @param count how many scenes
   * @param autoencoder the trained autoencoder's weights
   * @return the set
   * @throws IOException if the file cannot be written
   */
  static CaptionedLatents of(Path file, int count, Map<String, NDArray> autoencoder)
      throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    SceneSampler sampler = SceneSampler.training();
    List<Scene> scenes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      scenes.add(sampler.next(random));
    }
    if (!Files.exists(file)) {
      float[] latents = encode(scenes, autoencoder);
      int side = SceneModel.IMAGE_SIZE / 8;
      TensorData data =
          new TensorData(List.of((long) count, 4L, (long) side, (long) side), () -> latents);
      new SafetensorsWriter(StoredType.F32).write(file, Map.of("latents", data), Map.of());
    }
    try (SafetensorsFile stored = SafetensorsFile.open(file);
        NDManager manager = NDManager.newBaseManager()) {
      return new CaptionedLatents(scenes, stored.load("latents", manager).toFloatArray());
    }
  }

  private static float[] encode(List<Scene> scenes, Map<String, NDArray> weights) {
    Script script = new Script(Precision.FLOAT32);
    new Autoencoder(SceneModel.autoencoder(1))
        .writeEncoderTo(WeightCatalog.ofNewModel().root(), script);
    float[] latents = new float[scenes.size() * LATENT];
    SceneImages images = new SceneImages();
    try (NDManager manager = NDManager.newBaseManager();
        LoadedModule encoder =
            LoadedModule.load(script, manager, (name, scratch) -> weights.get(name))) {
      for (int start = 0; start < scenes.size(); start += BATCH) {
        List<Scene> batch = scenes.subList(start, Math.min(scenes.size(), start + BATCH));
        try (NDManager scratch = manager.newSubManager()) {
          NDArray pictures =
              SceneImages.toArray(images.render(batch), SceneModel.IMAGE_SIZE, scratch);
          float[] means =
              encoder.callForTensors(Autoencoder.ENCODE, pictures).get(0).toFloatArray();
          System.arraycopy(means, 0, latents, start * LATENT, means.length);
        }
      }
    }
    return latents;
  }

  /**
   * The scenes.
   *
   * @return in the order of the latents
   */
  List<Scene> scenes() {
    return scenes;
  }

  /**
   * What the latents are multiplied with to have a mean square of one (Rombach et al., appendix G).
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
   * @param manager where the array lives
   * @return {@code [indices, 4, side, side]}
   */
  NDArray batch(int[] indices, NDManager manager) {
    float[] values = new float[indices.length * LATENT];
    for (int i = 0; i < indices.length; i++) {
      for (int j = 0; j < LATENT; j++) {
        values[i * LATENT + j] = (float) (latents[indices[i] * LATENT + j] * scalingFactor);
      }
    }
    int side = SceneModel.IMAGE_SIZE / 8;
    return manager.create(values, new Shape(indices.length, 4, side, side));
  }
}
