package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.network.Autoencoder;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.training.scene.Scene;
import io.darkroom.training.scene.SceneSampler;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** How well a model's autoencoder gives pictures back. */
final class AutoencoderQuality implements AutoCloseable {
  private static final long SEED = 0xE7A3L;
  private static final int BATCH = 20;

  private final NDManager manager = NDManager.newBaseManager();

  /** Open as long as the module, which looks into its files. */
  private final ComponentWeights weights;

  private final LoadedModule module;

  /**
   * Loads encoder and decoder.
   *
   * @param model the model's folder
   */
  AutoencoderQuality(Path model) {
    weights = DiffusersDirectory.open(model).weights(Component.AUTOENCODER);
    // A scaling factor of 1: what the encoder gives is what the decoder takes.
    Autoencoder autoencoder = new Autoencoder(SceneModel.autoencoder(1));
    WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
    Script script = new Script(Precision.FLOAT32);
    autoencoder.writeEncoderTo(catalog.root(), script);
    autoencoder.writeDecoderTo(catalog.root(), script);
    module = LoadedModule.load(script, manager, weights::load);
  }

  /**
   * Encodes and decodes renders that were held out of training.
   *
   * @param renders how many, a multiple of 20
   * @return the peak signal-to-noise ratio, in decibels, of the mean squared error over all of them
   */
  double psnr(int renders) {
    SplittableRandom random = new SplittableRandom(SEED);
    SceneSampler sampler = SceneSampler.heldOut();
    SceneImages images = new SceneImages();
    double squares = 0;
    for (int done = 0; done < renders; done += BATCH) {
      List<Scene> scenes = Stream.generate(() -> sampler.next(random)).limit(BATCH).toList();
      float[] original = images.render(scenes);
      squares += meanSquare(original, reconstruct(original));
    }
    return -10 * Math.log10(squares * BATCH / renders);
  }

  /**
   * Encodes and decodes pictures.
   *
   * @param images {@code [images, 3, size, size]} of the model's size, -1 to 1
   * @return the same, as the decoder gives them back
   */
  float[] reconstruct(float[] images) {
    try (NDManager batch = manager.newSubManager()) {
      NDArray image = SceneImages.toArray(images, SceneModel.IMAGE_SIZE, batch);
      NDArray mean = module.callForTensors(Autoencoder.ENCODE, image).get(0);
      return module.callForTensor(Autoencoder.DECODE, mean).toFloatArray();
    }
  }

  /** Of the error, pixels taken as 0 to 1. */
  private static double meanSquare(float[] original, float[] reconstructed) {
    double squares = 0;
    for (int i = 0; i < original.length; i++) {
      double error = (original[i] - reconstructed[i]) / 2.0;
      squares += error * error;
    }
    return squares / original.length;
  }

  @Override
  public void close() {
    module.close();
    weights.close();
    manager.close();
  }
}
