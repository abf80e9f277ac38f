package io.darkroom.pipeline;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import io.darkroom.checkpoint.ComponentWeights;
import io.darkroom.checkpoint.DiffusersDirectory;
import io.darkroom.checkpoint.JsonConfig;
import io.darkroom.checkpoint.ModelException;
import io.darkroom.image.RgbImage;
import io.darkroom.network.Autoencoder;
import io.darkroom.network.AutoencoderConfig;
import io.darkroom.network.TextEncoder;
import io.darkroom.network.TextEncoderConfig;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.sampling.NoiseSchedule;
import io.darkroom.sampling.PredictionType;
import io.darkroom.sampling.Sampler;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.SchedulerConfig;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.TokenizedPrompt;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Text to image with a latent diffusion model (Rombach et al., arXiv 2112.10752): prompt, tokens,
 * text embedding; noise, U-Net with guidance and sampler, step by step; decoder, picture.
 */
public final class DiffusionPipeline implements TextToImage {
  private static final String ENCODE = "encode";
  private static final int DEFAULT_STEPS = 50;
  private static final double DEFAULT_GUIDANCE = 7.5;
  private static final String DEFAULT_SAMPLER = "ddim";

  /**
   * A bigger batch gains nothing once a pass keeps the device busy; this many latent elements do.
   */
  private static final int BUSY_ELEMENTS = 32 * 1024;

  private static final int ACTIVATIONS = 48;

  private final DiffusersDirectory directory;
  private final Compute compute;
  private final SchedulerConfig scheduler;
  private final UNetConfig unetConfig;
  private final AutoencoderConfig autoencoderConfig;
  private final ModelDefaults defaults;
  private final NoiseSchedule schedule;
  private final Optional<LatentPreview> preview;
  private final OpenResources resources;
  private final NDManager manager;
  private final ClipTokenizer tokenizer;
  private final LoadedModule generators;
  private final LoadedModule textEncoder;
  private final LoadedModule unet;
  private final LoadedModule decoder;

  private DiffusionPipeline(
      DiffusersDirectory directory, Compute compute, OpenResources resources) {
    this.directory = directory;
    this.compute = compute;
    this.resources = resources;
    this.manager = resources.keep(NDManager.newBaseManager(compute.device(), "PyTorch"));
    JsonConfig schedulerSettings = directory.settings("scheduler");
    this.scheduler = SchedulerConfig.parse(schedulerSettings.json(), schedulerSettings.source());
    TextEncoderConfig textConfig = TextEncoderConfig.parse(directory.settings("text_encoder"));
    JsonConfig unetSettings = directory.settings("unet");
    this.unetConfig = UNetConfig.parse(unetSettings);
    this.autoencoderConfig = AutoencoderConfig.parse(directory.settings("vae"));
    requireFit(textConfig, unetSettings.source());
    this.defaults = readDefaults();
    this.schedule = NoiseSchedule.of(scheduler);
    this.preview = LatentPreview.of(directory.generationDefaults(), autoencoderConfig);
    this.tokenizer = resources.keep(ClipTokenizer.open(directory.tokenizer()));
    requireFit(textConfig, tokenizer);
    this.generators = resources.keep(SeededNoise.load(manager));
    this.textEncoder = resources.keep(loadTextEncoder(textConfig));
    this.unet = resources.keep(loadUNet());
    this.decoder = resources.keep(loadDecoder(compute.precision()));
  }

  /**
   * Loads a model.
   *
   * @param model a directory in diffusers' layout
   * @param options where and in which precision to run it
   * @return the pipeline; the caller closes it
   * @throws ModelException if the model is missing, malformed or not supported
   * @throws InvalidRequestException if this machine has no such device
   * @throws OutOfMemoryException if the weights do not fit
   */
  public static DiffusionPipeline open(Path model, ComputeOptions options) {
    DiffusersDirectory directory = DiffusersDirectory.open(model);
    Compute compute = Compute.choose(options);
    OpenResources resources = new OpenResources();
    try {
      return new DiffusionPipeline(directory, compute, resources);
    } catch (EngineException e) {
      resources.close();
      throw explained(e, "the model's weights; try --dtype fp16 or bf16");
    } catch (RuntimeException | Error e) {
      resources.close();
      throw e;
    }
  }

  // ---------------------------------------------------------------- loading

  private LoadedModule loadTextEncoder(TextEncoderConfig config) {
    try (ComponentWeights weights = new ComponentWeights(directory.weights("text_encoder"))) {
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      Script script = new Script(compute.precision());
      Method encode = script.method(ENCODE);
      TextEncoder encoder = new TextEncoder(config);
      encode.returns(
          encoder
              .encode(catalog.root(), encode.tensor("ids", 1))
              .last()
              .to(Precision.Format.FLOAT32));
      catalog.requireAllUsed(TextEncoder::isLeftover);
      return LoadedModule.load(script, manager, weights::load);
    }
  }

