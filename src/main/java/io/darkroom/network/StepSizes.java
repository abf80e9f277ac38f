package io.darkroom.network;

import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.OperationCounter;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Value;
import io.darkroom.torchscript.Value.Numeric;
import io.darkroom.torchscript.Value.Shaped;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a U-Net sees at a step, as sizes: its operations are counted without a tensor.
 *
 * @param pictures how many are denoised together
 * @param height of the latents
 * @param width of the latents
 * @param tokens how long the text is
 * @param evaluations how many timesteps are embedded at once
 * @param guided whether it sees each latent in several branches
 */
public record StepSizes(
    int pictures, long height, long width, long tokens, int evaluations, boolean guided) {
  private static final int FLOAT32 = Precision.Format.FLOAT32.bytes();

  /** Any scale costs the same. */
  private static final double GUIDANCE = 7.5;

  /**
   * Counts a step in which all layers are computed.
   *
   * @param scripts the U-Net's code
   * @param config its architecture
   * @return the counted step
   */
  public OperationCounter count(UNetScripts scripts, UNetConfig config) {
    Branches branches = guided ? config.guidedBranches() : Branches.PROMPT;
    long rows = (long) branches.count() * pictures;
    Map<TimeInput, Value> time = new EnumMap<>(TimeInput.class);
    time.put(TimeInput.TIMESTEPS, Shaped.of(FLOAT32, evaluations));
    config
        .addition()
        .ifPresent(
            addition -> {
              time.put(TimeInput.POOLED_TEXT, Shaped.of(FLOAT32, rows, addition.pooledWidth()));
              time.put(TimeInput.SIZES, Shaped.of(FLOAT32, rows, addition.numbers()));
            });
    time.put(TimeInput.CLASSES, Shaped.of(Long.BYTES, rows));
    time.put(TimeInput.GUIDANCE, Shaped.of(FLOAT32, 1));
    Shaped text = Shaped.of(FLOAT32, rows, tokens, config.contextWidth());
    OperationCounter once = new OperationCounter(scripts.conditioning());
    Map<StepInput<?>, Value> inputs =
        Map.of(
            StepInput.LATENTS,
            latents(config.latentChannels()),
            StepInput.EXTRA,
            latents(config.extraChannels()),
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
            new Numeric(0),
            StepInput.PICTURE_GUIDANCE,
            new Numeric(GUIDANCE));
    StepVariant variant = StepVariant.plain(branches, config);
    OperationCounter counter = new OperationCounter(scripts.step(variant, AttentionForms.NONE));
    counter.count(variant.methodName(), values(variant.inputs(), inputs));
    return counter;
  }

  private Shaped latents(int channels) {
    return Shaped.of(FLOAT32, pictures, channels, height, width);
  }

  private static <T> Value[] values(List<? extends T> inputs, Map<T, Value> known) {
    return inputs.stream().map(known::get).toArray(Value[]::new);
  }
}
