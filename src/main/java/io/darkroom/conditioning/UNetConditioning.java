package io.darkroom.conditioning;

import ai.djl.ndarray.NDArray;
import io.darkroom.network.Branches;
import io.darkroom.network.TimeInput;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * What the U-Net is steered by while a batch is denoised; with guidance all {@link Branches}, one
 * after the other.
 *
 * @param branches of classifier-free guidance
 * @param context what it attends to, float32 {@code [batch, length, width]}
 * @param addition what it hears of each picture besides, if it is of that kind
 * @param classes the class of each, int64 {@code [batch]}, if it is told one
 */
public record UNetConditioning(
    Branches branches, NDArray context, Optional<Addition> addition, Optional<NDArray> classes) {
  /**
   * What a U-Net is steered by that is told no class.
   *
   * @param branches of classifier-free guidance
   * @param context what it attends to
   * @param addition what it hears of each picture besides
   */
  public UNetConditioning(Branches branches, NDArray context, Optional<Addition> addition) {
    this(branches, context, addition, Optional.empty());
  }

  /**
   * What SDXL adds to the time embedding.
   *
   * @param pooled the text as one vector, float32 {@code [batch, width]}
   * @param sizes height and width of the original, top and left of the crop, height and width of
   *     the target, float32 {@code [batch, 6]}; for the refiner an aesthetic score in place of the
   *     target's size, {@code [batch, 5]}
   */
  public record Addition(NDArray pooled, NDArray sizes) {
    /** {@return the numbers and the pooled text, as the time embedding takes them} */
    public Map<TimeInput, NDArray> inputs() {
      return Map.of(TimeInput.POOLED_TEXT, pooled, TimeInput.SIZES, sizes);
    }
  }

  /**
   * The same with one class for all, such as a noise level.
   *
   * @param number the class
   * @return conditioning that tells it
   */
  public UNetConditioning withClass(long number) {
    long[] classes = new long[(int) context.getShape().get(0)];
    Arrays.fill(classes, number);
    NDArray each = context.getManager().create(classes);
    return new UNetConditioning(branches, context, addition, Optional.of(each));
  }

  /**
   * The branch that follows the prompt.
   *
   * @return conditioning without guidance
   */
  public UNetConditioning ofPromptAlone() {
    if (!branches.areGuided()) {
      return this;
    }
    return new UNetConditioning(
        Branches.PROMPT,
        lastBranch(context),
        addition.map(all -> new Addition(lastBranch(all.pooled()), lastBranch(all.sizes()))),
        classes.map(this::lastBranch));
  }

  private NDArray lastBranch(NDArray all) {
    return all.split(branches.count()).get(branches.count() - 1);
  }
}