  private LoadedModule loadUNet() {
    try (ComponentWeights weights = new ComponentWeights(directory.weights("unet"))) {
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      Script script = new Script(compute.precision());
      new UNet(unetConfig).writeTo(catalog.root(), script);
      catalog.requireAllUsed(name -> false);
      return LoadedModule.load(script, manager, weights::load);
    }
  }

  private LoadedModule loadDecoder(Precision precision) {
    try (ComponentWeights weights = new ComponentWeights(directory.weights("vae"))) {
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      Autoencoder autoencoder = new Autoencoder(autoencoderConfig);
      Script script = new Script(precision);
      autoencoder.writeDecoderTo(catalog.root(), script);
      // The encoder is written only to hold its weights against the config.
      autoencoder.writeEncoderTo(catalog.root(), new Script(precision));
      catalog.requireAllUsed(name -> false);
      return LoadedModule.load(script, manager, weights::load);
    }
  }

  private void requireFit(TextEncoderConfig text, String source) {
    if (unetConfig.contextWidth() != text.hiddenSize()) {
      throw new ModelException(
          "%s: cross_attention_dim is %d, but the text encoder gives %d"
              .formatted(source, unetConfig.contextWidth(), text.hiddenSize()));
    }
    int channels = autoencoderConfig.latentChannels();
    if (unetConfig.inChannels() != channels || unetConfig.outChannels() != channels) {
      throw new ModelException(
          "%s: in_channels %d and out_channels %d, but the autoencoder has %d; only text-to-image"
                  .formatted(source, unetConfig.inChannels(), unetConfig.outChannels(), channels)
              + " models can be run so far, not ones for inpainting or depth");
    }
  }

  private void requireFit(TextEncoderConfig text, ClipTokenizer tokenizer) {
    if (tokenizer.maxLength() > text.maxPositions()
        || tokenizer.vocabularySize() > text.vocabularySize()) {
      throw new ModelException(
          "%s: the tokenizer has %d tokens and up to %d a prompt, the text encoder %d and %d"
              .formatted(
                  directory.tokenizer(),
                  tokenizer.vocabularySize(),
                  tokenizer.maxLength(),
                  text.vocabularySize(),
                  text.maxPositions()));
    }
  }

  private ModelDefaults readDefaults() {
    int side = unetConfig.sampleSize() * autoencoderConfig.factor();
    JsonConfig wishes =
        directory
            .generationDefaults()
            .map(json -> JsonConfig.of(directory.name() + "/darkroom.json", json))
            .orElseGet(() -> JsonConfig.of("", new com.google.gson.JsonObject()));
    String published =
        scheduler
            .schedulerClass()
            .flatMap(SamplerKind::fromSchedulerClass)
            .map(SamplerKind::optionName)
            .orElse(DEFAULT_SAMPLER);
    return new ModelDefaults(
        wishes.integer("width", side),
        wishes.integer("height", side),
        wishes.integer("steps", DEFAULT_STEPS),
        wishes.number("guidance_scale", DEFAULT_GUIDANCE),
        wishes.text("sampler", published),
        wishes.number("eta", 0));
  }

  // ---------------------------------------------------------------- facts

  @Override
  public ModelDefaults defaults() {
    return defaults;
  }

  @Override
  public String modelName() {
    return directory.name();
  }

  @Override
  public String modelHash() {
    return directory.hash();
  }

