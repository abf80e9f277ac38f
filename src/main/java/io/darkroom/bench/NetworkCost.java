package io.darkroom.bench;

import io.darkroom.network.Autoencoder;
import io.darkroom.network.Decoder;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.StepInput;
import io.darkroom.network.StepVariant;
import io.darkroom.network.StepVariant.DeepLayers;
import io.darkroom.network.TimeEmbeddingSource.TextAndSizes;
import io.darkroom.network.TimeInput;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.network.UNetScripts;
import io.darkroom.torchscript.Cost;
import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.OperationCounter;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Value;
import io.darkroom.torchscript.Value.Numeric;
import io.darkroom.torchscript.Value.Shaped;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * What one call of a network costs, counted in the graph that is emitted for it.
 *
 * @param costs of each instruction
 */
public record NetworkCost(List<Cost> costs) {
  private static final int FLOAT32 = Precision.Format.FLOAT32.bytes();

  /** Any scale costs the same. */
  private static final double GUIDANCE = 7.5;

  /** Takes its own copy. */
  public NetworkCost {
    costs = List.copyOf(costs);
  }

  /**
   * What the U-Net sees at a step.
   *
   * @param pictures how many are denoised together
   * @param height of the latents
   * @param width of the latents
   * @param tokens how long the text is
   * @param evaluations how many timesteps are embedded at once
   * @param guided whether it sees each latent twice
   */
  public record Step(
      int pictures, long height, long width, long tokens, int evaluations, boolean guided) {}

  /**
   * Counts a step of the U-Net.
   *
   * @param config its architecture
   * @param precision its number formats
   * @param step what it sees
   * @return the cost of one call
   */
  public static NetworkCost of(UNetConfig config, Precision precision, Step step) {
    UNetScripts scripts = new UNetScripts(config, newWeights(), precision);
    long rows = step.guided() ? 2L * step.pictures() : step.pictures();
    Map<TimeInput, Value> time = new EnumMap<>(TimeInput.class);
    time.put(TimeInput.TIMESTEPS, Shaped.of(FLOAT32, step.evaluations()));
    config
        .addition()
        .ifPresent(
            addition -> {
              time.put(TimeInput.POOLED_TEXT, Shaped.of(FLOAT32, rows, addition.pooledWidth()));
              time.put(TimeInput.SIZES, Shaped.of(FLOAT32, rows, TextAndSizes.NUMBERS));
            });
    time.put(TimeInput.GUIDANCE, Shaped.of(FLOAT32, 1));
    Shaped text = Shaped.of(FLOAT32, rows, step.tokens(), config.contextWidth());
    OperationCounter once = new OperationCounter(scripts.conditioning());
    Map<StepInput<?>, Value> inputs =
        Map.of(
            StepInput.LATENTS,
            latents(step, config.latentChannels()),
            StepInput.EXTRA,
            latents(step, config.extraChannels()),
            StepInput.TIMES,
            once.count(UNet.EMBED_TIMES, values(config.timeInputs(), time)),
            StepInput.STEP,
            new Numeric(0),
            StepInput.CONTEXTS,
            once.count(UNet.EMBED_CONTEXT, text),
            StepInput.SCALES,
            new Numeric(1),
            StepInput.GUIDANCE,
            new Numeric(GUIDANCE),
            StepInput.RESCALE,
            new Numeric(0));
    StepVariant variant =
        new StepVariant(step.guided(), DeepLayers.COMPUTED, config.extraChannels());
    OperationCounter counter = new OperationCounter(scripts.step(variant));
    counter.count(variant.methodName(), values(variant.inputs(), inputs));
    return new NetworkCost(counter.costs());
  }

  /**
   * Counts the decoding of one picture.
   *
   * @param config the autoencoder's architecture
   * @param precision its number formats
   * @param height of the latent
   * @param width of the latent
   * @return the cost of one call
   */
  public static NetworkCost of(DecoderConfig config, Precision precision, long height, long width) {
    Script script = new Script(precision);
    Decoder.of(config).writeDecoderTo(newWeights(), script);
    OperationCounter counter = new OperationCounter(script);
    counter.count(
        Autoencoder.DECODE_TO_BYTES, Shaped.of(FLOAT32, 1, config.latentChannels(), height, width));
    return new NetworkCost(counter.costs());
  }

  private static Shaped latents(Step step, int channels) {
    return Shaped.of(FLOAT32, step.pictures(), channels, step.height(), step.width());
  }

  private static <T> Value[] values(List<? extends T> inputs, Map<T, Value> known) {
    return inputs.stream().map(known::get).toArray(Value[]::new);
  }

  private static Weights newWeights() {
    return WeightCatalog.ofNewModel().root();
  }

  /**
   * The arithmetic of one kind.
   *
   * @param kind which
   * @return additions and multiplications
   */
  public long operations(Kind kind) {
    return sum(cost -> cost.kind() == kind, Cost::operations);
  }

  /**
   * All arithmetic.
   *
   * @return additions and multiplications
   */
  public long operations() {
    return sum(cost -> true, Cost::operations);
  }

  /**
   * What the products read and write.
   *
   * @return bytes
   */
  public long productBytes() {
    return sum(cost -> cost.kind() != Kind.OTHER, Cost::bytes);
  }

  /**
   * What all else reads and writes, which an ideal program would do on the way.
   *
   * @return bytes
   */
  public long elementwiseBytes() {
    return sum(cost -> cost.kind() == Kind.OTHER, Cost::bytes);
  }

  private long sum(Predicate<Cost> which, ToLongFunction<Cost> what) {
    return costs.stream().filter(which).mapToLong(what).sum();
  }

  /**
   * The least time that a call can take: the sum over its products.
   *
   * @param rates the device's
   * @return seconds
   */
  public double floor(DeviceRates rates) {
    return costs.stream().mapToDouble(rates::seconds).sum();
  }
}
