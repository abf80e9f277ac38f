package io.darkroom.network;

import io.darkroom.network.LayerConditioning.Precomputed;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the methods by which a sampler calls the U-Net at each step: {@link UNet#DENOISE} and its
 * kin. The layers are methods of the module, too, written once and called by each.
 */
final class DenoisingMethods {
  private static final String DEEP_LAYERS = "deep_layers";
  private static final String DEEP_LAYERS_OF_SHARED = "deep_layers_of_shared";
  private static final String LAST_LAYERS = "last_layers";

  private final UNet unet;
  private final UNetConfig config;
  private final Weights w;
  private final Script script;
  private final int channels;

  /** Whether guidance's branches hear the same until text comes in; SDXL's text is in the time. */
  private final boolean branchesBeginShared;

  /**
   * Prepares to write.
   *
   * @param unet the layers
   * @param config their sizes
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  DenoisingMethods(UNet unet, UNetConfig config, Weights w, Script script) {
    this.unet = unet;
    this.config = config;
    this.w = w;
    this.script = script;
    this.channels = config.blocks().get(0).channels();
    this.branchesBeginShared = config.addition().isEmpty();
  }

  /**
   * Writes them all.
   *
   * @return what they want to be told of time and text
   */
  Precomputed write() {
    Precomputed conditioning = writeLayers();
    write(false, UNet.DENOISE, UNet.DENOISE_KEEPING, UNet.DENOISE_REUSING);
    write(true, UNet.DENOISE_GUIDED, UNet.DENOISE_GUIDED_KEEPING, UNet.DENOISE_GUIDED_REUSING);
    Guidance.writeTo(script);
    return conditioning;
  }

  private Precomputed writeLayers() {
    if (branchesBeginShared) {
      writeDeepLayers(DEEP_LAYERS_OF_SHARED, GuidanceBranches.shared());
    }
    Precomputed conditioning = writeDeepLayers(DEEP_LAYERS, GuidanceBranches.alreadySplit());
    Method last = script.method(LAST_LAYERS);
    Tensor first = last.tensor("first", channels);
    Tensor found = last.tensor("found", channels);
    Precomputed continued = conditioning.continuedWith(Precomputed.Parameters.addedTo(last));
    last.returns(unet.lastLayers(w, found, first, continued).to(Precision.Format.FLOAT32));
    return continued;
  }

  private Precomputed writeDeepLayers(String name, GuidanceBranches branches) {
    Method deep = script.method(name);
    Tensor first = deep.tensor("first", channels);
    Precomputed conditioning = new Precomputed(config, Precomputed.Parameters.addedTo(deep));
    deep.returns(unet.deepLayers(w, first, conditioning, branches));
    return conditioning;
  }

  private void write(boolean guided, String whole, String keeping, String reusing) {
    Step computed = new Step(whole, guided);
    computed.method.returns(computed.prediction(computed.deepLayers()));

    Step kept = new Step(keeping, guided);
    Tensor found = kept.deepLayers();
    kept.method.returns(List.of(kept.prediction(found), found));

    Step reused = new Step(reusing, guided);
    Tensor known = reused.method.tensors("kept").get(1, channels);
    reused.method.returns(reused.prediction(known));
  }

  /** One of the methods: scaling before the layers, guidance behind them. */
  private final class Step {
    private final Method method;
    private final boolean guided;
    private final Precomputed.Parameters parameters;
    private final Tensor begun;
    private final Tensor first;

    Step(String name, boolean guided) {
      this.method = script.method(name);
      this.guided = guided;
      Tensor latents = method.tensor("latents", config.inChannels());
      this.parameters = Precomputed.Parameters.addedTo(method);
      String scale = method.numbers("scales") + "[step]";
      Tensor scaled = method.call(latents.channels(), "torch.mul", latents, scale).toCompute();
      this.begun = unet.convIn(w, scaled);
      this.first = guided ? Tensor.concatenate(0, begun, begun) : begun;
    }

    Tensor deepLayers() {
      return guided && branchesBeginShared
          ? layers(DEEP_LAYERS_OF_SHARED, channels, begun)
          : layers(DEEP_LAYERS, channels, first);
    }

    Tensor prediction(Tensor found) {
      Tensor prediction = layers(LAST_LAYERS, config.outChannels(), first, found);
      if (!guided) {
        return prediction;
      }
      List<Tensor> branches = prediction.chunk(2, 0);
      return Guidance.mix(method, branches.get(0), branches.get(1));
    }

    private Tensor layers(String name, int channelsOfResult, Tensor... images) {
      List<Object> arguments = new ArrayList<>(List.of((Object[]) images));
      arguments.addAll(parameters.arguments());
      return method.callOwn(channelsOfResult, name, arguments.toArray());
    }
  }
}
