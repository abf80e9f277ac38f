package io.darkroom.network;

import io.darkroom.network.LayerConditioning.Precomputed;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The U-Net that predicts noise, conditioned on a timestep and, by cross-attention, on text
 * (Rombach et al., arXiv 2112.10752); names and behaviour as in diffusers' {@code
 * UNet2DConditionModel}.
 *
 * <p>What does not depend on the latent has methods of its own, to be called once per picture:
 * {@link #EMBED_TIMES} and {@link #EMBED_CONTEXT}. {@link #DENOISE} is called at each step, or
 * {@link #DENOISE_GUIDED}, which runs both branches of classifier-free guidance in one pass.
 */
public final class UNet {
  /**
   * {@code (t [steps] float32) -> List[Tensor]}: for each residual block {@code [steps, C]}.
   *
   * <p>A U-Net with an {@linkplain UNetConfig#addition addition} takes also {@code pooled [batch,
   * width], ids [batch, 6]}, both float32, and gives {@code [steps, batch, C]}; one that
   * {@linkplain UNetConfig#embedsGuidance embeds the guidance} takes last {@code guidance [1]}
   * float32, the guidance scale less one.
   */
  public static final String EMBED_TIMES = "embed_times";

  /** {@code (text [batch, length, width] float32) -> List[Tensor]}: keys and values. */
  public static final String EMBED_CONTEXT = "embed_context";

  /**
   * {@code (latents [batch, C, h, w] float32, times, step: int, contexts, scales: List[float]) ->
   * [batch, C, h, w]}; the latents are multiplied by the step's scale first.
   */
  public static final String DENOISE = "denoise";

  /**
   * {@code (latents [batch, C, h, w] float32, times, step: int, contexts, scales: List[float],
   * guidance: float, share: float) -> [batch, C, h, w]}; the contexts are of twice the batch, the
   * unconditional half first. The share is that of {@link Guidance}'s rescaling, 0 for none.
   */
  public static final String DENOISE_GUIDED = "denoise_guided";

  /**
   * As {@link #DENOISE}, but gives {@code List[Tensor]}: the prediction, and what the deep layers
   * found, for {@link #DENOISE_REUSING}.
   */
  public static final String DENOISE_KEEPING = "denoise_keeping";

  /** As {@link #DENOISE_GUIDED}, but gives what {@link #DENOISE_KEEPING} gives. */
  public static final String DENOISE_GUIDED_KEEPING = "denoise_guided_keeping";

  /**
   * As {@link #DENOISE}, with one argument more after the scales: {@code kept: List[Tensor]}, what
   * a keeping method gave at an earlier step for latents of the same shape. Its deep layers are not
   * computed again; there remain the first convolution, the last layer of the last block and the
   * last convolution (DeepCache: Ma et al., arXiv 2312.00858, section 3.3, at the first branch).
   */
  public static final String DENOISE_REUSING = "denoise_reusing";

  /** As {@link #DENOISE_GUIDED}, with the argument of {@link #DENOISE_REUSING}. */
  public static final String DENOISE_GUIDED_REUSING = "denoise_guided_reusing";

  private static final int TIME_EMBEDDING_FACTOR = 4;

  private final UNetConfig config;
  private final ResidualBlock residualBlock;

  /**
   * Creates the architecture.
   *
   * @param config its sizes
   */
  public UNet(UNetConfig config) {
    this.config = config;
    this.residualBlock = new ResidualBlock(config.normGroups(), config.normEpsilon());
  }

  /**
   * Writes the methods that sampling calls.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  public void writeTo(Weights w, Script script) {
    Precomputed conditioning = new DenoisingMethods(this, config, w, script).write();

    Method embedTimes = script.method(EMBED_TIMES);
    embedTimes.returns(conditioning.timesFrom(everyStepsEmbedding(w, embedTimes).silu()));

    Method embedContext = script.method(EMBED_CONTEXT);
    Tensor text = embedContext.tensor("text", config.contextWidth()).toCompute();
    embedContext.returns(conditioning.contextsFrom(text));
  }

  /**
   * Writes the whole network into one method, as training needs it.
   *
   * @param w the checkpoint's root
   * @param latents {@code [batch, C, h, w]}
   * @param timesteps {@code [batch]}, float32
   * @param text {@code [batch, length, width]}
   * @return the prediction, {@code [batch, C, h, w]}
   */
  public Tensor predict(Weights w, Tensor latents, Tensor timesteps, Tensor text) {
    Tensor time = timeEmbedding(w, sinusoidal(timesteps));
    LayerConditioning conditioning = new LayerConditioning.Direct(time.silu(), text);
    Tensor first = convIn(w, latents);
    Tensor found = deepLayers(w, first, conditioning, GuidanceBranches.alreadySplit());
    return lastLayers(w, found, first, conditioning);
  }

  /**
   * The first convolution.
   *
   * @param w the checkpoint's root
   * @param latents {@code [batch, C, h, w]}
   * @return {@code [batch, channels, h, w]}, the first skip
   */
  Tensor convIn(Weights w, Tensor latents) {
    return latents.channelsLast().conv2d(w.at("conv_in"), finest().channels(), 3);
  }

  /**
   * All layers but the first and those that see its result by the first skip.
   *
   * @param w the checkpoint's root
   * @param first the first layer's result; of both branches in one, if they are
   * @param conditioning where time and text come from
   * @param branches of guidance
   * @return {@code [batch, channels, h, w]}
   */
  Tensor deepLayers(Weights w, Tensor first, LayerConditioning conditioning, GuidanceBranches branches) {
    Tensor x = first;
    Deque<Tensor> skips = new ArrayDeque<>();
    for (int level = 0; level < config.blocks().size(); level++) {
      x = down(w.at("down_blocks").at(level), level, x, skips, conditioning, branches);
    }
    x = middle(w.at("mid_block"), x, skips, conditioning, branches);
    if (!branches.areSplit()) { // no text came in yet
      x = branches.perBranch(x);
      branches.split(skips);
    }
    for (int i = 0; i < config.blocks().size(); i++) {
      x = up(w.at("up_blocks").at(i), i, x, skips, conditioning);
    }
    return x;
  }

  /**
   * What comes after the deep layers.
   *
   * @param w the checkpoint's root
   * @param found the deep layers' result
   * @param first the first layer's result
   * @param conditioning where time and text come from
   * @return the prediction, {@code [batch, C, h, w]}
   */
  Tensor lastLayers(Weights w, Tensor found, Tensor first, LayerConditioning conditioning) {
    Weights block = w.at("up_blocks").at(config.blocks().size() - 1);
    Tensor x = upLayer(block, finest(), config.layersPerBlock(), found, first, conditioning);
    x = x.groupNorm(w.at("conv_norm_out"), config.normGroups(), config.normEpsilon()).silu();
    return x.conv2d(w.at("conv_out"), config.outChannels(), 3);
  }

  private Tensor down(
      Weights w,
      int level,
      Tensor x,
      Deque<Tensor> skips,
      LayerConditioning conditioning,
      GuidanceBranches branches) {
    UNetConfig.Block block = config.blocks().get(level);
    for (int i = 0; i < config.layersPerBlock(); i++) {
      x = residual(w.at("resnets").at(i), x, block.channels(), conditioning);
      if (block.downAttention()) {
        x =
            transformer(block, block.downTransformers().get(i))
                .apply(w.at("attentions").at(i), x, conditioning, branches);
        branches.split(skips);
      }
      skips.push(x);
    }
    if (level < config.blocks().size() - 1) {
      x = x.conv2d(w.at("downsamplers.0.conv"), x.channels(), 3, 2, config.downsamplePadding());
      skips.push(x);
    }
    return x;
  }

  private Tensor middle(
      Weights w, Tensor x, Deque<Tensor> skips, LayerConditioning conditioning, GuidanceBranches branches) {
    UNetConfig.Block deepest = config.blocks().get(config.blocks().size() - 1);
    UNetConfig.Middle middle = config.middle();
    for (int i = 0; i < middle.residualBlocks(); i++) {
      x = residual(w.at("resnets").at(i), x, deepest.channels(), conditioning);
      if (i == 0 && middle.transformerLayers() > 0) {
        x =
            transformer(deepest, middle.transformerLayers())
                .apply(w.at("attentions.0"), x, conditioning, branches);
        branches.split(skips);
      }
    }
    return x;
  }

  private Tensor up(
      Weights w, int index, Tensor x, Deque<Tensor> skips, LayerConditioning conditioning) {
    UNetConfig.Block block = config.blocks().get(config.blocks().size() - 1 - index);
    int layers = config.layersPerBlock() + 1;
    for (int i = 0; i < layers && !skips.isEmpty(); i++) {
      x = upLayer(w, block, i, x, skips.pop(), conditioning);
    }
    if (index < config.blocks().size() - 1) {
      // To the skip's own size, which is not the double where a latent's side is odd.
      Tensor skip = skips.peek();
      x =
          x.upsampleNearest(skip.size(2), skip.size(3))
              .conv2d(w.at("upsamplers.0.conv"), x.channels(), 3);
    }
    return x;
  }

  private Tensor upLayer(
      Weights w, UNetConfig.Block block, int i, Tensor x, Tensor skip, LayerConditioning conditioning) {
    Tensor joined = Tensor.concatenate(1, x, skip);
    x = residual(w.at("resnets").at(i), joined, block.channels(), conditioning);
    return block.upAttention()
        ? transformer(block, block.upTransformers().get(i))
            .apply(w.at("attentions").at(i), x, conditioning, GuidanceBranches.alreadySplit())
        : x;
  }

  private Tensor residual(Weights w, Tensor x, int channels, LayerConditioning conditioning) {
    return residualBlock.apply(w, x, channels, conditioning.time(w.at("time_emb_proj"), channels));
  }

  private UNetConfig.Block finest() {
    return config.blocks().get(0);
  }

  private SpatialTransformer transformer(UNetConfig.Block block, int layers) {
    return new SpatialTransformer(
        layers,
        block.heads(),
        config.normGroups(),
        config.linearProjection(),
        config.upcastAttention());
  }

  /** Reads the arguments of {@link #EMBED_TIMES} and embeds them. */
  private Tensor everyStepsEmbedding(Weights w, Method method) {
    Tensor sinusoids = sinusoidal(method.tensor("timesteps", 1));
    if (config.addition().isEmpty()) {
      return timeEmbedding(w, withGuidance(w, sinusoids, method));
    }
    UNetConfig.Addition addition = config.addition().get();
    Tensor pooled = method.tensor("pooled", addition.pooledWidth());
    Tensor ids = method.tensor("ids", 1);
    Tensor times = timeEmbedding(w, withGuidance(w, sinusoids, method));
    return times.unsqueeze(1).plus(added(w, addition, pooled, ids).unsqueeze(0));
  }

  /**
   * What SDXL adds to a sample's time embedding: the pooled text and six numbers about sizes
   * (Podell et al., arXiv 2307.01952, section 2.2), diffusers' {@code text_time}.
   *
   * @return {@code [batch, embedding]}
   */
  private Tensor added(Weights w, UNetConfig.Addition addition, Tensor pooled, Tensor ids) {
    Tensor numbers =
        timestepEmbedding(ids, addition.numberWidth(), config.cosineFirst(), config.frequencyShift())
            .sequenceAsVector(UNetConfig.Addition.NUMBERS);
    Tensor all = Tensor.concatenate(-1, pooled.toCompute(), numbers.toCompute());
    return twoLayers(w.at("add_embedding"), all);
  }

  /**
   * A distilled U-Net hears of the guidance scale together with the timestep (Meng et al., arXiv
   * 2210.03142; Luo et al., arXiv 2310.04378, appendix): the sinusoids of 1000 (scale - 1), the sines
   * first, without a bias.
   */
  private Tensor withGuidance(Weights w, Tensor sinusoids, Method method) {
    if (config.guidanceWidth().isEmpty()) {
      return sinusoids;
    }
    int width = config.guidanceWidth().getAsInt();
    Tensor guidance = timestepEmbedding(method.tensor("guidance", 1).times(1000), width, false, 1).toCompute();
    Weights projection = w.at("time_embedding.cond_proj");
    return sinusoids.plus(guidance.linearWithoutBias(projection, finest().channels()));
  }

  private Tensor sinusoidal(Tensor timesteps) {
    int width = finest().channels();
    return timestepEmbedding(timesteps, width, config.cosineFirst(), config.frequencyShift()).toCompute();
  }

  private Tensor timeEmbedding(Weights w, Tensor sinusoids) {
    return twoLayers(w.at("time_embedding"), sinusoids);
  }

  private Tensor twoLayers(Weights w, Tensor x) {
    int width = TIME_EMBEDDING_FACTOR * finest().channels();
    return x.linear(w.at("linear_1"), width).silu().linear(w.at("linear_2"), width);
  }

  /**
   * The sinusoidal embedding (Vaswani et al., arXiv 1706.03762, section 3.5, in DDPM's order).
   *
   * @param numbers of any shape, float32
   * @return the same shape and one dimension more, of that width
   */
  private static Tensor timestepEmbedding(Tensor numbers, int width, boolean cosineFirst, double shift) {
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
