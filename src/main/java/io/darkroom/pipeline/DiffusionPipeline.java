package io.darkroom.pipeline;

import ai.djl.engine.EngineException;
import io.darkroom.base.ModelException;
import io.darkroom.base.OpenResources;
import io.darkroom.conditioning.KnownEmbeddings;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.lora.Adapters;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraHash;
import io.darkroom.model.AutoencoderFacts;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.runtime.AttentionTuner;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.EngineMemory;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.runtime.OutOfMemoryException;
import io.darkroom.text.TextualInversion;
import io.darkroom.torchscript.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;

/**
 * Text to image with a latent diffusion model (Rombach et al., arXiv 2112.10752): prompt, tokens,
 * text embedding; noise, U-Net with guidance and sampler, step by step; decoder, picture.
 */
public final class DiffusionPipeline implements TextToImage {
  /** What did not fit where a model cannot be opened, and what to do. */
  static final String WEIGHTS =
      "the model's weights; try --dtype fp16 or bf16, or --offload always";

  private final ModelConfigs configs;
  private final Compute compute;
  private final ModelIdentity identity;
  private final RequestChecks checks;
  private final ModelNetworks networks;
  private final FutureTask<String> hash;
  private final FutureTask<Optional<RefinerFacts>> refiner;

  private DiffusionPipeline(
      ModelConfigs configs,
      Optional<ModelConfigs> refiner,
      Compute compute,
      ModelIdentity identity,
      ModelNetworks networks) {
    this.configs = configs;
    this.compute = compute;
    this.identity = identity;
    this.checks = new RequestChecks(configs, refiner);
    this.networks = networks;
    this.hash = new FutureTask<>(configs.source()::hash);
    this.refiner =
        new FutureTask<>(
            () ->
                refiner
                    .map(ModelConfigs::source)
                    .map(model -> new RefinerFacts(model.name(), model.hash())));
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
    Compute compute = Compute.choose(options.device(), options.dtype());
    OpenResources resources = new OpenResources();
    try {
      ModelConfigs configs = ModelConfigs.read(source);
      ModelIdentity identity = new ModelIdentity(source);
      Optional<ModelConfigs> refiner = source.refiner().map(ModelConfigs::read);
      refiner.ifPresent(configs::requireRefinedBy);
      ModelNetworks networks =
          new ModelNetworks(configs, refiner, identity, options, compute, gauge, resources);
      return new DiffusionPipeline(configs, refiner, compute, identity, networks);
    } catch (EngineException e) {
      resources.closeAfter(e);
      throw EngineMemory.explained(e, WEIGHTS);
    } catch (RuntimeException | Error e) {
      resources.closeAfter(e);
      throw e;
    }
  }

  // ---------------------------------------------------------------- the model

  @Override
  public PictureSettings defaults() {
    return configs.defaults();
  }

  @Override
  public String modelName() {
    return configs.source().name();
  }

  @Override
  public String modelHash() {
    return result(hash);
  }

