package io.darkroom.network;

import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.List;

/**
 * The U-Net that predicts noise, conditioned on a timestep and, by cross-attention, on text
 * (Rombach et al., arXiv 2112.10752); names and behaviour as in diffusers' {@code
 * UNet2DConditionModel}.
 *
 * <p>What does not depend on the latent has methods of its own, to be called once per picture:
 * {@link #EMBED_TIMES} and {@link #EMBED_CONTEXT}. At each step one is called whose name and
 * parameters a {@link StepVariant} tells.
 */
public final class UNet {
  /**
   * Takes {@link UNetConfig#timeInputs} and gives {@code List[Tensor]}: for each residual block
   * {@code [steps, C]}, or {@code [steps, batch, C]} where some input differs by sample.
   */
  public static final String EMBED_TIMES = "embed_times";

  /** {@code (text [batch, length, width] float32) -> List[Tensor]}: keys and values. */
  public static final String EMBED_CONTEXT = "embed_context";

  private final UNetConfig config;

  /**
   * Creates the architecture.
   *
   * @param config its sizes
   */
  public UNet(UNetConfig config) {
    this.config = config;
  }

  /**
   * Writes all methods that sampling may call.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  public void writeTo(Weights w, Script script) {
    LayerInventory inventory = UNetScripts.inventory(config, w, script);
    UNetScripts.writeConditioning(config, inventory, w, script);
    StepWriter writer = new StepWriter(config, inventory, w, script);
    StepVariant.all(config).forEach(writer::write);
  }

  /**
   * Writes the whole network into one method, as training needs it.
   *
   * @param w the checkpoint's root
   * @param latents {@code [batch, in_channels, h, w]}
   * @param timesteps {@code [batch]}, float32
   * @param text {@code [batch, length, width]}
   * @return the prediction, {@code [batch, out_channels, h, w]}
   */
  public Tensor predict(Weights w, Tensor latents, Tensor timesteps, Tensor text) {
    Tensor time = new TimeEmbedding(config).embed(w, timesteps, List.of());
    LayerConditioning conditioning = new LayerConditioning.Direct(time.silu(), text);
    UNetEncoder encoder = new UNetEncoder(config);
    Tensor first = encoder.convIn(w, latents);
    UNetFeatures features = encoder.encode(w, first, conditioning, GuidanceBranches.alreadySplit());
    UNetDecoder decoder = new UNetDecoder(config);
    Tensor deep = decoder.deepLayers(w, features, conditioning);
    return decoder.lastLayers(w, deep, first, conditioning);
  }
}
