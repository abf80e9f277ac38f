package io.darkroom.network;

import io.darkroom.network.StepVariant.DeepLayers;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Operand;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes the methods by which a sampler calls the U-Net at each step. The layers are methods of the
 * module, too, written once and called by each variant.
 */
final class StepWriter {
  private static final String DEEP_LAYERS = "deep_layers";
  private static final String DEEP_LAYERS_OF_SHARED = "deep_layers_of_shared";
  private static final String LAST_LAYERS = "last_layers";

  private final UNetConfig config;
  private final UNetEncoder encoder;
  private final UNetDecoder decoder;
  private final LayerInventory inventory;
  private final Weights w;
  private final Script script;
  private final Set<String> written = new HashSet<>();
  private final int channels;

  /**
   * Prepares to write.
   *
   * @param config the U-Net's sizes
   * @param inventory which layers are told something
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  StepWriter(UNetConfig config, LayerInventory inventory, Weights w, Script script) {
    this.config = config;
    this.encoder = new UNetEncoder(config);
    this.decoder = new UNetDecoder(config);
    this.inventory = inventory;
    this.w = w;
    this.script = script;
    this.channels = config.blocks().get(0).channels();
  }

  /**
   * Writes a variant's method, and the layers that it calls.
   *
   * @param variant which
   */
  void write(StepVariant variant) {
    new Step(variant).write();
  }

  /** One of the methods: scaling before the layers, guidance behind them. */
  private final class Step {
    private final StepVariant variant;
    private final Method method;
    private final Map<StepInput<?>, Operand> inputs = new HashMap<>();
    private final LayerConditioning.Parameters parameters;

    /** The first convolution's result, once for all branches that see the same, and for each. */
    private final Tensor shared;

    private final Tensor first;

    Step(StepVariant variant) {
      this.variant = variant;
      this.method = script.method(variant.methodName());
      for (StepInput<?> input : variant.inputs()) {
        inputs.put(input, input.declaredIn(method, config));
      }
      this.parameters =
          new LayerConditioning.Parameters(
              given(StepInput.TIMES), given(StepInput.STEP), given(StepInput.CONTEXTS));
      this.shared = encoder.convIn(w, input());
      this.first =
          variant.branches() == Branches.NEGATIVE_AND_PROMPT
              ? Tensor.concatenate(0, shared, shared)
              : shared;
    }

    /** What {@link StepInput#declaredIn} gave for it. */
    @SuppressWarnings("unchecked")
    private <T extends Operand> T given(StepInput<T> input) {
      return (T) inputs.get(input);
    }

    private Tensor input() {
      Tensor scaled =
          given(StepInput.LATENTS).times(given(StepInput.SCALES).get(given(StepInput.STEP)));
      if (variant.extraChannels() == 0) {
        return scaled.toCompute();
      }
      Tensor extra = given(StepInput.EXTRA);
      if (variant.branches() != Branches.PICTURE_AND_PROMPT) {
        return Tensor.concatenate(1, scaled, extra).toCompute();
      }
      Tensor pictures = Tensor.concatenate(0, extra.times(0), extra, extra);
      Tensor latents = Tensor.concatenate(0, scaled, scaled, scaled);
      return Tensor.concatenate(1, latents, pictures).toCompute();
    }

    void write() {
      if (variant.deepLayers() == DeepLayers.REUSED) {
        method.returns(prediction(given(StepInput.KEPT).get(1, channels)));
        return;
      }
      Tensor deep = deepLayers();
      Tensor prediction = prediction(deep);
      if (variant.deepLayers() == DeepLayers.KEPT) {
        method.returns(List.of(prediction, deep));
      } else {
        method.returns(prediction);
      }
    }

    /** SDXL's branches hear different things of time, so that they share nothing. */
    private Tensor deepLayers() {
      if (variant.branches() == Branches.NEGATIVE_AND_PROMPT && !config.timesDifferBySample()) {
        writeDeepLayers(DEEP_LAYERS_OF_SHARED, GuidanceBranches.shared());
        return layers(DEEP_LAYERS_OF_SHARED, channels, shared);
      }
      writeDeepLayers(DEEP_LAYERS, GuidanceBranches.alreadySplit());
      return layers(DEEP_LAYERS, channels, first);
    }

    private Tensor prediction(Tensor deep) {
      writeLastLayers();
      Tensor prediction = layers(LAST_LAYERS, config.outChannels(), first, deep);
      if (!variant.branches().areGuided()) {
        return prediction;
      }
      if (written.add(Guidance.MIX)) {
        Guidance.writeTo(script);
      }
      List<Tensor> branches = prediction.chunk(variant.branches().count(), 0);
      if (variant.branches() == Branches.PICTURE_AND_PROMPT) {
        return Guidance.mixWithPicture(
            branches,
            given(StepInput.GUIDANCE),
            given(StepInput.PICTURE_GUIDANCE),
            given(StepInput.RESCALE));
      }
      return Guidance.mix(
          branches.get(0), branches.get(1), given(StepInput.GUIDANCE), given(StepInput.RESCALE));
    }

    private Tensor layers(String name, int channelsOfResult, Tensor... images) {
      List<Operand> operands = new ArrayList<>(List.of(images));
      operands.addAll(parameters.operands());
      return method.callOwn(channelsOfResult, name, operands.toArray(Operand[]::new));
    }
  }

  private void writeDeepLayers(String name, GuidanceBranches branches) {
    if (!written.add(name)) {
      return;
    }
    Method deep = script.method(name);
    Tensor first = deep.tensor("first", channels);
    LayerConditioning conditioning = conditioning(deep);
    UNetFeatures features = encoder.encode(w, first, conditioning, branches);
    deep.returns(decoder.deepLayers(w, features, conditioning));
  }

  private void writeLastLayers() {
    if (!written.add(LAST_LAYERS)) {
      return;
    }
    Method last = script.method(LAST_LAYERS);
    Tensor first = last.tensor("first", channels);
    Tensor deep = last.tensor("deep", channels);
    Tensor prediction = decoder.lastLayers(w, deep, first, conditioning(last));
    last.returns(prediction.to(Precision.Format.FLOAT32));
  }

  private LayerConditioning conditioning(Method method) {
    return new LayerConditioning.Precomputed(
        config, inventory, LayerConditioning.Parameters.addedTo(method));
  }
}