  @Override
  public String fingerprint() {
    return directory.fingerprint();
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
  public void check(ImageRequest request) {
    int factor = autoencoderConfig.factor();
    requireMultiple("width", request.width(), factor);
    requireMultiple("height", request.height(), factor);
    long elements = (long) request.width() * request.height() / factor / factor;
    if (elements > Integer.MAX_VALUE / (4L * factor * factor)) {
      throw new InvalidRequestException(
          "a picture of %dx%d is too large to be made"
              .formatted(request.width(), request.height()));
    }
    sampler(request).close();
  }

  private static void requireMultiple(String side, int pixels, int factor) {
    if (pixels % factor != 0) {
      int below = pixels / factor * factor;
      String nearest = below == 0 ? Integer.toString(factor) : below + " or " + (below + factor);
      throw new InvalidRequestException(
          "%s %d is not a multiple of %d; the nearest is %s"
              .formatted(side, pixels, factor, nearest));
    }
  }

  private Sampler sampler(ImageRequest request) {
    try {
      return SamplerKind.named(request.sampler()).create(scheduler, request.steps(), request.eta());
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }

  @Override
  public int chooseBatchSize(ImageRequest request, int pictures) {
    int factor = autoencoderConfig.factor();
    int elements = Math.max(1, request.width() / factor * (request.height() / factor));
    int busy = compute.device().isGpu() ? BUSY_ELEMENTS : BUSY_ELEMENTS / 32;
    long together = Math.min(pictures, busy / elements);
    OptionalLong free = FreeMemory.bytes(compute.device());
    if (free.isPresent()) {
      together = Math.min(together, free.getAsLong() / 2 / denoisingBytes(request, elements));
    }
    return (int) Math.max(1, together);
  }

  /**
   * What a picture adds to a batch's memory: the top level's activations, of which some dozens are
   * alive at the worst moment. A rough guess on the safe side, which half the free memory is held
   * against; what does not fit all the same is tried again in smaller pieces.
   */
  private long denoisingBytes(ImageRequest request, long elements) {
    int bytes = compute.precision().compute() == Precision.Format.FLOAT32 ? 4 : 2;
    int samples = request.guidanceScale() > 1 ? 2 : 1;
    return elements * unetConfig.blocks().get(0).channels() * ACTIVATIONS * bytes * samples;
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
    try (NDManager scratch = manager.newSubManager();
        Sampler sampler = sampler(first)) {
      long start = System.nanoTime();
      NDArray text = embedPrompts(requests, listener, scratch);
      long encoded = System.nanoTime();
      NDArray latents = denoise(requests, sampler, text, listener, scratch);
      long denoised = System.nanoTime();
      List<RgbImage> images = decode(latents, listener);
      long decoded = System.nanoTime();
      RenderedImage.Seconds seconds =
          new RenderedImage.Seconds(
              share(start, encoded, requests),
              share(encoded, denoised, requests),
              share(denoised, decoded, requests));
      List<RenderedImage> rendered = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        rendered.add(new RenderedImage(requests.get(i), images.get(i), seconds));
      }
      return rendered;
    } catch (EngineException e) {
      throw explained(
          e,
          "%d picture(s) of %dx%d; try a smaller size or --batch-size 1"
              .formatted(requests.size(), first.width(), first.height()));
    }
  }

  private static double share(long from, long to, List<ImageRequest> requests) {
    return (to - from) / 1e9 / requests.size();
  }

  /**
   * Tokens through the text encoder, each distinct prompt once.
   *
   * @return {@code [batch, length, width]}; with guidance twice the batch, the negative prompts
   *     first
   */
  private NDArray embedPrompts(
      List<ImageRequest> requests, PipelineListener listener, NDManager scratch) {
    List<String> prompts = new ArrayList<>();
    if (isGuided(requests)) {
      requests.forEach(request -> prompts.add(request.negativePrompt()));
    }
    requests.forEach(request -> prompts.add(request.prompt()));
    Map<String, Integer> rows = new LinkedHashMap<>();
    prompts.forEach(prompt -> rows.putIfAbsent(prompt, rows.size()));

    int length = tokenizer.maxLength();
    long[] ids = new long[rows.size() * length];
    Set<String> warnings = new LinkedHashSet<>();
    rows.forEach(
        (prompt, row) -> {
          TokenizedPrompt tokens = tokenizer.encode(prompt);
          System.arraycopy(tokens.ids(), 0, ids, row * length, length);
          if (!tokens.lost().isBlank()) {
            warnings.add(
                "the prompt is longer than %d tokens; this part has no effect: %s"
                    .formatted(length - 2, tokens.lost().strip()));
          }
        });
    warnings.forEach(listener::onWarning);
    NDArray embeddings =
        textEncoder.callForTensor(ENCODE, scratch.create(ids, new Shape(rows.size(), length)));
    long[] order = prompts.stream().mapToLong(rows::get).toArray();
    return embeddings.get(scratch.create(order));
  }

  private static boolean isGuided(List<ImageRequest> requests) {
    return requests.get(0).guidanceScale() > 1;
  }

  private NDArray denoise(
      List<ImageRequest> requests,
      Sampler sampler,
      NDArray text,
      PipelineListener listener,
      NDManager scratch) {
    ImageRequest first = requests.get(0);
    int factor = autoencoderConfig.factor();
    long[] seeds = requests.stream().mapToLong(ImageRequest::seed).toArray();
    float[] timesteps = new float[sampler.evaluations()];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = (float) sampler.timestep(i);
    }
    try (SeededNoise noise =
            new SeededNoise(
                generators,
                seeds,
                autoencoderConfig.latentChannels(),
                first.height() / factor,
                first.width() / factor,
                scratch);
        IValue times = call(UNet.EMBED_TIMES, scratch.create(timesteps));
        IValue contexts = call(UNet.EMBED_CONTEXT, text);
        IValue guidance = IValue.from(first.guidanceScale())) {
      NDArray latents = noise.next();
      if (sampler.initialNoiseSigma() != 1) {
        latents.muli((float) sampler.initialNoiseSigma());
      }
      for (int i = 0; i < timesteps.length; i++) {
        try (NDManager step = scratch.newSubManager()) {
          NDArray prediction =
              predict(latents, sampler.inputScale(i), times, i, contexts, guidance, step);
          if (preview.isPresent() && listener.wantsPreview(i + 1, timesteps.length)) {
            listener.onPreview(preview(latents, prediction, sampler.timestep(i)));
          }
          NDArray next = sampler.step(i, prediction, latents, noise);
          latents.close();
          latents = next;
        }
        listener.onStep(i + 1, timesteps.length);
      }
      return latents;
    }
  }

