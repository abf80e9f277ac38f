package io.darkroom.pipeline;

import ai.djl.ndarray.NDManager;
import io.darkroom.base.OpenResources;
import io.darkroom.conditioning.KnownEmbeddings;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.conditioning.TextPart;
import io.darkroom.conditioning.TextStage;
import io.darkroom.lora.Adapters;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.Component;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.network.TinyAutoencoderConfig;
import io.darkroom.request.PictureSettings;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.CpuThreads;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.runtime.NetworkLoader;
import io.darkroom.runtime.OffloadableNetwork;
import io.darkroom.runtime.OffloadableUNet;
import io.darkroom.runtime.OutOfMemoryException;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.EmbeddingTable;
import io.darkroom.text.OfferedEmbedding;
import io.darkroom.text.TextualInversion;
import io.darkroom.torchscript.ConvolutionPadding;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The networks of a model, loaded. The autoencoder stays; text encoders and U-Net are loaded anew
 * when other LoRAs are merged into them.
 */
final class ModelNetworks implements AutoCloseable {
  private final ModelConfigs configs;
  private final ModelIdentity identity;
  private final ComputeOptions options;
  private final Compute compute;
  private final NDManager manager;
  private final OpenResources resources;
  private final Optional<? extends Preview> preview;
  private final List<TextReader> textReaders = new ArrayList<>();
  private final KnownEmbeddings embeddings;
  private final LoadedModule generators;
  private final MemoryPlan memory;
  private final OffloadableNetwork decoderNetwork;
  private final LatentDecoder decoder;
  private final LatentEncoder encoder;
  private final Optional<RefinerNetworks> refiner;

  /** For reading prompts it needs no weights: it does while other LoRAs are merged. */
  private volatile PromptEncoder promptEncoder;

  private volatile Optional<Merged> merged = Optional.empty();
  private volatile CpuThreads threads;

  /** What a text encoder reads, which no LoRA changes. */
  private record TextReader(TextPart part, ClipTokenizer tokenizer) {
    TextStage stage(OffloadableNetwork encoder, EmbeddingTable embeddings) {
      return new TextStage(
          tokenizer, embeddings, encoder, part.slot().output(), part.config().layers());
    }
  }

  /** The networks that LoRAs change, which come and go together. */
  private record Merged(
      Adapters adapters, OffloadableUNet unet, Denoiser denoiser, OpenResources resources) {}

  /**
   * Loads all networks.
   *
   * @param configs the model
   * @param refinerConfigs what goes on with its latents
   * @param identity opens LoRAs for it
   * @param options the user's wishes
   * @param compute where and in which precision they run
   * @param gauge tells what memory there is
   * @param resources what is opened is kept there; closed with these networks, and by the caller if
   *     this constructor fails
   * @throws io.darkroom.base.ModelException if weights are missing, malformed or do not fit
   * @throws OutOfMemoryException if they are too much
   */
  ModelNetworks(
      ModelConfigs configs,
      Optional<ModelConfigs> refinerConfigs,
      ModelIdentity identity,
      ComputeOptions options,
      Compute compute,
      MemoryGauge gauge,
      OpenResources resources) {
    this.configs = configs;
    this.identity = identity;
    this.options = options;
    this.compute = compute;
    this.resources = resources;
    this.threads = CpuThreads.of(options.threads());
    this.manager = resources.keep(NDManager.newBaseManager(compute.device(), "PyTorch"));
    this.preview =
        options.previewDecoder().isPresent()
            ? Optional.of(loadPreview(options.previewDecoder().get()))
            : LatentPreview.of(
                configs.source().generationDefaults(),
                configs.autoencoder().latentChannels(),
                configs.latentScale());
    for (TextPart part : configs.textParts()) {
      ClipTokenizer tokenizer = resources.keep(part.openTokenizer(configs.source()));
      textReaders.add(new TextReader(part, tokenizer));
    }
    this.embeddings = new KnownEmbeddings(options.embeddings(), this::requireUsable);
    this.generators = resources.keep(SeededNoise.load(manager));
    resources.keep(this::unload);
    NetworkLoader loader = new NetworkLoader(configs.source(), Adapters.none(), manager);
    boolean upcast = configs.upcastsAutoencoder();
    Precision precision = upcast ? Precision.FLOAT32 : compute.precision();
    Compute autoencoding =
        new Compute(compute.device(), upcast ? "fp32" : compute.dtype(), precision);
    this.memory =
        new MemoryPlan(
            compute, configs.unet(), configs.autoencoder(), precision, options.offload(), gauge);
    NetworkLoader.Network network =
        loader.decoder(configs.autoencoder(), precision, ConvolutionPadding.ZEROS);
    this.encoder =
        new LatentEncoder(
            padding -> loader.encoder(configs.autoencoder(), precision, padding).load(),
            autoencoding,
            configs.autoencoder(),
            configs.latentScale(),
            gauge);
    this.refiner =
        refinerConfigs.map(
            known -> resources.keep(new RefinerNetworks(known, embeddings, compute, manager)));
    load(identity.adapters(options.loras()), network.bytes());
    refiner.ifPresent(
        known -> known.load(memory, generators, encoder, configs.autoencoder(), preview));
    this.decoderNetwork = resources.keep(memory.settle(network));
    this.decoder =
        new LatentDecoder(
            decoderNetwork,
            autoencoding,
            (other, padding) -> loader.decoder(configs.autoencoder(), other, padding).load(),
            configs.autoencoder(),
            gauge);
  }