  private static <T> T result(FutureTask<T> task) {
    task.run(); // nothing happens if another thread has begun it
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ModelException failure
          ? new ModelException(failure.getMessage(), failure)
          : new IllegalStateException(e.getCause());
    }
  }

  @Override
  public String fingerprint() {
    return fingerprint(loras());
  }

  @Override
  public Optional<AutoencoderFacts> separateAutoencoder() {
    return configs.source().separateAutoencoder();
  }

  @Override
  public Optional<RefinerFacts> refiner() {
    return result(refiner);
  }

  @Override
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>(configs.source().warnings());
    configs.replacedScheduler().ifPresent(warnings::add);
    warnings.addAll(networks.warnings());
    return warnings;
  }

  @Override
  public String device() {
    return compute.deviceName();
  }

  @Override
  public String dtype() {
    return compute.dtype();
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
    return networks.decoder().precision();
  }

  @Override
  public int sizeFactor() {
    return configs.autoencoder().vaeScaleFactor();
  }

  // ---------------------------------------------------------------- LoRAs

  @Override
  public List<LoraChoice> loras() {
    return networks.loras();
  }

  @Override
  public List<LoraHash> loraHashes() {
    return loras().stream().map(LoraChoice::file).map(identity::hash).toList();
  }

  @Override
  public String fingerprint(List<LoraChoice> loras) {
    return identity.fingerprint(loras, embeddings());
  }

  @Override
  public void merge(List<LoraChoice> loras) {
    try {
      networks.merge(loras);
    } catch (EngineException e) {
      throw EngineMemory.explained(e, WEIGHTS);
    }
  }

  @Override
  public List<String> check(ImageRequest request, List<LoraChoice> loras) {
    checks.check(request, loras, networks.promptEncoders());
    try (Adapters adapters = identity.adapters(loras)) {
      return adapters.warnings();
    }
  }

  // ---------------------------------------------------------------- prompts

  @Override
  public Map<String, String> embeddings() {
    return hashes(networks.embeddings().given());
  }

  @Override
  public Map<String, String> embeddings(Predicate<String> name) {
    return networks.embeddings().named(name);
  }

  @Override
  public Map<String, String> embeddingsOfFolders(ImageRequest request) {
    KnownEmbeddings known = networks.embeddings();
    return hashes(known.ofFolders(networks.promptEncoder().embeddings(request)));
  }

  @Override
  public Map<String, String> embeddings(ImageRequest request) {
    return hashes(networks.promptEncoder().embeddings(request));
  }

  private static Map<String, String> hashes(List<TextualInversion> embeddings) {
    Map<String, String> hashes = new LinkedHashMap<>();
    embeddings.forEach(embedding -> hashes.put(embedding.name(), embedding.hash()));
    return hashes;
  }

  @Override
  public boolean dependsOnPromptSyntax(ImageRequest request, List<LoraChoice> loras) {
    return networks.embeddings().areBundledWith(loras)
        || networks.promptEncoder().dependsOnSyntax(request);
  }

  @Override
  public boolean tellsEmptyNegativePromptApart() {
    return configs.noNegative() == PromptEncoder.NoNegative.ZEROS;
  }

  // ---------------------------------------------------------------- pictures

  @Override
  public void check(ImageRequest request) {
    checks.check(request, loras(), networks.promptEncoders());
  }

  @Override
  public double work(ImageRequest request) {
    try (PassPlan plan = checks.plan(request)) {
      // In passes of a latent of the first pass's size.
      Denoiser first = networks.denoiser(plan.first().model());
      double latent = first.cost(plan.first()) / first.work(plan.first());
      return plan.passes().stream()
              .mapToDouble(pass -> networks.denoiser(pass.model()).cost(pass))
              .sum()
          / latent;
    }
  }

  @Override
  public int chooseBatchSize(ImageRequest request, int pictures) {
    return networks.memory().batchSize(largest(request), pictures, networks.previewBytes());
  }

  @Override
  public int copiesThatFit(ImageRequest request, int pictures) {
    return networks.memory().copies(largest(request), pictures);
  }

  /** The last pass is the largest one. */
  private PictureSettings largest(ImageRequest request) {
    try (PassPlan plan = checks.plan(request)) {
      return plan.last().settings();
    }
  }

  @Override
  public int threads() {
    return networks.threads();
  }

  /**
   * How the U-Net's attention is computed on this device, where there is a choice.
   *
   * @return what has been chosen for the pictures so far; empty on GPUs and in float32
   */
  public List<AttentionTuner.Choice> attentionChoices() {
    return networks.denoiser().attentionChoices();
  }

  @Override
  public void limitThreads(int most) {
    networks.limitThreads(most);
  }

  @Override
  public List<RenderedImage> generate(List<ImageRequest> requests, PipelineListener listener) {
    ImageRequest first = requests.get(0);
    for (ImageRequest request : requests) {
      if (!request.sharesBatchWith(first)) {
        throw new IllegalArgumentException("the requests do not share a batch");
      }
      check(request);
    }
    return new DiffusionRun(networks, checks, listener).paint(requests);
  }

  /**
   * Takes the way from prompt to picture apart, for those who measure its stages.
   *
   * @param requests requests of equal settings
   * @param listener hears of warnings and of each step
   * @return the stages of this batch, which the caller closes before this pipeline
   * @throws InvalidRequestException if the model cannot serve a request
   */
  public PictureStages stages(List<ImageRequest> requests, PipelineListener listener) {
    if (configs.isForInpainting() || configs.isForInstructions()) {
      throw new InvalidRequestException(
          modelName() + " needs a source picture, which bench does not have");
    }
    requests.forEach(this::check);
    return new PictureStages(requests, listener, networks, () -> checks.plan(requests.get(0)));
  }

  @Override
  public void close() {
    networks.close();
  }
}
