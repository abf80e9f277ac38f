package io.darkroom.network;

import io.darkroom.network.TimeEmbeddingSource.Place;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.List;

/**
 * The time embedding: sinusoids of the timestep through two layers, and whatever else enters it.
 *
 * @param config the U-Net's sizes
 */
record TimeEmbedding(UNetConfig config) {
  private static final int WIDTH_FACTOR = 4;

  /** One of the sources, and what it has to add. */
  record Contribution(TimeEmbeddingSource source, Tensor tensor) {}

  /**
   * Embeds timesteps.
   *
   * @param w the checkpoint's root
   * @param timesteps {@code [count]}, float32
   * @param others what the other sources add
   * @return {@code [count, width]}, or {@code [count, batch, width]} if a source differs by sample
   */
  Tensor embed(Weights w, Tensor timesteps, List<Contribution> others) {
    Tensor x =
        timestepEmbedding(
                timesteps, finestChannels(), config.cosineFirst(), config.frequencyShift())
            .toCompute();
    for (Contribution other : others) {
      if (other.source().place() == Place.BEFORE_THE_LAYERS) {
        x = x.plus(other.tensor());
      }
    }
    x = twoLayers(w.at("time_embedding"), x);
    for (Contribution other : others) {
      if (other.source().place() == Place.BEHIND_THE_LAYERS) {
        x = x.unsqueeze(1).plus(other.tensor().unsqueeze(0));
      }
    }
    return x;
  }

  /** Channels of the finest level, which are the sinusoids' width. */
  int finestChannels() {
    return config.blocks().get(0).channels();
  }

  /** Of the time embedding. */
  int width() {
    return WIDTH_FACTOR * finestChannels();
  }

  /** Two linear layers with an activation between them. */
  Tensor twoLayers(Weights w, Tensor x) {
    return x.linear(w.at("linear_1"), width()).silu().linear(w.at("linear_2"), width());
  }

  /**
   * The sinusoidal embedding (Vaswani et al., arXiv 1706.03762, section 3.5, in DDPM's order).
   *
   * @param numbers of any shape, float32
   * @param width of each embedding, even
   * @param cosineFirst whether the cosines come before the sines
   * @param shift {@code freq_shift}
   * @return the same shape and one dimension more, of that width
   */
  static Tensor timestepEmbedding(Tensor numbers, int width, boolean cosineFirst, double shift) {
    int half = width / 2;
    Tensor exponents =
        numbers.method().rangeLike(numbers, half).times(-Math.log(10000) / (half - shift));
    Tensor angles = numbers.unsqueeze(-1).times(exponents.exp().unsqueeze(0));
    Tensor sines = angles.sin();
    Tensor cosines = angles.cos();
    return cosineFirst
        ? Tensor.concatenate(-1, cosines, sines)
        : Tensor.concatenate(-1, sines, cosines);
  }
}
