package io.darkroom.network;

import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Size;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.TensorList;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the U-Net gets what steers it: the time embedding's projection for a residual block, and
 * the keys and values of a cross-attention. Neither depends on the latent, so {@link Precomputed}
 * makes them once per picture; {@link Direct} makes them on the spot, which is what training needs.
 */
sealed interface LayerConditioning {
  /**
   * The timestep, as a residual block hears of it.
   *
   * @param projection the block's {@code time_emb_proj}
   * @param channels the block's channels
   * @return {@code [batch or 1, channels]}
   */
  Tensor time(Weights projection, int channels);

  /**
   * The text, as a cross-attention looks at it.
   *
   * @param attention the attention's weights
   * @param channels the attention's channels
   * @param heads its heads
   * @return keys and values
   */
  KeysAndValues context(Weights attention, int channels, int heads);

  /**
   * What queries are held against.
   *
   * @param keys {@code [batch, heads, length, width]}
   * @param values the same shape
   */
  record KeysAndValues(Tensor keys, Tensor values) {
    static KeysAndValues of(Weights attention, Tensor sequence, int channels, int heads) {
      return new KeysAndValues(
          sequence.linearWithoutBias(attention.at("to_k"), channels).splitHeads(heads),
          sequence.linearWithoutBias(attention.at("to_v"), channels).splitHeads(heads));
    }
  }

  /** Everything computed where it is used. */
  record Direct(Tensor activatedTimeEmbedding, Tensor text) implements LayerConditioning {
    @Override
    public Tensor time(Weights projection, int channels) {
      return activatedTimeEmbedding.linear(projection, channels);
    }

    @Override
    public KeysAndValues context(Weights attention, int channels, int heads) {
      return KeysAndValues.of(attention, text, channels, heads);
    }
  }

  /**
   * Everything read from two lists, whose order is the order in which the U-Net asks; the object
   * remembers the questions, so that the methods that fill the lists can be written afterwards.
   */
  final class Precomputed implements LayerConditioning {
    private final UNetConfig config;
    private final Parameters parameters;
    private final List<Projection> projections;
    private final List<Attention> attentions;

    /**
     * What a method must be given for it.
     *
     * @param times for each residual block {@code [steps, channels]}, or {@code [steps, batch,
     *     channels]} where each sample adds something to its time embedding
     * @param step which step it is
     * @param contexts for each cross-attention its keys, then its values
     */
    record Parameters(TensorList times, Size step, TensorList contexts) {
      /** Adds {@code times: List[Tensor], step: int, contexts: List[Tensor]} to a method. */
      static Parameters addedTo(Method method) {
        return new Parameters(
            method.tensors("times"), method.integer("step"), method.tensors("contexts"));
      }

      /** For the call of another method that has them. */
      List<Object> arguments() {
        return List.of(times, step, contexts);
      }
    }

    /** A residual block that asked. */
    private record Projection(Weights weights, int channels) {}

    /** A cross-attention that asked. */
    private record Attention(Weights weights, int channels, int heads) {}

    /**
     * Begins to read.
     *
     * @param config tells whether the times are each sample's own
     * @param parameters of the method that reads
     */
    Precomputed(UNetConfig config, Parameters parameters) {
      this(config, parameters, new ArrayList<>(), new ArrayList<>());
    }

    private Precomputed(
        UNetConfig config,
        Parameters parameters,
        List<Projection> projections,
        List<Attention> attentions) {
      this.config = config;
      this.parameters = parameters;
      this.projections = projections;
      this.attentions = attentions;
    }

    /** Goes on in another method where this one has stopped; they remember together. */
    Precomputed continuedWith(Parameters others) {
      return new Precomputed(config, others, projections, attentions);
    }

    @Override
    public Tensor time(Weights projection, int channels) {
      projections.add(new Projection(projection, channels));
      Tensor all = parameters.times().get(projections.size() - 1, channels);
      return config.addition().isPresent()
          ? all.select(parameters.step())
          : all.row(parameters.step());
    }

    @Override
    public KeysAndValues context(Weights attention, int channels, int heads) {
      attentions.add(new Attention(attention, channels, heads));
      TensorList contexts = parameters.contexts();
      int last = 2 * attentions.size() - 1;
      return new KeysAndValues(contexts.get(last - 1, channels), contexts.get(last, channels));
    }

    /** Fills the first list: each block's projection of the time embedding of every step. */
    List<Tensor> timesFrom(Tensor activatedTimeEmbedding) {
      return projections.stream()
          .map(asked -> activatedTimeEmbedding.linear(asked.weights(), asked.channels()))
          .toList();
    }

    /** Fills the second list: keys and values of each cross-attention. */
    List<Tensor> contextsFrom(Tensor text) {
      return attentions.stream()
          .map(asked -> KeysAndValues.of(asked.weights(), text, asked.channels(), asked.heads()))
          .flatMap(pair -> Stream.of(pair.keys(), pair.values()))
          .toList();
    }
  }
}
