package io.darkroom.runtime;

import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.lora.Adapters;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.ModelSource;
import io.darkroom.network.Autoencoder;
import io.darkroom.network.AutoencoderConfig;
import io.darkroom.network.Decoder;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.TinyAutoencoder;
import io.darkroom.network.TinyAutoencoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.network.UNetScripts;
import io.darkroom.torchscript.ConvolutionPadding;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Writes a model's networks and gives them its weights. Every weight that a config implies must be
 * there, and none that it does not.
 */
public final class NetworkLoader {
  private final ModelSource source;
  private final Adapters adapters;
  private final NDManager manager;

  /**
   * Prepares to load.
   *
   * @param source the model
   * @param adapters what is merged into its weights; still the caller's
   * @param manager whose device to load to
   */
  public NetworkLoader(ModelSource source, Adapters adapters, NDManager manager) {
    this.source = source;
    this.adapters = adapters;
    this.manager = manager;
  }

  /**
   * A network that has been written and held against its weights, which are not loaded yet.
   *
   * @param loader who loads them
   * @param component its name
   * @param script its code
   * @param bytes how much memory its weights take
   */
  public record Network(NetworkLoader loader, Component component, Script script, long bytes) {
    /**
     * Loads it; as often as it is wanted.
     *
     * @return the module, which the caller closes
     * @throws ModelException if the weights cannot be read any more
     */
    public LoadedModule load() {
      try (ComponentWeights weights = loader.source.weights(component)) {
        return LoadedModule.load(
            script, loader.manager, loader.adapters.merging(component, weights));
      }
    }
  }

  /** How a network is written: its methods into the script, its weights out of the catalogue. */
  @FunctionalInterface
  public interface Writing {
    /**
     * Writes the network.
     *
     * @param catalog the weights that there are
     * @param script what is written to
     */
    public void write(WeightCatalog catalog, Script script);
  }

  /**
   * A U-Net that has been written and held against its weights, which are not loaded yet.
   *
   * @param network its weights, and what is computed once per picture
   * @param scripts what is computed at each step
   */
  public record UNetNetwork(Network network, UNetScripts scripts) {
    /**
     * How much memory its weights take.
     *
     * @return bytes
     */
    public long bytes() {
      return network.bytes();
    }

    /**
     * Loads it.
     *
     * @return the U-Net, which the caller closes
     * @throws ModelException if the weights cannot be read any more
     */
    public UNetModule load() {
      return new UNetModule(
          scripts,
          network.load(),
          AttentionTuner.of(network.loader().manager, network.script().precision()));
    }
  }

  /**
   * The U-Net.
   *
   * @param config its architecture
   * @param precision what it computes in
   * @return the network, not yet loaded
   * @throws ModelException if weights and config do not fit
   */
  public UNetNetwork unet(UNetConfig config, Precision precision) {
    try (ComponentWeights weights = source.weights(Component.UNET)) {
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      UNetScripts scripts = new UNetScripts(config, catalog.root(), precision);
      catalog.requireAllUsed(name -> false);
      return new UNetNetwork(network(Component.UNET, weights, scripts.conditioning()), scripts);
    }
  }

  /**
   * The autoencoder's decoder; its method is {@link Autoencoder#DECODE_TO_BYTES}.
   *
   * @param config the autoencoder's architecture
   * @param precision what it computes in
   * @param padding what its convolutions see beyond the borders; in strips it is always zeros
   * @return the network, not yet loaded
   * @throws ModelException if weights and config do not fit
   */
  public Network decoder(DecoderConfig config, Precision precision, ConvolutionPadding padding) {
    Decoder decoder = Decoder.of(config);
    return write(
        source.kind().autoencoder(),
        new Script(precision, padding),
        (catalog, script) -> {
          decoder.writeDecoderTo(catalog.root(), script);
          if (catalog.shapes().keySet().stream().anyMatch(name -> name.startsWith("encoder."))) {
            decoder.claimOthers(catalog.root());
          }
        },
        decoder::isLeftover);
  }

  /**
   * The autoencoder's encoder; its methods are {@link Autoencoder#SAMPLE_LATENTS} and {@link
   * Autoencoder#SAMPLE_LATENTS_IN_STRIPS}.
   *
   * @param config the autoencoder's architecture
   * @param precision what it computes in
   * @param padding what its convolutions see beyond the borders; in strips it is always zeros
   * @return the network, not yet loaded
   * @throws ModelException if weights and config do not fit, or there is no encoder
   */
  public Network encoder(DecoderConfig config, Precision precision, ConvolutionPadding padding) {
    if (!(config instanceof AutoencoderConfig known)) {
      throw new ModelException(
          "a tiny autoencoder can only decode; leave --vae out to begin with a picture");
    }
    Autoencoder autoencoder = new Autoencoder(known);
    return write(
        Component.AUTOENCODER,
        new Script(precision, padding),
        (catalog, script) -> {
          autoencoder.writeEncoderTo(catalog.root(), script);
          autoencoder.writeDecoderTo(catalog.root(), new Script(Precision.FLOAT32));
        },
        autoencoder::isLeftover);
  }

  /**
   * A tiny autoencoder's decoder for previews; its method is {@link
   * TinyAutoencoder#DECODE_SMALLER}.
   *
   * @param config its architecture
   * @param precision what it computes in
   * @return the network, not yet loaded
   * @throws ModelException if weights and config do not fit
   */
  public Network previewDecoder(TinyAutoencoderConfig config, Precision precision) {
    TinyAutoencoder tiny = new TinyAutoencoder(config);
    return write(
        Component.AUTOENCODER,
        precision,
        (catalog, script) -> tiny.writePreviewTo(catalog.root(), script),
        tiny::isLeftover);
  }

  /**
   * Any network.
   *
   * @param component which one
   * @param precision what it computes in
   * @param writing how it is written
   * @param leftover tells which weights may be there that no network reads
   * @return the network, not yet loaded
   * @throws ModelException if weights and config do not fit
   */
  public Network write(
      Component component, Precision precision, Writing writing, Predicate<String> leftover) {
    return write(component, new Script(precision), writing, leftover);
  }

  private Network write(
      Component component, Script script, Writing writing, Predicate<String> leftover) {
    try (ComponentWeights weights = source.weights(component)) {
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      writing.write(catalog, script);
      catalog.requireAllUsed(leftover);
      return network(component, weights, script);
    }
  }

  private Network network(Component component, ComponentWeights weights, Script script) {
    return new Network(this, component, script, bytes(script, weights.shapes()));
  }

  private static long bytes(Script script, Map<String, long[]> shapes) {
    long elements =
        script.weightNames().stream()
            .mapToLong(name -> Arrays.stream(shapes.get(name)).reduce(1, (a, b) -> a * b))
            .sum();
    return elements * script.precision().storage().bytes();
  }
}
