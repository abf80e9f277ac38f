package io.darkroom.pipeline;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.OpenResources;
import io.darkroom.base.Sha256;
import io.darkroom.checkpoint.AutoencoderFacts;
import io.darkroom.checkpoint.Component;
import io.darkroom.checkpoint.ModelFiles;
import io.darkroom.checkpoint.ModelSource;
import io.darkroom.image.RgbImage;
import io.darkroom.lora.AdaptableLayers;
import io.darkroom.lora.Adapters;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraHash;
import io.darkroom.lora.LoraTag;
import io.darkroom.network.AutoencoderConfig;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.TinyAutoencoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Start;
import io.darkroom.sampling.Sampler;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.SchedulerConfig;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.EmbeddingTable;
import io.darkroom.text.OfferedEmbedding;
import io.darkroom.text.TextualInversion;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Text to image with a latent diffusion model (Rombach et al., arXiv 2112.10752): prompt, tokens,
 * text embedding; noise, U-Net with guidance and sampler, step by step; decoder, picture.
 */
public final class DiffusionPipeline implements TextToImage {
  private static final String WEIGHTS =
      "the model's weights; try --dtype fp16 or bf16, or --offload always";

  private final ModelSource source;
  private final Map<Path, LoraHash> loraHashes = new ConcurrentHashMap<>();
  private final Compute compute;
  private final SchedulerConfig scheduler;
  private final UNetConfig unetConfig;
  private final DecoderConfig autoencoderConfig;
  private final PictureSettings defaults;
  private final KnownEmbeddings embeddings;
  private final OpenResources resources;
  private final NDManager manager;
  private final Optional<? extends Preview> preview;
  private final List<TextReader> textReaders = new ArrayList<>();
  private final LoadedModule generators;
  private final OffloadableNetwork decoderNetwork;
  private final Precision decoding;
  private final LatentDecoder decoder;
  private final LatentEncoder encoder;
  private final MemoryPlan memory;

  /** For reading prompts it needs no weights: it does while other LoRAs are merged. */
  private volatile PromptEncoder promptEncoder;

  private volatile Optional<MergedNetworks> networks = Optional.empty();
  private Optional<String> fingerprint = Optional.empty();
  private Optional<AdaptableLayers> layers = Optional.empty();

  /** What a text encoder reads, which no LoRA changes. */
  private record TextReader(TextPart part, ClipTokenizer tokenizer) {
    TextStage stage(OffloadableNetwork encoder, EmbeddingTable embeddings) {
      return new TextStage(
          tokenizer, embeddings, encoder, part.slot().output(), part.config().layers());
    }
  }

  /** The networks that LoRAs change, which come and go together. */
  private record MergedNetworks(Adapters adapters, Denoiser denoiser, OpenResources resources) {}

  private DiffusionPipeline(
      ModelSource source,
      ComputeOptions options,
      Compute compute,
      MemoryGauge gauge,
      OpenResources resources) {
    this.source = source;
    this.compute = compute;
    this.resources = resources;
    this.manager = resources.keep(NDManager.newBaseManager(compute.device(), "PyTorch"));
    JsonConfig schedulerSettings = source.settings(Component.SCHEDULER);
    this.scheduler = SchedulerConfig.parse(schedulerSettings.json(), schedulerSettings.source());
    JsonConfig unetSettings = source.settings(Component.UNET);
    this.unetConfig = UNetConfig.parse(unetSettings);
    this.autoencoderConfig = DecoderConfig.parse(source.settings(Component.AUTOENCODER));
    List<TextPart> textParts = TextPart.of(source, unetConfig);
    requireFit(textParts, unetSettings.source());
    this.defaults =
        DefaultSettings.of(
            source, scheduler, unetConfig.sampleSize() * autoencoderConfig.vaeScaleFactor());
    this.preview =
        options.previewDecoder().isPresent()
            ? Optional.of(loadPreview(options.previewDecoder().get()))
            : LatentPreview.of(
                source.generationDefaults(), autoencoderConfig.latentChannels(), latentScale());
    for (TextPart part : textParts) {
      ClipTokenizer tokenizer = resources.keep(part.openTokenizer(source));
      textReaders.add(new TextReader(part, tokenizer));
    }
    this.embeddings = new KnownEmbeddings(options.embeddings(), this::requireUsable);
    this.generators = resources.keep(SeededNoise.load(manager));
    resources.keep(this::unload);
    NetworkLoader loader = new NetworkLoader(source, Adapters.none(), manager);
    // SDXL's decoder overflows in half precision; diffusers' SDXL pipeline alone heeds the warning.
    boolean upcast = source.kind().heedsForceUpcast() && autoencoderConfig.forceUpcast();
    this.decoding = upcast ? Precision.FLOAT32 : compute.precision();
    this.memory =
        new MemoryPlan(compute, unetConfig, autoencoderConfig, decoding, options.offload(), gauge);
    NetworkLoader.Network network = loader.decoder(autoencoderConfig, decoding);
    Compute autoencoding =
        new Compute(compute.device(), upcast ? "fp32" : compute.dtype(), decoding);
    this.encoder =
        new LatentEncoder(
            () -> loader.encoder(autoencoderConfig, decoding).load(),
            autoencoding,
            autoencoderConfig,
            gauge);
    load(adapters(options.loras()), network.bytes());
    this.decoderNetwork = resources.keep(memory.settle(network));
    this.decoder =
        new LatentDecoder(
            decoderNetwork,
            autoencoding,
            () -> loader.decoder(autoencoderConfig, Precision.FLOAT32).load(),
            autoencoderConfig,
            gauge);
  }

