package io.darkroom.runtime;

import io.darkroom.base.OpenResources;
import io.darkroom.network.StepVariant;
import io.darkroom.network.UNetScripts;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Program;
import java.util.HashMap;
import java.util.Map;

/**
 * The U-Net on the device: its weights once, and a program for each variant of a step, which is
 * written and compiled when it is first asked for.
 */
public final class UNetModule implements AutoCloseable {
  private final UNetScripts scripts;
  private final LoadedModule conditioning;
  private final Map<StepVariant, Program> steps = new HashMap<>();

  /**
   * Joins code and weights.
   *
   * @param scripts the code
   * @param conditioning the first of the scripts, loaded with all weights; from now on this one's
   */
  UNetModule(UNetScripts scripts, LoadedModule conditioning) {
    this.scripts = scripts;
    this.conditioning = conditioning;
  }

  /** {@return what is computed once per picture: {@link io.darkroom.network.UNet}'s methods} */
  public LoadedModule conditioning() {
    return conditioning;
  }

  /**
   * What is computed at a step.
   *
   * @param variant of the step
   * @return the program, which stays this one's
   */
  public synchronized Program step(StepVariant variant) {
    return steps.computeIfAbsent(variant, asked -> conditioning.compile(scripts.step(asked)));
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
