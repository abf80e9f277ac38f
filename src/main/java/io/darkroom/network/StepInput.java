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
@SuppressWarnings("UnusedTypeParameter") // it is for those who ask for the input
public final class StepInput<T extends Operand> {
  /** The latents, {@code [batch, C, h, w]} float32, before they are scaled. */
  public static final StepInput<Tensor> LATENTS = new StepInput<>("latents", Type.LATENTS);

  /**
   * What is joined behind the scaled latents, {@code [batch, extra, h, w]} float32: for inpainting
   * the mask and the masked picture's latents; for instructions the picture's latents. All branches
   * see the same, but for {@link Branches#PICTURE_AND_PROMPT}, whose first sees zeros.
   */
  public static final StepInput<Tensor> EXTRA = new StepInput<>("extra", Type.EXTRA);

  /** What {@link UNet#EMBED_TIMES} gave. */
  public static final StepInput<TensorList> TIMES = new StepInput<>("times", Type.TENSORS);

  /** Which step it is, from 0. */
  public static final StepInput<Size> STEP = new StepInput<>("step", Type.INTEGER);

  /**
   * What {@link UNet#EMBED_CONTEXT} gave; with guidance of twice the batch, the unconditional
   * branch first.
   */
  public static final StepInput<TensorList> CONTEXTS = new StepInput<>("contexts", Type.TENSORS);

  /** What the latents are multiplied by, for each step. */
  public static final StepInput<ScalarList> SCALES = new StepInput<>("scales", Type.NUMBERS);

  /** What a keeping variant gave at an earlier step for latents of the same shape. */
  public static final StepInput<TensorList> KEPT = new StepInput<>("kept", Type.TENSORS);

  /** The guidance scale. */
  public static final StepInput<Scalar> GUIDANCE = new StepInput<>("guidance", Type.NUMBER);

  /** The share of the rescaled guidance, 0 to 1. */
  public static final StepInput<Scalar> RESCALE = new StepInput<>("rescale", Type.NUMBER);

  /** The scale of the guidance by a picture. */
  public static final StepInput<Scalar> PICTURE_GUIDANCE =
      new StepInput<>("picture_guidance", Type.NUMBER);

  private final String name;
  private final Type type;

  /** How a parameter is declared. */
  private enum Type {
    LATENTS,
    EXTRA,
    TENSORS,
    INTEGER,
    NUMBER,
    NUMBERS
  }

  private StepInput(String name, Type type) {
    this.name = name;
    this.type = type;
  }

  /**
   * Adds it to a method's parameters.
   *
   * @param method the method
   * @param config the U-Net's sizes
   * @return the parameter, of the type T
   */
  Operand declaredIn(Method method, UNetConfig config) {
    return switch (type) {
      case LATENTS -> method.tensor(name, config.latentChannels());
      case EXTRA -> method.tensor(name, config.extraChannels());
      case TENSORS -> method.tensors(name);
      case INTEGER -> method.integer(name);
      case NUMBER -> method.number(name);
      case NUMBERS -> method.numbers(name);
    };
  }

  /** The parameter's name. */
  @Override
  public String toString() {
    return name;
  }
}
