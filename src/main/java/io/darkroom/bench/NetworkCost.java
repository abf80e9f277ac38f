package io.darkroom.bench;

import io.darkroom.network.Autoencoder;
import io.darkroom.network.Decoder;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.StepSizes;
import io.darkroom.network.UNetConfig;
import io.darkroom.network.UNetScripts;
import io.darkroom.torchscript.Cost;
import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.OperationCounter;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Value.Shaped;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * What one call of a network costs, counted in the graph that is emitted for it.
 *
 * @param costs of each instruction
 */
public record NetworkCost(List<Cost> costs) {
  private static final int FLOAT32 = Precision.Format.FLOAT32.bytes();

  /** Takes its own copy. */
  public NetworkCost {
    costs = List.copyOf(costs);
  }

  /**
   * Counts a step of the U-Net.
   *
   * @param config its architecture
   * @param precision its number formats
   * @param step what it sees
   * @return the cost of one call
   */
  public static NetworkCost of(UNetConfig config, Precision precision, StepSizes step) {
    UNetScripts scripts = new UNetScripts(config, newWeights(), precision);
    return new NetworkCost(step.count(scripts, config).costs());
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

  /**
   * The cost of several calls.
   *
   * @param calls how many
   * @return the cost of all
   */
  NetworkCost times(int calls) {
    return new NetworkCost(
        Collections.nCopies(calls, costs).stream().flatMap(List::stream).toList());
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