  private void requireUsable(TextualInversion embedding) {
    textReaders.forEach(reader -> reader.part().requireUsable(embedding, reader.tokenizer()));
  }

  /** Loads the networks that LoRAs change, in place of the old ones. Takes charge of the LoRAs. */
  private void load(Adapters adapters, long decoderBytes) {
    OpenResources opened = new OpenResources();
    opened.keep(adapters);
    try {
      List<OfferedEmbedding> bundled = embeddings.bundledWith(adapters.choices());
      unload(); // first: the memory may hold one model and not two
      NetworkLoader loader = new NetworkLoader(source, adapters, manager);
      List<NetworkLoader.Network> encoders =
          textReaders.stream()
              .map(reader -> reader.part().network(loader, compute.precision()))
              .toList();
      NetworkLoader.UNetNetwork unet = loader.unet(unetConfig, compute.precision());
      long encoderBytes = encoders.stream().mapToLong(NetworkLoader.Network::bytes).sum();
      memory.begin(unet.bytes(), encoderBytes + decoderBytes, defaults);
      embeddings.setOfLoras(bundled);
      List<TextStage> stages = new ArrayList<>();
      for (int i = 0; i < encoders.size(); i++) {
        OffloadableNetwork encoder = opened.keep(memory.settle(encoders.get(i)));
        TextReader reader = textReaders.get(i);
        EmbeddingTable table = reader.part().embeddings(embeddings, reader.tokenizer());
        stages.add(opened.keep(reader.stage(encoder, table)));
      }
      TextPart.requireEqualLengths(source, stages);
      promptEncoder = new PromptEncoder(stages, unetConfig, noNegative());
      Denoiser denoiser =
          new Denoiser(
              opened.keep(unet.load()),
              generators,
              encoder,
              unetConfig,
              autoencoderConfig,
              preview);
      networks = Optional.of(new MergedNetworks(adapters, denoiser, opened));
    } catch (RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  private Adapters adapters(List<LoraChoice> loras) {
    return loras.isEmpty() ? Adapters.none() : Adapters.open(loras, layers());
  }

  private synchronized AdaptableLayers layers() {
    if (layers.isEmpty()) {
      layers = Optional.of(AdaptableLayers.of(source, source.kind().adaptableNetworks()));
    }
    return layers.get();
  }

  private void unload() {
    Optional<MergedNetworks> old = networks;
    networks = Optional.empty();
    old.ifPresent(merged -> merged.resources().close());
  }

  @Override
  public synchronized void merge(List<LoraChoice> loras) {
    if (networks.isPresent() && loras.equals(loras())) {
      return;
    }
    Adapters adapters = adapters(loras); // first: what cannot be merged leaves all as it is
    try {
      load(adapters, decoderNetwork.residentBytes());
    } catch (EngineException e) {
      throw explained(e, WEIGHTS);
    }
  }

  /**
   * Loads a model.
   *
   * @param model a directory in diffusers' layout, or a single-file checkpoint
   * @param options where and in which precision to run it, and with which embeddings
   * @return the pipeline; the caller closes it
   * @throws ModelException if the model is missing, malformed or not supported
   * @throws InvalidRequestException if this machine has no such device
   * @throws OutOfMemoryException if the weights do not fit
   */
  public static DiffusionPipeline open(Path model, ComputeOptions options) {
    return open(ModelFiles.of(model), options);
  }

  /**
   * Loads a model.
   *
   * @param model its files, in any layout
   * @param options where and in which precision to run it
   * @return the pipeline; the caller closes it
   * @throws ModelException if the model is missing, malformed or not supported
   * @throws InvalidRequestException if this machine has no such device
   * @throws OutOfMemoryException if the weights do not fit
   */
  public static DiffusionPipeline open(ModelFiles model, ComputeOptions options) {
    return open(model.open(), options);
  }

  /**
   * Loads a model.
   *
   * @param source the model, opened
   * @param options where and in which precision to run it
   * @return the pipeline; the caller closes it
   * @throws ModelException if the model is malformed or not supported
   * @throws InvalidRequestException if this machine has no such device
   * @throws OutOfMemoryException if the weights do not fit
   */
  public static DiffusionPipeline open(ModelSource source, ComputeOptions options) {
    return open(source, options, MemoryGauge.MACHINE);
  }

  static DiffusionPipeline open(ModelSource source, ComputeOptions options, MemoryGauge gauge) {
    Compute compute = Compute.choose(options);
    OpenResources resources = new OpenResources();
    try {
      return new DiffusionPipeline(source, options, compute, gauge, resources);
    } catch (EngineException e) {
      resources.closeAfter(e);
      throw explained(e, WEIGHTS);
    } catch (RuntimeException | Error e) {
      resources.closeAfter(e);
      throw e;
    }
  }

  // ---------------------------------------------------------------- loading

  private void requireFit(List<TextPart> textParts, String source) {
    TextPart.requireFit(textParts, unetConfig, source);
    int channels = autoencoderConfig.latentChannels();
    int extra = unetConfig.extraChannels();
    boolean isInpainting = extra == 1 + channels;
    if (unetConfig.outChannels() != channels || extra != 0 && !isInpainting) {
      throw new ModelException(
          "%s: in_channels %d and out_channels %d, but the autoencoder has %d; models for text and"
                  .formatted(source, unetConfig.inChannels(), unetConfig.outChannels(), channels)
              + " for inpainting can be run, not ones for depth or for changes by instruction");
    }
  }

  private Preview loadPreview(Path path) {
    ModelSource tiny = ModelFiles.forPreviews(source, path);
    TinyAutoencoderConfig config =
        TinyAutoencoderConfig.parse(tiny.settings(Component.AUTOENCODER));
    NetworkLoader loader = new NetworkLoader(tiny, Adapters.none(), manager);
    return new DecodedPreview(
        resources.keep(loader.previewDecoder(config, compute.precision()).load()), config);
  }

  /** A tiny autoencoder takes latents as they are; what they were scaled with the U-Net tells. */
  private double latentScale() {
    if (autoencoderConfig instanceof AutoencoderConfig known) {
      return known.scalingFactor();
    }
    return source.kind().latentScale();
  }

  /**
   * For Stable Diffusion 1 and 2 no negative prompt is an empty one, for SDXL zeros: diffusers'
   * {@code StableDiffusionXLPipeline.encode_prompt}, {@code zero_out_negative_prompt}.
   */
  private PromptEncoder.NoNegative noNegative() {
    return source.zeroesNoNegative()
        ? PromptEncoder.NoNegative.ZEROS
        : PromptEncoder.NoNegative.ENCODED;
  }

  @Override
  public boolean tellsEmptyNegativePromptApart() {
    return noNegative() == PromptEncoder.NoNegative.ZEROS;
  }

  // ---------------------------------------------------------------- facts

  @Override
  public PictureSettings defaults() {
    return defaults;
  }

  @Override
  public String modelName() {
    return source.name();
  }

  @Override
  public String modelHash() {
    return source.hash();
  }

  @Override
  public String fingerprint() {
    return fingerprint(loras());
  }

  @Override
  public String fingerprint(List<LoraChoice> loras) {
    String merged = Adapters.fingerprint(ownFingerprint(), loras, this::loraHash);
    if (embeddings.given().isEmpty()) {
      return merged;
    }
    return Sha256.of(merged + new TreeMap<>(embeddings()));
  }

  private synchronized String ownFingerprint() {
    if (fingerprint.isEmpty()) {
      fingerprint = Optional.of(source.fingerprint());
    }
    return fingerprint.get();
  }

  @Override
  public List<LoraChoice> loras() {
    return networks.map(merged -> merged.adapters().choices()).orElse(List.of());
  }

  @Override
  public List<LoraHash> loraHashes() {
    return loras().stream().map(LoraChoice::file).map(this::loraHash).toList();
  }

  private LoraHash loraHash(Path file) {
    return loraHashes.computeIfAbsent(file, LoraHash::of);
  }

  @Override
  public Optional<AutoencoderFacts> separateAutoencoder() {
    return source.separateAutoencoder();
  }

  @Override
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>(source.warnings());
    replacedScheduler().ifPresent(warnings::add);
    networks.ifPresent(merged -> warnings.addAll(merged.adapters().warnings()));
    memory.warning().ifPresent(warnings::add);
    return warnings;
  }

  /** What to say where the sampler that the model was published with is not here. */
  private Optional<String> replacedScheduler() {
    return scheduler
        .schedulerClass()
        .filter(name -> SamplerKind.publishedWith(scheduler).isEmpty())
        .map(
            name ->
                "%s names the scheduler %s, which Darkroom does not know; %s is taken in its place where --sampler does not say another"
                    .formatted(
                        scheduler.source(), OneLine.of(name), defaults.sampler().optionName()));
  }

  @Override
  public Map<String, String> embeddings() {
    return hashes(embeddings.given());
  }

  @Override
  public Map<String, String> embeddings(Predicate<String> name) {
    return embeddings.named(name);
  }

  @Override
  public Map<String, String> embeddingsOfFolders(ImageRequest request) {
    return hashes(embeddings.ofFolders(promptEncoder.embeddings(request)));
  }

  @Override
  public Map<String, String> embeddings(ImageRequest request) {
    return hashes(promptEncoder.embeddings(request));
  }

  private static Map<String, String> hashes(List<TextualInversion> embeddings) {
    Map<String, String> hashes = new LinkedHashMap<>();
    embeddings.forEach(embedding -> hashes.put(embedding.name(), embedding.hash()));
    return hashes;
  }

  @Override
  public boolean dependsOnPromptSyntax(ImageRequest request, List<LoraChoice> loras) {
    return embeddings.areBundledWith(loras) || promptEncoder.dependsOnSyntax(request);
  }

  @Override
  public String device() {
    return compute.deviceName();
  }

  @Override
  public String dtype() {
    return compute.dtype();
  }

  @Override
  public List<String> check(ImageRequest request, List<LoraChoice> loras) {
    requireLoras(request, loras);
    checkWithoutLoras(request);
    try (Adapters adapters = adapters(loras)) {
      return adapters.warnings();
    }
  }

  @Override
  public void check(ImageRequest request) {
    requireLoras(request, loras());
    checkWithoutLoras(request);
  }

  private void checkWithoutLoras(ImageRequest request) {
    PictureSettings settings = request.settings();
    new PictureSizes(autoencoderConfig.vaeScaleFactor()).check(settings.width(), settings.height());
    promptEncoder.check(request);
    checkStart(request);
    try (Sampler sampler = sampler(request)) {
      StartingPoint.firstEvaluation(request, sampler);
    }
  }

  private void checkStart(ImageRequest request) {
    boolean needsMask = unetConfig.extraChannels() > 0;
    if (needsMask && !(request.start() instanceof Start.Inpaint)) {
      throw new InvalidRequestException(
          modelName()
              + " is a model for inpainting: give it a picture with --init-image and a mask with"
              + " --mask");
    }
    if (request.start() instanceof Start.Inpaint inpaint
        && needsMask
        && inpaint.edge() == Start.MaskEdge.SOFT) {
      throw new InvalidRequestException(
          modelName() + " sees the mask itself, black and white: leave the soft mask out");
    }
    if (!(request.start() instanceof Start.Noise)
        && autoencoderConfig instanceof TinyAutoencoderConfig) {
      throw new InvalidRequestException(
          "a tiny autoencoder cannot encode a picture to begin with; leave --vae out");
    }
  }

  /** The weights are merged already: a prompt may only ask for what is in them. */
  private static void requireLoras(ImageRequest request, List<LoraChoice> loras) {
    for (LoraTag tag : PromptLoras.in(request.prompt())) {
      boolean merged =
          loras.stream()
              .anyMatch(
                  lora -> lora.isCalled(tag.name()) && lora.strength().equals(tag.strength()));
      if (!merged) {
        throw new InvalidRequestException(
            "the prompt asks for <lora:%s:%s>, which is not merged into the model; give it with"
                    .formatted(tag.name(), tag.strength())
                + " --lora FILE:%s or --lora-dir DIR".formatted(tag.strength()));
      }
    }
  }

  private Sampler sampler(ImageRequest request) {
    try {
      PictureSettings settings = request.settings();
      return settings
          .sampler()
          .create(
              scheduler.with(settings.prediction()),
              settings.schedule(),
              settings.steps(),
              settings.eta());
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }

  @Override
  public double work(ImageRequest request) {
    try (Sampler sampler = sampler(request)) {
      return denoiser().plan(request, sampler).work();
    }
  }

  @Override
  public int sizeFactor() {
    return autoencoderConfig.vaeScaleFactor();
  }

  @Override
  public int chooseBatchSize(ImageRequest request, int pictures) {
    long aside = preview.map(Preview::workingBytes).orElse(0L);
    return memory.batchSize(request.settings(), pictures, aside);
  }

  // ---------------------------------------------------------------- the road

  @Override
  public List<RenderedImage> generate(List<ImageRequest> requests, PipelineListener listener) {
    ImageRequest first = requests.get(0);
    for (ImageRequest request : requests) {
      if (!request.sharesBatchWith(first)) {
        throw new IllegalArgumentException("the requests do not share a batch");
      }
      check(request);
    }
    // A picture must not feel how long its neighbours' texts are.
    Map<Integer, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < requests.size(); i++) {
      groups
          .computeIfAbsent(promptEncoder.chunks(requests.get(i)), chunks -> new ArrayList<>())
          .add(i);
    }
    RenderedImage[] rendered = new RenderedImage[requests.size()];
    int group = 0;
    for (List<Integer> places : groups.values()) {
      List<RenderedImage> pictures =
          paint(
              places.stream().map(requests::get).toList(),
              groups.size() == 1 ? listener : new PartListener(listener, group++, groups.size()));
      for (int i = 0; i < pictures.size(); i++) {
        rendered[places.get(i)] = pictures.get(i);
      }
    }
    return List.of(rendered);
  }

  private List<RenderedImage> paint(List<ImageRequest> requests, PipelineListener listener) {
    Denoiser denoiser = denoiser(); // first: without weights there are no texts to encode either
    PictureSettings settings = requests.get(0).settings();
    memory.requireRoom(settings, listener);
    try (NDManager scratch = manager.newSubManager();
        Sampler sampler = sampler(requests.get(0))) {
      long start = System.nanoTime();
      UNetConditioning conditioning = promptEncoder.embed(requests, listener, scratch);
      embeddings.takeWarnings().forEach(listener::onWarning);
      memory.makeRoomForDenoising(settings, requests.size(), listener);
      long encoded = System.nanoTime();
      NDArray latents = denoiser.denoise(requests, sampler, conditioning, listener, scratch);
      long denoised = System.nanoTime();
      memory.makeRoomForDecoding(settings, listener);
      List<RgbImage> images = decoder.decode(latents, listener);
      long decoded = System.nanoTime();
      RenderedImage.Seconds seconds =
          new RenderedImage.Seconds(
              share(start, encoded, requests),
              share(encoded, denoised, requests),
              share(denoised, decoded, requests));
      List<RenderedImage> rendered = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        ImageRequest request = requests.get(i);
        rendered.add(new RenderedImage(request, PasteBack.of(request, images.get(i)), seconds));
      }
      return rendered;
    } catch (EngineException e) {
      throw explained(e, memory.tooMuch(settings, requests.size()));
    }
  }

