package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.OpenResources;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.conditioning.UNetConditioning;
import io.darkroom.network.Branches;
import io.darkroom.network.StepInput;
import io.darkroom.network.StepSizes;
import io.darkroom.network.StepVariant;
import io.darkroom.network.StepVariant.DeepLayers;
import io.darkroom.network.TimeInput;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.pipeline.EvaluationPlan.Evaluation;
import io.darkroom.request.GuidanceSettings;
import io.darkroom.runtime.UNetModule;
import io.darkroom.sampling.Sampler;
import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.ConvolutionPadding;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The U-Net's calls while a batch is denoised: what does not depend on the latents is computed
 * beforehand, and what one call leaves for the next is kept. For one thread.
 */
final class UNetRun implements Predictor {
  private final UNetModule unet;
  private final UNetConfig config;
  private final EvaluationPlan plan;
  private final ConvolutionPadding padding;
  private final AttentionForms attention;
  private final OpenResources resources = new OpenResources();
  private final Optional<Told> both;
  private final Optional<Told> promptAlone;

  /** What is the same at each step. */
  private final Map<StepInput<?>, EngineValue> constants = new HashMap<>();

  private Optional<EngineValue> kept = Optional.empty();

  /** What the U-Net is told of time and text, in the form that it has for each layer. */
  private record Told(EngineValue times, EngineValue contexts) {}

  /**
   * Prepares the calls.
   *
   * @param unet the U-Net; still the caller's
   * @param config tells what it wants to know
   * @param plan what it does at which evaluation
   * @param padding what its convolutions see beyond the borders
   * @param settings how strictly the prompt is followed
   * @param sampler tells the timesteps
   * @param latents {@code [batch, C, h, w]} of what it is going to see
   * @param conditioning what {@link PromptEncoder#embed} gave
   * @param scratch whose device is used
   */
  UNetRun(
      UNetModule unet,
      UNetConfig config,
      EvaluationPlan plan,
      ConvolutionPadding padding,
      GuidanceSettings settings,
      Sampler sampler,
      Shape latents,
      UNetConditioning conditioning,
      NDManager scratch) {
    this.unet = unet;
    this.config = config;
    this.plan = plan;
    this.padding = padding;
    int count = sampler.evaluations();
    float[] timesteps = new float[count];
    for (int i = 0; i < count; i++) {
      timesteps[i] = (float) sampler.timestep(i);
    }
    try {
      this.attention = unet.attention(config, sizes(latents, conditioning));
      // Before anything waits for it: a step is not to compile.
      plan.evaluations().forEach(evaluation -> unet.step(variant(evaluation), attention));
      NDArray times = scratch.create(timesteps);
      double scale = settings.scale();
      this.both =
          plan.hasGuided() ? Optional.of(tell(times, conditioning, scale)) : Optional.empty();
      this.promptAlone =
          plan.hasUnguided()
              ? Optional.of(tell(times, conditioning.ofPromptAlone(), scale))
              : Optional.empty();
      double[] inputScales = IntStream.range(0, count).mapToDouble(sampler::inputScale).toArray();
      keep(StepInput.SCALES, EngineValue.ofNumbers(inputScales));
      keep(StepInput.GUIDANCE, EngineValue.of(scale));
      keep(StepInput.RESCALE, EngineValue.of(settings.rescale()));
      keep(StepInput.PICTURE_GUIDANCE, EngineValue.of(settings.pictureScale()));
    } catch (RuntimeException | Error e) {
      resources.closeAfter(e); // a device that is short of memory wants it back at once
      throw e;
    }
  }

  private void keep(StepInput<?> input, EngineValue value) {
    constants.put(input, resources.keep(value));
  }

  private Told tell(NDArray times, UNetConditioning conditioning, double scale) {
    Map<TimeInput, NDArray> inputs = new EnumMap<>(TimeInput.class);
    inputs.put(TimeInput.TIMESTEPS, times);
    conditioning.addition().ifPresent(addition -> inputs.putAll(addition.inputs()));
    conditioning.classes().ifPresent(classes -> inputs.put(TimeInput.CLASSES, classes));
    if (config.embedsGuidance()) {
      NDArray guidance = times.getManager().create(new float[] {(float) (scale - 1)});
      inputs.put(TimeInput.GUIDANCE, guidance);
    }
    List<NDArray> arguments = config.timeInputs().stream().map(inputs::get).toList();
    LoadedModule module = unet.conditioning();
    return new Told(
        resources.keep(module.call(UNet.EMBED_TIMES, arguments)),
        resources.keep(module.call(UNet.EMBED_CONTEXT, List.of(conditioning.context()))));
  }

  /** What the U-Net sees where it sees both branches, and where it sees one. */
  private List<StepSizes> sizes(Shape latents, UNetConditioning conditioning) {
    List<StepSizes> sizes = new ArrayList<>();
    for (boolean guided : new boolean[] {true, false}) {
      if (guided ? plan.hasGuided() : plan.hasUnguided()) {
        sizes.add(
            new StepSizes(
                (int) latents.get(0),
                latents.get(2),
                latents.get(3),
                conditioning.context().getShape().get(1),
                1,
                guided));
      }
    }
    return sizes;
  }

  private StepVariant variant(Evaluation evaluation) {
    return new StepVariant(
        evaluation.guided() ? config.guidedBranches() : Branches.PROMPT,
        evaluation.deepLayers(),
        config.extraChannels(),
        padding);
  }

  @Override
  public NDArray predict(NDArray latents, Optional<NDArray> extra, int evaluation, NDManager step) {
    StepVariant variant = variant(plan.at(evaluation));
    Told told = (variant.branches().areGuided() ? both : promptAlone).orElseThrow();
    if (variant.deepLayers() != DeepLayers.REUSED) {
      forget();
    }
    try (OpenResources call = new OpenResources();
        EngineValue x = EngineValue.of(latents);
        EngineValue index = EngineValue.of((long) evaluation)) {
      Map<StepInput<?>, EngineValue> inputs = new HashMap<>(constants);
      extra.ifPresent(beside -> inputs.put(StepInput.EXTRA, call.keep(EngineValue.of(beside))));
      inputs.put(StepInput.LATENTS, x);
      inputs.put(StepInput.TIMES, told.times());
      inputs.put(StepInput.STEP, index);
      inputs.put(StepInput.CONTEXTS, told.contexts());
      kept.ifPresent(found -> inputs.put(StepInput.KEPT, found));
      EngineValue[] arguments =
          variant.inputs().stream().map(inputs::get).toArray(EngineValue[]::new);
      return result(
          variant, unet.step(variant, attention).call(variant.methodName(), arguments), step);
    }
  }

  /** What is kept stays in its list: it may be of a format that no DJL type can hold. */
  private NDArray result(StepVariant variant, EngineValue result, NDManager step) {
    if (variant.deepLayers() == DeepLayers.KEPT) {
      kept = Optional.of(result);
      List<NDArray> tensors = result.tensors(step);
      tensors.get(1).close();
      return tensors.get(0);
    }
    try (result) {
      return result.tensor(step);
    }
  }

  private void forget() {
    kept.ifPresent(EngineValue::close);
    kept = Optional.empty();
  }

  @Override
  public void close() {
    kept.ifPresent(resources::keep);
    kept = Optional.empty();
    resources.close();
  }
}
