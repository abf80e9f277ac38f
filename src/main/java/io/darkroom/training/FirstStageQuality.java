package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.image.RgbImage;
import io.darkroom.network.Autoencoder;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import io.darkroom.training.scenery.Scene;
import io.darkroom.training.scenery.SceneSampler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** How well an autoencoder gives pictures back. */
final class FirstStageQuality implements AutoCloseable {
  private static final long SEED = 0xE7A3L;
  private static final int BATCH = 4;
  private static final int SIZE = SceneryModel.IMAGE_SIZE;
  private static final int PLANE = SIZE * SIZE;

  private final NDManager manager;
  private final LoadedModule module;

  /**
   * What was measured.
   *
   * @param psnr the peak signal-to-noise ratio, in decibels, of the mean squared error over all
   * @param sharpness the mean absolute Laplacian of what comes back over that of the originals
   */
  record Result(double psnr, double sharpness) {}

  /**
   * Loads encoder and decoder.
   *
   * @param weights theirs, on the device
   * @param hardware what computes
   */
  FirstStageQuality(Map<String, NDArray> weights, Hardware hardware) {
    manager = hardware.newManager();
    Autoencoder autoencoder = new Autoencoder(SceneryModel.autoencoder(1));
    Script script = new Script(Precision.FLOAT32);
    Weights root = WeightCatalog.ofNewModel().root();
    autoencoder.writeEncoderTo(root, script);
    autoencoder.writeDecoderTo(root, script);
    module = LoadedModule.load(script, manager, (name, scratch) -> weights.get(name));
  }

  /**
   * Encodes and decodes renders that were held out of training.
   *
   * @param renders how many, a multiple of 4
   * @return what was measured
   */
  Result measure(int renders) {
    SplittableRandom random = new SplittableRandom(SEED);
    SceneSampler sampler = SceneSampler.heldOut();
    double squares = 0;
    double before = 0;
    double after = 0;
    for (int done = 0; done < renders; done += BATCH) {
      List<Scene> scenes = Stream.generate(() -> sampler.next(random)).limit(BATCH).toList();
      float[] original = new SceneryImages().render(scenes);
      float[] reconstructed = reconstruct(original);
      squares += meanSquare(original, reconstructed);
      before += laplacian(original);
      after += laplacian(reconstructed);
    }
    return new Result(-10 * Math.log10(squares * BATCH / renders), after / before);
  }

  /**
   * Writes originals and what comes back below them.
   *
   * @param file where the sheet goes
   * @throws IOException if it cannot be written
   */
  void writeSheet(Path file) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    SceneSampler sampler = SceneSampler.heldOut();
    List<Scene> scenes = Stream.generate(() -> sampler.next(random)).limit(BATCH).toList();
    float[] original = new SceneryImages().render(scenes);
    List<RgbImage> images = new ArrayList<>(images(original));
    images.addAll(images(reconstruct(original)));
    ContactSheet.write(file, BATCH, images);
  }

  private static List<RgbImage> images(float[] values) {
    List<RgbImage> images = new ArrayList<>();
    for (int start = 0; start < values.length; start += 3 * PLANE) {
      byte[] rgb = new byte[3 * PLANE];
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = (byte) Math.round((values[start + i % 3 * PLANE + i / 3] + 1) * 127.5);
      }
      images.add(new RgbImage(SIZE, SIZE, rgb));
    }
    return images;
  }

  private float[] reconstruct(float[] images) {
    try (NDManager batch = manager.newSubManager()) {
      NDArray image = SceneryImages.toArray(images, SIZE, batch);
      NDArray mean = module.callForTensors(Autoencoder.ENCODE, image).get(0);
      return module.callForTensor(Autoencoder.DECODE, mean).clip(-1, 1).toFloatArray();
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

  /** The mean absolute Laplacian of planes, by the four neighbours of each pixel inside. */
  static double laplacian(float[] planes) {
    double sum = 0;
    long count = 0;
    for (int start = 0; start < planes.length; start += PLANE) {
      for (int y = 1; y < SIZE - 1; y++) {
        for (int x = 1; x < SIZE - 1; x++) {
          int i = start + y * SIZE + x;
          double around = planes[i - 1] + planes[i + 1] + planes[i - SIZE] + planes[i + SIZE];
          sum += Math.abs(around - 4.0 * planes[i]);
          count++;
        }
      }
    }
    return sum / count;
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }
}
