package io.darkroom.runtime;

import io.darkroom.base.OpenResources;
import io.darkroom.network.StepSizes;
import io.darkroom.network.StepVariant;
import io.darkroom.network.UNetConfig;
import io.darkroom.network.UNetScripts;
import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Program;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The U-Net on the device: its weights once, and a program for each variant of a step, which is
 * written and compiled when it is first asked for.
 */
public final class UNetModule implements AutoCloseable {
  private final UNetScripts scripts;
  private final LoadedModule conditioning;
  private final Optional<AttentionTuner> tuner;
  private final Map<Code, Program> steps = new HashMap<>();

  /** What the code of a step depends on. */
  private record Code(StepVariant variant, AttentionForms attention) {}

  /**
   * Joins code and weights.
   *
   * @param scripts the code
   * @param conditioning the first of the scripts, loaded with all weights; from now on this one's
   * @param tuner chooses how attention is computed; empty if it is computed whole
   */
  UNetModule(UNetScripts scripts, LoadedModule conditioning, Optional<AttentionTuner> tuner) {
    this.scripts = scripts;
    this.conditioning = conditioning;
    this.tuner = tuner;
  }

  /** {@return what is computed once per picture: {@link io.darkroom.network.UNet}'s methods} */
  public LoadedModule conditioning() {
    return conditioning;
  }

  /**
   * Chooses how attention is computed, with the threads that the calling thread uses. What is not
   * known of this machine is measured, in about a second.
   *
   * @param config the U-Net's architecture
   * @param sizes what it is going to see
   * @return the forms
   */
  public AttentionForms attention(UNetConfig config, Collection<StepSizes> sizes) {
    return tuner
        .map(
            known ->
                known.forms(
                    sizes.stream()
                        .flatMap(step -> step.count(scripts, config).attentions().stream())
                        .toList()))
        .orElse(AttentionForms.NONE);
  }

  /** {@return how attention is computed, as far as it was asked for and is worth a choice} */
  public List<AttentionTuner.Choice> attentionChoices() {
    return tuner.map(AttentionTuner::choices).orElse(List.of());
  }

  /**
   * What is computed at a step.
   *
   * @param variant of the step
   * @param attention which form of attention is used for which shape
   * @return the program, which stays this one's
   */
  public synchronized Program step(StepVariant variant, AttentionForms attention) {
    return steps.computeIfAbsent(
        new Code(variant, attention),
        code -> conditioning.compile(scripts.step(code.variant(), code.attention())));
  }

  @Override
  public synchronized void close() {
    OpenResources open = new OpenResources();
    open.keep(conditioning);
    steps.values().forEach(open::keep);
    steps.clear();
    open.close();
  }
}
