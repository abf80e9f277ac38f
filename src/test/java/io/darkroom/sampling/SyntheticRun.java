package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Drives a sampler as the pipeline does, with the synthetic model of the reference data: prediction
 * = c x + 0.1 noise, c = 0.3 cos(t / 100).
 */
final class SyntheticRun {
  private SyntheticRun() {}

  /**
   * Runs a sampler to the end.
   *
   * @param sampler a fresh sampler
   * @param unitNoise the start noise, unscaled, of some four-dimensional shape
   * @param modelNoise the model's fixed noise, which broadcasts to that shape
   * @param noise the sampler's further draws
   * @return the latents at the start and after each evaluation
   */
  static List<float[]> trajectory(
      Sampler sampler, NDArray unitNoise, NDArray modelNoise, Noise noise) {
    List<float[]> rows = new ArrayList<>();
    NDManager manager = unitNoise.getManager();
    try (NDArray offset = modelNoise.mul(0.1f)) {
      NDArray latents = unitNoise.mul((float) sampler.initialNoiseSigma());
      rows.add(latents.toFloatArray());
      for (int i = 0; i < sampler.evaluations(); i++) {
        try (NDManager step = manager.newSubManager()) {
          latents.attach(step);
          NDArray input = latents.mul((float) sampler.inputScale(i));
          float factor = (float) (0.3 * Math.cos(sampler.timestep(i) / 100));
          NDArray prediction = input.mul(factor).add(offset);
          latents = sampler.step(i, prediction, latents, noise);
          latents.attach(manager);
        }
        rows.add(latents.toFloatArray());
      }
      latents.close();
    }
    return rows;
  }

  /** Draws that were recorded, in their order. */
  static final class Recorded implements Noise {
    private final NDManager manager;
    private final float[] values;
    private final Shape shape;
    private int position;

    /**
     * Takes over a record.
     *
     * @param manager where draws are made
     * @param values all draws, one after another
     * @param shape the shape of one
     */
    Recorded(NDManager manager, float[] values, Shape shape) {
      this.manager = manager;
      this.values = values.clone();
      this.shape = shape;
    }

    @Override
    public NDArray next() {
      int size = Math.toIntExact(shape.size());
      float[] draw = Arrays.copyOfRange(values, position, position + size);
      position += size;
      return manager.create(draw, shape);
    }

    /** How many values are left. */
    int remaining() {
      return values.length - position;
    }
  }
}
