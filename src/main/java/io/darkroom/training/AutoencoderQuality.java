package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.checkpoint.ComponentWeights;
import io.darkroom.checkpoint.DiffusersDirectory;
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
final class AutoencoderQuality {
  private static final long SEED = 0xE7A3L;
  private static final int BATCH = 20;

  private AutoencoderQuality() {}

  /**
   * Encodes and decodes renders that were held out of training.
   *
   * @param model the model's folder
   * @param renders how many, a multiple of 20
   * @return the peak signal-to-noise ratio, in decibels, of the mean squared error over all of them
   */
  static double psnr(Path model, int renders) {
    try (NDManager manager = NDManager.newBaseManager();
        ComponentWeights weights =
            new ComponentWeights(DiffusersDirectory.open(model).weights("vae"))) {
      // A scaling factor of 1: what the encoder gives is what the decoder takes.
      Autoencoder autoencoder = new Autoencoder(SceneModel.autoencoder(1));
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      Script script = new Script(Precision.FLOAT32);
      autoencoder.writeEncoderTo(catalog.root(), script);
      autoencoder.writeDecoderTo(catalog.root(), script);
      try (LoadedModule module = LoadedModule.load(script, manager, weights::load)) {
        SplittableRandom random = new SplittableRandom(SEED);
        SceneSampler sampler = SceneSampler.heldOut();
        double squares = 0;
        for (int done = 0; done < renders; done += BATCH) {
          List<Scene> scenes = Stream.generate(() -> sampler.next(random)).limit(BATCH).toList();
          squares += meanSquare(module, new SceneImages().render(scenes));
        }
        return -10 * Math.log10(squares * BATCH / renders);
      }
    }
  }

  /** Of the error, pixels taken as 0 to 1. */
  private static double meanSquare(LoadedModule module, float[] images) {
    try (NDManager batch = module.manager().newSubManager()) {
      NDArray image = SceneImages.toArray(images, SceneModel.IMAGE_SIZE, batch);
      NDArray mean = module.callForTensors(Autoencoder.ENCODE, image).get(0);
      NDArray back = module.callForTensor(Autoencoder.DECODE, mean);
      return back.sub(image).mul(0.5f).square().mean().getFloat();
    }
  }
}