  private Preview loadPreview(Path path) {
    ModelSource tiny = ModelFiles.forPreviews(configs.source(), path);
    TinyAutoencoderConfig config =
        TinyAutoencoderConfig.parse(tiny.settings(Component.AUTOENCODER));
    NetworkLoader loader = new NetworkLoader(tiny, Adapters.none(), manager);
    return new DecodedPreview(
        resources.keep(loader.previewDecoder(config, compute.precision()).load()), config);
  }

  private void requireUsable(TextualInversion embedding) {
    textReaders.forEach(reader -> reader.part().requireUsable(embedding, reader.tokenizer()));
  }

  /** Loads the networks that LoRAs change, in place of the old ones. Takes charge of the LoRAs. */
  private void load(Adapters adapters, long decoderBytes) {
    OpenResources opened = new OpenResources();
    opened.keep(adapters);
    threads.useAll();
    try {
      List<OfferedEmbedding> bundled = embeddings.bundledWith(adapters.choices());
      unload(); // first: the memory may hold one model and not two
      NetworkLoader loader = new NetworkLoader(configs.source(), adapters, manager);
      List<NetworkLoader.Network> encoders =
          textReaders.stream()
              .map(reader -> reader.part().network(loader, compute.precision()))
              .toList();
      NetworkLoader.UNetNetwork unet = loader.unet(configs.unet(), compute.precision());
      long encoderBytes = encoders.stream().mapToLong(NetworkLoader.Network::bytes).sum();
      List<Long> unets = new ArrayList<>(List.of(unet.bytes()));
      refiner.ifPresent(known -> unets.add(known.unetBytes()));
      long refinerBytes = refiner.map(RefinerNetworks::encoderBytes).orElse(0L);
      memory.begin(unets, encoderBytes + refinerBytes + decoderBytes, configs.defaults());
      embeddings.setOfLoras(bundled);
      List<TextStage> stages = new ArrayList<>();
      for (int i = 0; i < encoders.size(); i++) {
        OffloadableNetwork network = opened.keep(memory.settle(encoders.get(i)));
        TextReader reader = textReaders.get(i);
        EmbeddingTable table = reader.part().embeddings(embeddings, reader.tokenizer());
        stages.add(opened.keep(reader.stage(network, table)));
      }
      TextPart.requireEqualLengths(configs.source(), stages);
      promptEncoder = new PromptEncoder(stages, configs.unet(), configs.noNegative());
      OffloadableUNet loaded = opened.keep(new OffloadableUNet(unet));
      loaded.module(); // what cannot be loaded is told at once
      Denoiser denoiser =
          new Denoiser(
              loaded::module, generators, encoder, configs.unet(), configs.autoencoder(), preview);
      merged = Optional.of(new Merged(adapters, loaded, denoiser, opened));
    } catch (RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  private void unload() {
    Optional<Merged> old = merged;
    merged = Optional.empty();
    old.ifPresent(networks -> networks.resources().close());
  }

  /**
   * Merges other LoRAs into the model's own weights.
   *
   * @param loras what to merge, in order
   * @throws io.darkroom.base.ModelException if a LoRA does not fit, and all stays as it is; or if
   *     weights cannot be read any more, and nothing is loaded
   * @throws OutOfMemoryException if the weights do not fit, and nothing is loaded
   */
  synchronized void merge(List<LoraChoice> loras) {
    if (merged.isPresent() && loras.equals(loras())) {
      return;
    }
    Adapters adapters = identity.adapters(loras); // first: what cannot be merged changes nothing
    load(adapters, decoderNetwork.residentBytes());
  }

  /**
   * What is merged.
   *
   * @return the LoRAs, in order; none while nothing is loaded
   */
  List<LoraChoice> loras() {
    return merged.map(networks -> networks.adapters().choices()).orElse(List.of());
  }

  /**
   * What the user should know of the networks.
   *
   * @return a line each
   */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    merged.ifPresent(networks -> warnings.addAll(networks.adapters().warnings()));
    warnings.addAll(memory.warnings());
    return warnings;
  }

  /**
   * What denoises.
   *
   * @return the U-Net with its loop
   * @throws IllegalStateException if nothing is loaded
   */
  Denoiser denoiser() {
    return merged().denoiser();
  }

  private Merged merged() {
    return merged.orElseThrow(() -> new IllegalStateException("no weights are loaded"));
  }

  /**
   * What denoises in a pass.
   *
   * @param model whose pass it is
   * @return its U-Net with its loop
   * @throws IllegalStateException if nothing is loaded
   */
  Denoiser denoiser(DenoisingPass.Model model) {
    return switch (model) {
      case BASE -> denoiser();
      case REFINER -> refiner.orElseThrow().denoiser();
    };
  }

  /**
   * What turns prompts into what the U-Net of a pass attends to.
   *
   * @param model whose pass it is
   */
  PromptEncoder promptEncoder(DenoisingPass.Model model) {
    return switch (model) {
      case BASE -> promptEncoder;
      case REFINER -> refiner.orElseThrow().promptEncoder();
    };
  }

  /**
   * A pass begins: where the memory has no room for both U-Nets, the other one leaves it.
   *
   * @param model whose pass it is
   */
  void enter(DenoisingPass.Model model) {
    if (refiner.isPresent() && memory.takesTurns()) {
      if (model == DenoisingPass.Model.REFINER) {
        merged().unet().leave();
      } else {
        refiner.get().leave();
      }
    }
  }

  /**
   * Makes the noise of pictures.
   *
   * @param seeds theirs
   * @param channels of their latents
   * @param height of the latents
   * @param width of the latents
   * @param scratch owns the draws
   * @return the generators, which the caller closes
   */
  SeededNoise noise(PictureSeeds seeds, int channels, int height, int width, NDManager scratch) {
    return new SeededNoise(generators, seeds, channels, height, width, scratch);
  }

  /** What turns prompts into what the U-Net attends to. */
  PromptEncoder promptEncoder() {
    return promptEncoder;
  }

  /** The model's, and the refiner's if there is one. */
  List<PromptEncoder> promptEncoders() {
    return Stream.concat(
            Stream.of(promptEncoder), refiner.stream().map(RefinerNetworks::promptEncoder))
        .toList();
  }

  /** The embeddings that prompts may name. */
  KnownEmbeddings embeddings() {
    return embeddings;
  }

  /** What turns latents into pictures. */
  LatentDecoder decoder() {
    return decoder;
  }

  /** What makes latents larger between two passes. */
  LatentEnlarger enlarger() {
    return new LatentEnlarger(decoder, encoder, options);
  }

  /**
   * Lets no more threads of the processor compute together than so many, from the next batch on.
   *
   * @param most 1 or more
   */
  void limitThreads(int most) {
    threads = threads.atMost(most);
  }

  /** How many threads of the processor compute together at most. */
  int threads() {
    return threads.most();
  }

  /**
   * Lets as many threads compute what the calling thread asks for as pay for a picture. However
   * many are denoised together, it is the same number: a picture's last bits depend on it.
   *
   * @param settings the picture's
   */
  void useThreadsFor(PictureSettings settings) {
    threads.useFor(
        FirstLevel.of(configs.unet(), configs.autoencoder(), settings, 1).convolutionOperations());
  }

  /** What fits into the memory. */
  MemoryPlan memory() {
    return memory;
  }

  /** The bytes that previews take beside the networks while pictures are denoised. */
  long previewBytes() {
    return preview.map(Preview::workingBytes).orElse(0L);
  }

  /** Makes a manager for what lives as long as one batch of pictures. */
  NDManager newScratch() {
    return manager.newSubManager();
  }

  @Override
  public void close() {
    resources.close();
  }
}
