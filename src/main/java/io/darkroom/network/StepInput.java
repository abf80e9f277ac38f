package io.darkroom.network;

import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Operand;
import io.darkroom.torchscript.Scalar;
import io.darkroom.torchscript.ScalarList;
import io.darkroom.torchscript.Size;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.TensorList;

/**
 * Something that a U-Net is given at a step; {@link StepVariant#inputs} tells which.
 *
 * @param <T> how the network's code sees it
 */
public final class StepInput<T extends Operand> {
  /** The latents, {@code [batch, C, h, w]} float32, before they are scaled. */
  public static final StepInput<Tensor> LATENTS =
      new StepInput<>(
          "latents", (method, name, config) -> method.tensor(name, config.latentChannels()));

  /**
   * What is joined behind the scaled latents, {@code [batch, extra, h, w]} float32: for inpainting
   * the mask and the masked picture's latents. With guidance both branches see the same.
   */
  public static final StepInput<Tensor> EXTRA =
      new StepInput<>(
          "extra", (method, name, config) -> method.tensor(name, config.extraChannels()));

  /** What {@link UNet#EMBED_TIMES} gave. */
  public static final StepInput<TensorList> TIMES =
      new StepInput<>("times", (method, name, config) -> method.tensors(name));

  /** Which step it is, from 0. */
  public static final StepInput<Size> STEP =
      new StepInput<>("step", (method, name, config) -> method.integer(name));

  /**
   * What {@link UNet#EMBED_CONTEXT} gave; with guidance of twice the batch, the unconditional
   * branch first.
   */
  public static final StepInput<TensorList> CONTEXTS =
      new StepInput<>("contexts", (method, name, config) -> method.tensors(name));

  /** What the latents are multiplied by, for each step. */
  public static final StepInput<ScalarList> SCALES =
      new StepInput<>("scales", (method, name, config) -> method.numbers(name));

  /** What a keeping variant gave at an earlier step for latents of the same shape. */
  public static final StepInput<TensorList> KEPT =
      new StepInput<>("kept", (method, name, config) -> method.tensors(name));

  /** The guidance scale. */
  public static final StepInput<Scalar> GUIDANCE =
      new StepInput<>("guidance", (method, name, config) -> method.number(name));

  /** The share of the rescaled guidance, 0 to 1. */
  public static final StepInput<Scalar> RESCALE =
      new StepInput<>("rescale", (method, name, config) -> method.number(name));

  private final String name;
  private final Declaration<T> declaration;

  /** How a parameter is added to a method. */
  @FunctionalInterface
  private interface Declaration<T> {
    T in(Method method, String name, UNetConfig config);
  }

  private StepInput(String name, Declaration<T> declaration) {
    this.name = name;
    this.declaration = declaration;
  }

  /**
   * Adds it to a method's parameters.
   *
   * @param method the method
   * @param config the U-Net's sizes
   * @return the parameter
   */
  T declaredIn(Method method, UNetConfig config) {
    return declaration.in(method, name, config);
  }

  /** The parameter's name. */
  @Override
  public String toString() {
    return name;
  }
}
