package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.pipeline.EvaluationPlan.Evaluation;
import io.darkroom.sampling.Sampler;
import io.darkroom.torchscript.LoadedModule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The U-Net's calls while a batch is denoised: what does not depend on the latents is computed
 * beforehand, and what one call leaves for the next is kept. For one thread.
 */
final class UNetRun implements AutoCloseable {
  private final LoadedModule unet;
  private final UNetConfig config;
  private final EvaluationPlan plan;
  private final OpenResources resources = new OpenResources();
  private final Optional<Told> both;
  private final Optional<Told> promptAlone;
  private final IValue scales;
  private final List<IValue> guidance;
  private Optional<IValue> kept = Optional.empty();

  /** What the U-Net is told of time and text, in the form that it has for each layer. */
  private record Told(IValue times, IValue contexts) {}

  /**
   * Prepares the calls.
   *
   * @param unet the U-Net; still the caller's
   * @param config tells what it wants to know
   * @param plan what it does at which evaluation
   * @param settings how strictly the prompt is followed
   * @param sampler tells the timesteps
   * @param conditioning what {@link PromptEncoder#embed} gave
   * @param scratch whose device is used
   */
  UNetRun(
      LoadedModule unet,
      UNetConfig config,
      EvaluationPlan plan,
      GuidanceSettings settings,
      Sampler sampler,
      UNetConditioning conditioning,
      NDManager scratch) {
    this.unet = unet;
    this.config = config;
    this.plan = plan;
    int count = sampler.evaluations();
    float[] timesteps = new float[count];
    for (int i = 0; i < count; i++) {
      timesteps[i] = (float) sampler.timestep(i);
    }
    try {
      NDArray times = scratch.create(timesteps);
      double scale = settings.scale();
      this.both = plan.hasGuided() ? Optional.of(tell(times, conditioning, scale)) : Optional.empty();
      this.promptAlone =
          plan.hasUnguided()
              ? Optional.of(tell(times, conditioning.ofPromptAlone(), scale))
              : Optional.empty();
      double[] inputScales = IntStream.range(0, count).mapToDouble(sampler::inputScale).toArray();
      this.scales = resources.keep(IValue.listFrom(inputScales));
      this.guidance =
          List.of(
              resources.keep(IValue.from(scale)), resources.keep(IValue.from(settings.rescale())));
    } catch (RuntimeException | Error e) {
      resources.close(); // a device that is short of memory wants it back at once
      throw e;
    }
  }

  private Told tell(NDArray times, UNetConditioning conditioning, double scale) {
    List<NDArray> arguments = new ArrayList<>(List.of(times));
    conditioning.addition().ifPresent(addition -> arguments.addAll(addition.arguments()));
    if (config.embedsGuidance()) {
      arguments.add(times.getManager().create(new float[] {(float) (scale - 1)}));
    }
    return new Told(
        resources.keep(call(UNet.EMBED_TIMES, arguments.toArray(NDArray[]::new))),
        resources.keep(call(UNet.EMBED_CONTEXT, conditioning.context())));
  }

  private IValue call(String method, NDArray... arguments) {
    IValue[] values = new IValue[arguments.length];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] = IValue.from((PtNDArray) arguments[i]);
      }
      return unet.call(method, values);
    } finally {
      Arrays.stream(values).filter(Objects::nonNull).forEach(IValue::close);
    }
  }

  /**
   * Calls the U-Net. The evaluations must come in order.
   *
   * @param latents {@code [batch, C, h, w]}, float32
   * @param evaluation which one, from 0
   * @param step owns the result
   * @return what it predicts, with guidance if there is any; the same shape
   */
  NDArray predict(NDArray latents, int evaluation, NDManager step) {
    Evaluation planned = plan.evaluations().get(evaluation);
    boolean guided = planned.guided();
    Told told = (guided ? both : promptAlone).orElseThrow();
    try (IValue x = IValue.from((PtNDArray) latents);
        IValue index = IValue.from((long) evaluation)) {
      List<IValue> arguments =
          new ArrayList<>(List.of(x, told.times(), index, told.contexts(), scales));
      if (planned.deepLayers() == EvaluationPlan.DeepLayers.REUSED) {
        arguments.add(kept.orElseThrow());
      } else {
        forget();
      }
      if (guided) {
        arguments.addAll(guidance);
      }
      IValue[] all = arguments.toArray(IValue[]::new);
      return switch (planned.deepLayers()) {
        case COMPUTED -> predict(guided ? UNet.DENOISE_GUIDED : UNet.DENOISE, all, step);
        case REUSED ->
            predict(guided ? UNet.DENOISE_GUIDED_REUSING : UNet.DENOISE_REUSING, all, step);
        case KEPT ->
            predictAndKeep(guided ? UNet.DENOISE_GUIDED_KEEPING : UNet.DENOISE_KEEPING, all, step);
      };
    }
  }

  private NDArray predict(String method, IValue[] arguments, NDManager step) {
    try (IValue predicted = unet.call(method, arguments)) {
      return predicted.toTensor((PtNDManager) step);
    }
  }

  /** What is kept stays in its list: it may be of a format that no DJL type can hold. */
  private NDArray predictAndKeep(String method, IValue[] arguments, NDManager step) {
    IValue list = unet.call(method, arguments);
    kept = Optional.of(list);
    NDArray[] tensors = list.toTensorArray((PtNDManager) step);
    tensors[1].close();
    return tensors[0];
  }

  private void forget() {
    kept.ifPresent(IValue::close);
    kept = Optional.empty();
  }

  @Override
  public void close() {
    forget();
    resources.close();
  }
}
