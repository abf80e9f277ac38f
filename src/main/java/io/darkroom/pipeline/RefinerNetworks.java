package io.darkroom.pipeline;

import ai.djl.ndarray.NDManager;
import io.darkroom.base.OpenResources;
import io.darkroom.conditioning.KnownEmbeddings;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.conditioning.TextPart;
import io.darkroom.conditioning.TextStage;
import io.darkroom.lora.Adapters;
import io.darkroom.network.DecoderConfig;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.NetworkLoader;
import io.darkroom.runtime.OffloadableUNet;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.EmbeddingTable;
import io.darkroom.torchscript.LoadedModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A refiner's own networks: text encoder and U-Net. The autoencoder is that of the model whose
 * latents it goes on with; no LoRA is merged into it.
 */
final class RefinerNetworks implements AutoCloseable {
  private final ModelConfigs configs;
  private final KnownEmbeddings embeddings;
  private final OpenResources resources = new OpenResources();
  private final List<NetworkLoader.Network> encoders;
  private final NetworkLoader.UNetNetwork network;
  private Optional<Loaded> loaded = Optional.empty();

  /** What is there once the memory is shared out. */
  private record Loaded(PromptEncoder promptEncoder, OffloadableUNet unet, Denoiser denoiser) {}

  /**
   * Writes the networks and holds them against their weights.
   *
   * @param configs the refiner
   * @param embeddings what prompts may name
   * @param compute in which precision they run
   * @param manager whose device they are loaded to
   * @throws io.darkroom.base.ModelException if weights and configs do not fit
   */
  RefinerNetworks(
      ModelConfigs configs, KnownEmbeddings embeddings, Compute compute, NDManager manager) {
    this.configs = configs;
    this.embeddings = embeddings;
    NetworkLoader loader = new NetworkLoader(configs.source(), Adapters.none(), manager);
    this.encoders =
        configs.textParts().stream()
            .map(part -> part.network(loader, compute.precision()))
            .toList();
    this.network = loader.unet(configs.unet(), compute.precision());
  }

  /** {@return the bytes of its U-Net} */
  long unetBytes() {
    return network.bytes();
  }

  /** {@return the bytes of its text encoders} */
  long encoderBytes() {
    return encoders.stream().mapToLong(NetworkLoader.Network::bytes).sum();
  }

  /**
   * Loads the networks, as far as they are to stay in memory.
   *
   * @param memory knows which do
   * @param generators from {@link SeededNoise#load}
   * @param encoder the other model's, for pictures that a pass begins with
   * @param autoencoder the other model's
   * @param preview how unfinished latents are shown, if they can be
   * @throws io.darkroom.base.ModelException if weights cannot be read
   */
  void load(
      MemoryPlan memory,
      LoadedModule generators,
      LatentEncoder encoder,
      DecoderConfig autoencoder,
      Optional<? extends Preview> preview) {
    List<TextStage> stages = new ArrayList<>();
    for (int i = 0; i < encoders.size(); i++) {
      TextPart part = configs.textParts().get(i);
      ClipTokenizer tokenizer = resources.keep(part.openTokenizer(configs.source()));
      EmbeddingTable table = part.embeddings(embeddings, tokenizer);
      stages.add(
          resources.keep(
              new TextStage(
                  tokenizer,
                  table,
                  resources.keep(memory.settle(encoders.get(i))),
                  part.slot().output(),
                  part.config().layers())));
    }
    OffloadableUNet unet = resources.keep(new OffloadableUNet(network));
    if (!memory.takesTurns()) {
      unet.module();
    }
    loaded =
        Optional.of(
            new Loaded(
                new PromptEncoder(stages, configs.unet(), configs.noNegative()),
                unet,
                new Denoiser(
                    unet::module, generators, encoder, configs.unet(), autoencoder, preview)));
  }

  /** {@return what turns prompts into what its U-Net attends to} */
  PromptEncoder promptEncoder() {
    return loaded.orElseThrow().promptEncoder();
  }

  /** {@return what denoises} */
  Denoiser denoiser() {
    return loaded.orElseThrow().denoiser();
  }

  /** Frees its U-Net's memory until it is used again. */
  void leave() {
    loaded.orElseThrow().unet().leave();
  }

  @Override
  public void close() {
    resources.close();
  }
}