  private static double share(long from, long to, List<ImageRequest> requests) {
    return (to - from) / 1e9 / requests.size();
  }

  /**
   * Takes the road apart, for those who measure its parts.
   *
   * @param requests requests of equal settings
   * @param listener hears of warnings and of each step
   * @return the stages of this batch, which the caller closes before this pipeline
   * @throws InvalidRequestException if the model cannot serve a request
   */
  public PictureStages stages(List<ImageRequest> requests, PipelineListener listener) {
    if (unetConfig.extraChannels() > 0) {
      throw new InvalidRequestException(
          modelName() + " is a model for inpainting, which cannot be measured so far");
    }
    requests.forEach(this::check);
    return new PictureStages(
        requests,
        listener,
        manager,
        () -> sampler(requests.get(0)),
        promptEncoder,
        denoiser(),
        decoder);
  }

  private Denoiser denoiser() {
    return networks
        .orElseThrow(() -> new IllegalStateException("no weights are loaded"))
        .denoiser();
  }

  /**
   * The number formats that the U-Net and the text encoders compute in.
   *
   * @return weights' and arithmetic's
   */
  public Precision precision() {
    return compute.precision();
  }

  /**
   * The number formats that the decoder computes in.
   *
   * @return weights' and arithmetic's
   */
  public Precision decoderPrecision() {
    return decoder.precision();
  }

  /** Tells a lack of memory from other failures of the engine. */
  static RuntimeException explained(EngineException e, String what) {
    return EngineMemory.isExhausted(String.valueOf(e.getMessage()))
        ? new OutOfMemoryException("out of memory for " + what, e)
        : e;
  }

  @Override
  public void close() {
    resources.close();
  }
}
