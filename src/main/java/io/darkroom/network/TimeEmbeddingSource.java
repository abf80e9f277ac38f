package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.List;

/** Something that enters the time embedding beside the timestep. */
public sealed interface TimeEmbeddingSource {
  /** Where it enters. */
  enum Place {
    /** It is added to the sinusoids of the timestep, and is the same for all samples. */
    BEFORE_THE_LAYERS,
    /** It is added to what the two layers give, and differs by sample. */
    BEHIND_THE_LAYERS
  }

  /**
   * Where it enters.
   *
   * @return before the two layers or behind them
   */
  Place place();

  /**
   * What it is made of.
   *
   * @return inputs of {@link UNet#EMBED_TIMES}
   */
  List<TimeInput> inputs();

  /**
   * The channels of an input.
   *
   * @param input one of {@link #inputs}
   * @return their number; 1 where the word makes no sense
   */
  int channels(TimeInput input);

  /**
   * Writes what it adds.
   *
   * @param w the checkpoint's root
   * @param config the U-Net's sizes
   * @param inputs in the order of {@link #inputs}
   * @return of the width of the sinusoids or of the time embedding, by its {@link #place}
   */
  Tensor contribution(Weights w, UNetConfig config, List<Tensor> inputs);

  /**
   * SDXL's pooled text and numbers about sizes (Podell et al., arXiv 2307.01952, section 2.2),
   * diffusers' {@code addition_embed_type} {@code text_time}.
   *
   * @param pooledWidth the width of the pooled text
   * @param numberWidth the width of each number's embedding
   * @param numbers how many there are
   */
  record TextAndSizes(int pooledWidth, int numberWidth, int numbers)
      implements TimeEmbeddingSource {
    /** Original size, crop, target size, each of two. */
    public static final int SIZES = 6;

    /** Original size, crop, aesthetic score: the refiner's. */
    public static final int SIZES_AND_SCORE = 5;

    @Override
    public Place place() {
      return Place.BEHIND_THE_LAYERS;
    }

    @Override
    public List<TimeInput> inputs() {
      return List.of(TimeInput.POOLED_TEXT, TimeInput.SIZES);
    }

    @Override
    public int channels(TimeInput input) {
      return input == TimeInput.POOLED_TEXT ? pooledWidth : 1;
    }

    @Override
    public Tensor contribution(Weights w, UNetConfig config, List<Tensor> inputs) {
      Tensor embedded =
          TimeEmbedding.timestepEmbedding(
                  inputs.get(1), numberWidth, config.cosineFirst(), config.frequencyShift())
              .sequenceAsVector(numbers);
      Tensor all = Tensor.concatenate(-1, inputs.get(0).toCompute(), embedded.toCompute());
      return new TimeEmbedding(config).twoLayers(w.at("add_embedding"), all);
    }
  }

  /**
   * A class of which each has a row in a table, diffusers' {@code num_class_embeds} without {@code
   * class_embed_type}. Stable Diffusion's upscaler is told the noise level of the small picture so
   * (conditioning augmentation: Ho et al., arXiv 2106.15282).
   *
   * @param classes how many rows the table has
   */
  record ClassTable(int classes) implements TimeEmbeddingSource {
    @Override
    public Place place() {
      return Place.BEHIND_THE_LAYERS;
    }

    @Override
    public List<TimeInput> inputs() {
      return List.of(TimeInput.CLASSES);
    }

    @Override
    public int channels(TimeInput input) {
      return 1;
    }

    @Override
    public Tensor contribution(Weights w, UNetConfig config, List<Tensor> inputs) {
      int width = new TimeEmbedding(config).width();
      return inputs.get(0).embedding(w.at("class_embedding.weight"), classes, width);
    }
  }

  /**
   * The guidance scale, in a U-Net into which guidance was distilled (Meng et al., arXiv
   * 2210.03142; Luo et al., arXiv 2310.04378, appendix): sinusoids of 1000 (scale - 1), the sines
   * first, without a bias; diffusers' {@code time_cond_proj_dim}.
   *
   * @param width of the sinusoids
   */
  record GuidanceScale(int width) implements TimeEmbeddingSource {
    @Override
    public Place place() {
      return Place.BEFORE_THE_LAYERS;
    }

    @Override
    public List<TimeInput> inputs() {
      return List.of(TimeInput.GUIDANCE);
    }

    @Override
    public int channels(TimeInput input) {
      return 1;
    }

    @Override
    public Tensor contribution(Weights w, UNetConfig config, List<Tensor> inputs) {
      Tensor scale = inputs.get(0).times(1000);
      return TimeEmbedding.timestepEmbedding(scale, width, false, 1)
          .toCompute()
          .linearWithoutBias(
              w.at("time_embedding.cond_proj"), new TimeEmbedding(config).finestChannels());
    }
  }
}
