package io.darkroom.network;

import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The scripts of a U-Net: one with {@link UNet#EMBED_TIMES} and {@link UNet#EMBED_CONTEXT}, and one
 * for each {@link StepVariant}, written when it is asked for. All of them run on one list of
 * weights, that of the first.
 */
public final class UNetScripts {
  private final UNetConfig config;
  private final Weights w;
  private final LayerInventory inventory;
  private final Script conditioning;

  /**
   * Writes the first script and asks for all weights.
   *
   * @param config the U-Net's sizes
   * @param w the checkpoint's root
   * @param precision the number formats
   * @throws io.darkroom.base.ModelException if a weight is missing or of another shape
   */
  public UNetScripts(UNetConfig config, Weights w, Precision precision) {
    this.config = config;
    this.w = w;
    this.conditioning = new Script(precision);
    this.inventory = inventory(config, w, conditioning);
    writeConditioning(config, inventory, w, conditioning);
  }

  /**
   * What is computed once per picture.
   *
   * @return the script, whose weights are all that the U-Net has
   */
  public Script conditioning() {
    return conditioning;
  }

  /**
   * What is computed at a step.
   *
   * @param variant of the step
   * @param attention which form of attention is used for which shape
   * @return a script with its method, on the weights of {@link #conditioning}
   */
  public Script step(StepVariant variant, AttentionForms attention) {
    Script script = conditioning.onSameWeights(attention, variant.padding());
    new StepWriter(config, inventory, w, script).write(variant);
    return script;
  }

  /** Writes all layers once, to see what they ask for. */
  static LayerInventory inventory(UNetConfig config, Weights w, Script script) {
    LayerInventory inventory = new LayerInventory();
    new StepWriter(config, inventory, w, script.onSameWeights())
        .write(StepVariant.plain(Branches.PROMPT, config));
    return inventory;
  }

  /** Writes {@link UNet#EMBED_TIMES} and {@link UNet#EMBED_CONTEXT}. */
  static void writeConditioning(
      UNetConfig config, LayerInventory inventory, Weights w, Script script) {
    Method embedTimes = script.method(UNet.EMBED_TIMES);
    embedTimes.returns(inventory.timesFrom(embeddedTimes(config, w, embedTimes).silu()));

    Method embedContext = script.method(UNet.EMBED_CONTEXT);
    Tensor text = embedContext.tensor("text", config.contextWidth()).toCompute();
    embedContext.returns(inventory.contextsFrom(text));
  }

  private static Tensor embeddedTimes(UNetConfig config, Weights w, Method method) {
    Tensor timesteps = method.tensor(TimeInput.TIMESTEPS.parameter(), 1);
    Map<TimeInput, Tensor> inputs = new EnumMap<>(TimeInput.class);
    for (TimeEmbeddingSource source : config.timeSources()) {
      for (TimeInput input : source.inputs()) {
        inputs.put(input, method.tensor(input.parameter(), source.channels(input)));
      }
    }
    List<TimeEmbedding.Contribution> others = new ArrayList<>();
    for (TimeEmbeddingSource source : config.timeSources()) {
      List<Tensor> own = source.inputs().stream().map(inputs::get).toList();
      others.add(new TimeEmbedding.Contribution(source, source.contribution(w, config, own)));
    }
    return new TimeEmbedding(config).embed(w, timesteps, others);
  }
}
