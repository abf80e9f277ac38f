package io.darkroom.network;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.network.TimeEmbeddingSource.ClassTable;
import io.darkroom.network.TimeEmbeddingSource.GuidanceScale;
import io.darkroom.network.TimeEmbeddingSource.TextAndSizes;
import io.darkroom.network.UNetConfig.CrossAttention.First;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The sizes of a U-Net, as {@code unet/config.json} has them.
 *
 * @param inChannels of the latent that goes in
 * @param outChannels of the prediction
 * @param sampleSize the latent's side that the model was trained for
 * @param blocks the levels, from the finest
 * @param middle what lies between the way down and the way up
 * @param layersPerBlock residual blocks of a level on the way down; one more on the way up
 * @param contextWidth the width of the text embedding; 1 where there is none
 * @param normGroups groups of every group norm
 * @param normEpsilon of the residual blocks' norms and the last one
 * @param linearProjection whether a transformer's way in and out is linear
 * @param upcastAttention whether attention runs in float32
 * @param cosineFirst whether the time embedding has the cosines first ({@code flip_sin_to_cos})
 * @param frequencyShift of the time embedding ({@code freq_shift})
 * @param downsamplePadding zeros on each side before a stride of two
 * @param timeSources what enters the time embedding beside the timestep
 */
public record UNetConfig(
    int inChannels,
    int outChannels,
    int sampleSize,
    List<Block> blocks,
    Middle middle,
    int layersPerBlock,
    int contextWidth,
    int normGroups,
    double normEpsilon,
    boolean linearProjection,
    boolean upcastAttention,
    boolean cosineFirst,
    double frequencyShift,
    int downsamplePadding,
    List<TimeEmbeddingSource> timeSources) {

  /** What follows the residual blocks of a level. */
  public sealed interface Attention {
    /**
     * Chooses by transformer blocks.
     *
     * @param depths for each residual block how many transformer blocks follow it; empty if none do
     * @return the attention
     */
    static Attention of(List<Integer> depths) {
      return depths.isEmpty() ? new None() : new CrossAttention(depths);
    }

    /**
     * Tells whether contexts come in.
     *
     * @return whether it is a cross-attention
     */
    default boolean hearsContexts() {
      return this instanceof CrossAttention;
    }
  }

  /** Nothing. */
  public record None() implements Attention {}

  /** Attention to pixels alone, behind each residual block. */
  public record SelfAttention() implements Attention {}

  /**
   * Transformers, which attend to pixels and to contexts.
   *
   * @param depths for each residual block how many transformer blocks follow it
   * @param first what the first of a block's two attentions sees
   */
  public record CrossAttention(List<Integer> depths, First first) implements Attention {
    /** What is seen before the context. */
    public enum First {
      /** The pixels. */
      PIXELS,
      /** The context, as the second attention does ({@code only_cross_attention}). */
      CONTEXT
    }

    /** Takes its own copy. */
    public CrossAttention {
      depths = List.copyOf(depths);
    }

    /**
     * Transformers as most U-Nets have them.
     *
     * @param depths for each residual block how many transformer blocks follow it
     */
    public CrossAttention(List<Integer> depths) {
      this(depths, First.PIXELS);
    }
  }

  /**
   * One level.
   *
   * @param channels at this level
   * @param heads attention heads
   * @param down what follows its residual blocks on the way down
   * @param up the same on the way up
   */
  public record Block(int channels, int heads, Attention down, Attention up) {}

  /**
   * The deepest part: two residual blocks around a transformer; one residual block, or nothing at
   * all, where it was pruned away (Gupta et al., arXiv 2401.02677; Kim et al., arXiv 2305.15798).
   *
   * @param residualBlocks 0, 1 or 2
   * @param attention what follows the first of them
   */
  public record Middle(int residualBlocks, Attention attention) {}

  /** Takes its own copies. */
  public UNetConfig {
    blocks = List.copyOf(blocks);
    timeSources = List.copyOf(timeSources);
  }

  /**
   * Channels of its input beside those of the latents, such as an inpainting model's mask and
   * masked latents.
   *
   * @return their number, 0 for none
   */
  public int extraChannels() {
    return Math.max(0, inChannels - outChannels);
  }

  /**
   * Channels of the latents in its input.
   *
   * @return their number
   */
  public int latentChannels() {
    return inChannels - extraChannels();
  }

  /**
   * Whether it sees the latents of a picture that it changes by an instruction.
   *
   * @return whether there are as many further channels as those of the latents
   */
  public boolean followsInstructions() {
    return extraChannels() > 0 && extraChannels() == latentChannels() && hearsContexts();
  }

  private boolean hearsContexts() {
    return middle.attention().hearsContexts()
        || blocks.stream()
            .anyMatch(block -> block.down().hearsContexts() || block.up().hearsContexts());
  }

  /**
   * The branches that it has where there is guidance.
   *
   * @return two, or three
   */
  public Branches guidedBranches() {
    return followsInstructions() ? Branches.PICTURE_AND_PROMPT : Branches.NEGATIVE_AND_PROMPT;
  }

  /**
   * What the time embedding is made of.
   *
   * @return the parameters of {@link UNet#EMBED_TIMES}, in order
   */
  public List<TimeInput> timeInputs() {
    return Stream.concat(
            Stream.of(TimeInput.TIMESTEPS),
            timeSources.stream().flatMap(source -> source.inputs().stream()))
        .toList();
  }

  /**
   * Whether the time embedding holds something that differs by sample.
   *
   * @return whether samples that share a timestep have different time embeddings
   */
  boolean timesDifferBySample() {
    return timeSources.stream()
        .anyMatch(source -> source.place() == TimeEmbeddingSource.Place.BEHIND_THE_LAYERS);
  }

  /**
   * What a sample of SDXL adds to its time embedding.
   *
   * @return its widths, if the U-Net is of that kind
   */
  public Optional<TextAndSizes> addition() {
    return timeSources.stream()
        .filter(TextAndSizes.class::isInstance)
        .map(TextAndSizes.class::cast)
        .findFirst();
  }

  /**
   * The same U-Net, if the last number that it hears is an aesthetic score and not the target's
   * size: no config tells that.
   *
   * @return one number less, and a pooled text that is wider by as much
   */
  public UNetConfig withAestheticScore() {
    List<TimeEmbeddingSource> sources =
        timeSources.stream()
            .map(
                source ->
                    source instanceof TextAndSizes sizes
                        ? new TextAndSizes(
                            sizes.pooledWidth() + sizes.numberWidth(),
                            sizes.numberWidth(),
                            TextAndSizes.SIZES_AND_SCORE)
                        : source)
            .toList();
    return new UNetConfig(
        inChannels,
        outChannels,
        sampleSize,
        blocks,
        middle,
        layersPerBlock,
        contextWidth,
        normGroups,
        normEpsilon,
        linearProjection,
        upcastAttention,
        cosineFirst,
        frequencyShift,
        downsamplePadding,
        sources);
  }

  /**
   * Whether the network itself applies the guidance, in one pass, instead of two passes that are
   * held against each other.
   *
   * @return whether the guidance scale is among its inputs
   */
  public boolean embedsGuidance() {
    return timeSources.stream().anyMatch(GuidanceScale.class::isInstance);
  }

  /**
   * How many classes a sample may have, such as a noise level.
   *
   * @return their number, if the U-Net is told one
   */
  public Optional<ClassTable> classTable() {
    return timeSources.stream()
        .filter(ClassTable.class::isInstance)
        .map(ClassTable.class::cast)
        .findFirst();
  }

  private static final String DEPTHS = "transformer_layers_per_block";
  private static final String REVERSE_DEPTHS = "reverse_transformer_layers_per_block";

  private static final String ONLY_CROSS = "only_cross_attention";
  private static final String HEAD_WIDTH = "attention_head_dim";

  /** The U-Net without contexts. */
  private static final String UNCONDITIONAL = "UNet2DModel";

  private static final Set<String> DOWN_BLOCKS =
      new TreeSet<>(Set.of("CrossAttnDownBlock2D", "DownBlock2D"));
  private static final Set<String> UP_BLOCKS =
      new TreeSet<>(Set.of("CrossAttnUpBlock2D", "UpBlock2D"));
  private static final Set<String> UNCONDITIONAL_DOWN_BLOCKS =
      new TreeSet<>(Set.of("AttnDownBlock2D", "DownBlock2D"));
  private static final Set<String> UNCONDITIONAL_UP_BLOCKS =
      new TreeSet<>(Set.of("AttnUpBlock2D", "UpBlock2D"));

  /**
   * Reads {@code unet/config.json}; absent keys take the defaults of diffusers' {@code
   * UNet2DConditionModel}, or of {@code UNet2DModel} if the config is one's.
   *
   * @param config the file
   * @return the sizes
   * @throws ModelException if it asks for what Darkroom does not run
   */
  public static UNetConfig parse(JsonConfig config) {
    if (config.text("_class_name", "").equals(UNCONDITIONAL)) {
      return unconditional(config);
    }
    refuseTheUnknown(config);
    List<String> down = config.texts("down_block_types");
    List<String> up = config.texts("up_block_types");
    Supported.blockTypes(config, "down_block_types", down, DOWN_BLOCKS);
    Supported.blockTypes(config, "up_block_types", up, UP_BLOCKS);
    List<Integer> channels = config.integers("block_out_channels");
    int levels = channels.size();
    Supported.sameLevels(config, channels, down, up);
    // The key means the number of heads, despite its name (diffusers issue 2011).
    String headsKey =
        config.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
    List<Integer> heads = config.integerForEach(headsKey, levels, 8);
    int layers = config.integer("layers_per_block", 2);
    if (layers < 1) {
      throw new ModelException(config.source() + ": layers_per_block is " + layers);
    }
    List<List<Integer>> downDepths = depths(config, DEPTHS, levels, layers);
    List<List<Integer>> upDepths = upDepths(config, downDepths, layers + 1);
    List<First> firsts = firsts(config, levels);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < levels; i++) {
      if (heads.get(i) < 1 || channels.get(i) % heads.get(i) != 0) {
        throw new ModelException(
            "%s: %d channels do not divide into %d heads"
                .formatted(config.source(), channels.get(i), heads.get(i)));
      }
      blocks.add(
          new Block(
              channels.get(i),
              heads.get(i),
              attention(down.get(i), downDepths.get(i), firsts.get(i)),
              attention(up.get(levels - 1 - i), upDepths.get(levels - 1 - i), firsts.get(i))));
    }
    return new UNetConfig(
        config.integer("in_channels", 4),
        config.integer("out_channels", 4),
        config.integer("sample_size", 64),
        blocks,
        middle(config, downDepths.get(levels - 1).get(0)),
        layers,
        config.integer("cross_attention_dim", 1280),
        Supported.normGroups(config, channels),
        config.number("norm_eps", 1e-5),
        config.flag("use_linear_projection", false),
        config.flag("upcast_attention", false),
        config.flag("flip_sin_to_cos", true),
        config.number("freq_shift", 0),
        config.integer("downsample_padding", 1),
        Stream.of(textAndSizes(config), guidanceScale(config), classTable(config))
            .<TimeEmbeddingSource>flatMap(Optional::stream)
            .toList());
  }

  private static Attention attention(String blockType, List<Integer> depths, First first) {
    return blockType.startsWith("CrossAttn") ? new CrossAttention(depths, first) : new None();
  }

  /** One value for all levels, or one for each, from the finest. The middle has its own key. */
  private static List<First> firsts(JsonConfig config, int levels) {
    if (!(config.json().get(ONLY_CROSS) instanceof JsonArray each)) {
      First all = config.flag(ONLY_CROSS, false) ? First.CONTEXT : First.PIXELS;
      return Collections.nCopies(levels, all);
    }
    List<First> firsts = new ArrayList<>();
    for (JsonElement element : each) {
      boolean isFlag = element instanceof JsonPrimitive value && value.isBoolean();
      if (!isFlag) {
        throw new ModelException(
            "%s: %s has %s; each must be true or false"
                .formatted(config.source(), ONLY_CROSS, element));
      }
      firsts.add(element.getAsBoolean() ? First.CONTEXT : First.PIXELS);
    }
    if (firsts.size() != levels) {
      throw new ModelException(
          "%s: %s has %d values for %d levels"
              .formatted(config.source(), ONLY_CROSS, firsts.size(), levels));
    }
    return firsts;
  }

  /** {@code UNet2DModel}: attention to pixels alone, also in the middle. */
  private static UNetConfig unconditional(JsonConfig config) {
    refuseTheUnknownOfUnconditional(config);
    List<String> down = config.texts("down_block_types");
    List<String> up = config.texts("up_block_types");
    Supported.blockTypes(config, "down_block_types", down, UNCONDITIONAL_DOWN_BLOCKS);
    Supported.blockTypes(config, "up_block_types", up, UNCONDITIONAL_UP_BLOCKS);
    List<Integer> channels = config.integers("block_out_channels");
    int levels = channels.size();
    Supported.sameLevels(config, channels, down, up);
    // Here the key means what it says. One that is null means something else than one absent.
    boolean isOneHead = config.json().has(HEAD_WIDTH) && !config.has(HEAD_WIDTH);
    int headWidth = isOneHead ? 0 : config.integer(HEAD_WIDTH, 8);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < levels; i++) {
      int width = isOneHead ? channels.get(i) : headWidth;
      if (width < 1 || channels.get(i) % width != 0) {
        throw new ModelException(
            "%s: %d channels do not divide into heads of %d"
                .formatted(config.source(), channels.get(i), width));
      }
      blocks.add(
          new Block(
              channels.get(i),
              channels.get(i) / width,
              selfAttention(down.get(i)),
              selfAttention(up.get(levels - 1 - i))));
    }
    return new UNetConfig(
        config.integer("in_channels", 3),
        config.integer("out_channels", 3),
        config.integer("sample_size", 64),
        blocks,
        new Middle(2, config.flag("add_attention", true) ? new SelfAttention() : new None()),
        config.integer("layers_per_block", 2),
        1,
        Supported.normGroups(config, channels),
        config.number("norm_eps", 1e-5),
        false,
        false,
        config.flag("flip_sin_to_cos", true),
        config.number("freq_shift", 0),
        1,
        List.of());
  }

  private static Attention selfAttention(String blockType) {
    return blockType.startsWith("Attn") ? new SelfAttention() : new None();
  }

  private static void refuseTheUnknownOfUnconditional(JsonConfig config) {
    Supported.only(config, "\"silu\"", "act_fn");
    Supported.only(config, "\"positional\"", "time_embedding_type");
    Supported.only(config, "\"default\"", "resnet_time_scale_shift");
    Supported.only(config, "\"conv\"", "downsample_type", "upsample_type");
    Supported.only(config, "1", "mid_block_scale_factor", "downsample_padding");
    Supported.only(config, "false", "center_input_sample");
    Supported.only(config, "null", "class_embed_type", "num_class_embeds", "attn_norm_num_groups");
  }

  /** A table is told by its length alone: {@code class_embed_type} is for other kinds. */
  private static Optional<ClassTable> classTable(JsonConfig config) {
    if (!config.has("num_class_embeds")) {
      return Optional.empty();
    }
    int classes = config.integer("num_class_embeds");
    if (classes < 1) {
      throw new ModelException("%s: num_class_embeds is %d".formatted(config.source(), classes));
    }
    return Optional.of(new ClassTable(classes));
  }

  /** A key that is null means something else than one that is absent. */
  private static Middle middle(JsonConfig config, int depth) {
    if (config.json().has("mid_block_type") && !config.has("mid_block_type")) {
      return new Middle(0, new None());
    }
    String type = config.text("mid_block_type", "UNetMidBlock2DCrossAttn");
    return switch (type) {
      case "UNetMidBlock2DCrossAttn" -> new Middle(2, new CrossAttention(List.of(depth)));
      case "UNetMidBlock2D" -> new Middle(1, new None());
      default ->
          throw new ModelException(
              "%s: mid_block_type is %s, which Darkroom does not run; it runs %s"
                  .formatted(
                      config.source(), type, "UNetMidBlock2DCrossAttn, UNetMidBlock2D and null"));
    };
  }

  /**
   * Transformer blocks of each attention of each level: the key has a number for all, one for each
   * level, or in place of such a one a list with a number for each attention.
   */
  private static List<List<Integer>> depths(
      JsonConfig config, String key, int levels, int attentions) {
    List<List<Integer>> depths = config.integersForEach(key, levels, attentions, 1);
    if (depths.stream().flatMap(List::stream).anyMatch(depth -> depth < 1)) {
      throw new ModelException(
          "%s: %s has a number below 1: %s"
              .formatted(config.source(), key, config.json().get(key)));
    }
    return depths;
  }

  /** In the order of the up blocks, from the deepest. */
  private static List<List<Integer>> upDepths(
      JsonConfig config, List<List<Integer>> down, int attentions) {
    if (config.has(REVERSE_DEPTHS)) {
      return depths(config, REVERSE_DEPTHS, down.size(), attentions);
    }
    List<List<Integer>> up = new ArrayList<>();
    for (List<Integer> level : down) {
      if (Set.copyOf(level).size() > 1) {
        throw new ModelException(
            "%s: %s differs within a level, so that %s must tell the way up"
                .formatted(config.source(), DEPTHS, REVERSE_DEPTHS));
      }
      up.add(0, Collections.nCopies(attentions, level.get(0)));
    }
    return up;
  }

  private static Optional<TextAndSizes> textAndSizes(JsonConfig config) {
    Supported.only(config, "\"text_time\"", "addition_embed_type");
    if (!config.has("addition_embed_type")) {
      return Optional.empty();
    }
    int numberWidth = config.integer("addition_time_embed_dim");
    int width = config.integer("projection_class_embeddings_input_dim");
    if (numberWidth < 2 || numberWidth % 2 != 0) {
      throw new ModelException(
          "%s: addition_time_embed_dim is %d; it must be even"
              .formatted(config.source(), numberWidth));
    }
    long pooledWidth = width - (long) TextAndSizes.SIZES * numberWidth;
    if (pooledWidth < 1) {
      throw new ModelException(
          "%s: projection_class_embeddings_input_dim %d has no room for %d numbers of %d"
              .formatted(config.source(), width, TextAndSizes.SIZES, numberWidth));
    }
    return Optional.of(new TextAndSizes((int) pooledWidth, numberWidth, TextAndSizes.SIZES));
  }

  private static Optional<GuidanceScale> guidanceScale(JsonConfig config) {
    if (!config.has("time_cond_proj_dim")) {
      return Optional.empty();
    }
    int width = config.integer("time_cond_proj_dim");
    if (width < 4 || width % 2 != 0) {
      throw new ModelException(
          "%s: time_cond_proj_dim is %d; it must be even and at least 4"
              .formatted(config.source(), width));
    }
    return Optional.of(new GuidanceScale(width));
  }

  private static void refuseTheUnknown(JsonConfig config) {
    Supported.only(config, "\"UNet2DConditionModel\"", "_class_name");
    Supported.only(config, "\"silu\"", "act_fn");
    Supported.only(config, "\"positional\"", "time_embedding_type");
    Supported.only(config, "\"default\"", "resnet_time_scale_shift", "attention_type");
    Supported.only(config, "1", "mid_block_scale_factor", "resnet_out_scale_factor");
    Supported.only(config, "3", "conv_in_kernel", "conv_out_kernel");
    Supported.only(
        config,
        "false",
        "center_input_sample",
        "dual_cross_attention",
        "class_embeddings_concat",
        "resnet_skip_time_act",
        "mid_block_only_cross_attention");
    Supported.only(
        config,
        "null",
        "class_embed_type",
        "encoder_hid_dim",
        "encoder_hid_dim_type",
        "cross_attention_norm",
        "time_embedding_act_fn",
        "time_embedding_dim",
        "timestep_post_act");
  }
}
