package io.darkroom.network;

import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Operand;
import io.darkroom.torchscript.Size;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.TensorList;
import io.darkroom.torchscript.Weights;
import java.util.List;

/**
 * Where the U-Net's layers get what steers them: the time embedding's projection for a residual
 * block, and the keys and values of a cross-attention. Neither depends on the latent, so {@link
 * Precomputed} reads what was made once per picture; {@link Direct} makes it on the spot, which is
 * what training needs.
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
   * The contexts, as a cross-attention looks at them: what it sees of each is added up.
   *
   * @param attention the attention's weights
   * @param channels the attention's channels
   * @param heads its heads
   * @return keys and values of each context: the text
   */
  List<KeysAndValues> contexts(Weights attention, int channels, int heads);

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

  /**
   * Everything computed where it is used.
   *
   * @param activatedTimeEmbedding {@code [batch, width]}
   * @param text {@code [batch, length, width]}
   */
  record Direct(Tensor activatedTimeEmbedding, Tensor text) implements LayerConditioning {
    @Override
    public Tensor time(Weights projection, int channels) {
      return activatedTimeEmbedding.linear(projection, channels);
    }

    @Override
    public List<KeysAndValues> contexts(Weights attention, int channels, int heads) {
      return List.of(KeysAndValues.of(attention, text, channels, heads));
    }
  }

  /**
   * What a method must be given for {@link Precomputed}.
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
    List<Operand> operands() {
      return List.of(times, step, contexts);
    }
  }

  /**
   * Everything read from two lists.
   *
   * @param config tells whether the times are each sample's own
   * @param inventory tells each layer's place in the lists
   * @param parameters of the method that reads
   */
  record Precomputed(UNetConfig config, LayerInventory inventory, Parameters parameters)
      implements LayerConditioning {
    @Override
    public Tensor time(Weights projection, int channels) {
      int place = inventory.placeOfTime(projection, channels);
      Tensor all = parameters.times().get(place, channels);
      return config.timesDifferBySample()
          ? all.select(parameters.step())
          : all.row(parameters.step());
    }

    @Override
    public List<KeysAndValues> contexts(Weights attention, int channels, int heads) {
      int place = inventory.placeOfKeys(attention, channels, heads);
      TensorList all = parameters.contexts();
      return List.of(new KeysAndValues(all.get(place, channels), all.get(place + 1, channels)));
    }
  }
}