  private RgbImage preview(NDArray latents, NDArray prediction, double timestep) {
    PredictionType type = scheduler.predictionType().orElse(PredictionType.EPSILON);
    double alphaCumprod = schedule.alphaCumprod((int) Math.round(timestep));
    try (NDArray clean = type.clean(alphaCumprod).of(latents, prediction)) {
      return preview.orElseThrow().picture(clean);
    }
  }

  private IValue call(String method, NDArray argument) {
    try (IValue value = IValue.from((PtNDArray) argument)) {
      return unet.call(method, value);
    }
  }

  private NDArray predict(
      NDArray latents,
      double inputScale,
      IValue times,
      int evaluation,
      IValue contexts,
      IValue guidance,
      NDManager step) {
    NDArray input = latents;
    if (inputScale != 1) {
      input = latents.mul((float) inputScale);
      input.attach(step);
    }
    boolean guided = guidance.toDouble() > 1;
    try (IValue x = IValue.from((PtNDArray) input);
        IValue index = IValue.from((long) evaluation);
        IValue prediction =
            guided
                ? unet.call(UNet.DENOISE_GUIDED, x, times, index, contexts, guidance)
                : unet.call(UNet.DENOISE, x, times, index, contexts)) {
      return prediction.toTensor((ai.djl.pytorch.engine.PtNDManager) step);
    }
  }

  private List<RgbImage> decode(NDArray latents, PipelineListener listener) {
    List<RgbImage> images = new ArrayList<>();
    // One by one: the decoder's memory, not its speed, is what limits a batch.
    for (int i = 0; i < latents.getShape().get(0); i++) {
      try (NDArray latent = latents.get(i + ":" + (i + 1))) {
        images.add(decodeOne(decoder, latent).orElseGet(() -> decodeInFloat32(latent, listener)));
      }
    }
    return images;
  }

  private RgbImage decodeInFloat32(NDArray latent, PipelineListener listener) {
    if (!compute.precision().equals(Precision.FLOAT32)) {
      listener.onWarning(
          "the decoder overflowed in " + compute.dtype() + "; decoding once more in fp32");
      try (LoadedModule precise = loadDecoder(Precision.FLOAT32)) {
        Optional<RgbImage> image = decodeOne(precise, latent);
        if (image.isPresent()) {
          return image.get();
        }
      }
    }
    throw new BrokenPictureException(
        "the picture came out as NaN (not a number); the model's weights are damaged, or the"
            + " precision is too low: try --dtype fp32");
  }

  private static Optional<RgbImage> decodeOne(LoadedModule decoder, NDArray latent) {
    List<NDArray> results = decoder.callForTensors(Autoencoder.DECODE_TO_BYTES, latent);
    try (NDArray pixels = results.get(0);
        NDArray finite = results.get(1)) {
      if (!finite.getBoolean()) {
        return Optional.empty();
      }
      Shape shape = pixels.getShape();
      byte[] rgb = pixels.toByteArray();
      return Optional.of(new RgbImage((int) shape.get(2), (int) shape.get(1), rgb));
    }
  }

  private static RuntimeException explained(EngineException e, String what) {
    String message = String.valueOf(e.getMessage());
    boolean memory =
        Arrays.stream(new String[] {"out of memory", "can't allocate memory", "alloc"})
            .anyMatch(message.toLowerCase(java.util.Locale.ROOT)::contains);
    return memory ? new OutOfMemoryException("out of memory for " + what, e) : e;
  }

  @Override
  public void close() {
    resources.close();
  }
}
