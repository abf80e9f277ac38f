package io.darkroom.network;

import io.darkroom.torchscript.ConvolutionPadding;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a U-Net is to do at a step. Each variant is a method, whose name and parameters follow from
 * it.
 *
 * <p>A method gives the prediction, {@code [batch, C, h, w]} float32. With {@link DeepLayers#KEPT}
 * it gives a list: the prediction, and what {@link StepInput#KEPT} hands to a later step.
 *
 * @param branches of classifier-free guidance, which it runs in one pass
 * @param deepLayers what becomes of the layers that are not the first or the last
 * @param extraChannels beside those of the latents, 0 for none
 * @param padding what convolutions see beyond the borders
 */
public record StepVariant(
    Branches branches, DeepLayers deepLayers, int extraChannels, ConvolutionPadding padding) {
  /**
   * What becomes of the U-Net's deep layers: all but the first convolution, the last layer of the
   * way up, and the last convolution (DeepCache: Ma et al., arXiv 2312.00858, section 3.3, at the
   * first branch).
   */
  public enum DeepLayers {
    /** They are computed and forgotten. */
    COMPUTED,
    /** They are computed and kept for the evaluations that follow. */
    KEPT,
    /** What was kept stands in for them. */
    REUSED
  }

  /**
   * The usual step: all layers are computed, and beyond the borders are zeros.
   *
   * @param branches of classifier-free guidance
   * @param config the U-Net's sizes
   * @return the variant
   */
  public static StepVariant plain(Branches branches, UNetConfig config) {
    return new StepVariant(
        branches, DeepLayers.COMPUTED, config.extraChannels(), ConvolutionPadding.ZEROS);
  }

  /**
   * The variants that a U-Net knows.
   *
   * @param config its sizes
   * @return every one of them
   */
  public static List<StepVariant> all(UNetConfig config) {
    List<StepVariant> variants = new ArrayList<>();
    for (Branches branches : List.of(Branches.PROMPT, config.guidedBranches())) {
      for (DeepLayers deepLayers : DeepLayers.values()) {
        variants.add(
            new StepVariant(
                branches, deepLayers, config.extraChannels(), ConvolutionPadding.ZEROS));
      }
    }
    return variants;
  }

  /**
   * The method's name.
   *
   * @return such as {@code denoise_guided_reusing}
   */
  public String methodName() {
    String name =
        switch (branches) {
          case PROMPT -> "denoise";
          case NEGATIVE_AND_PROMPT -> "denoise_guided";
          case PICTURE_AND_PROMPT -> "denoise_guided_by_picture";
        };
    return switch (deepLayers) {
      case COMPUTED -> name;
      case KEPT -> name + "_keeping";
      case REUSED -> name + "_reusing";
    };
  }

  /**
   * The method's parameters after the weights.
   *
   * @return in order
   */
  public List<StepInput<?>> inputs() {
    return Stream.of(
            List.of(StepInput.LATENTS),
            extraChannels > 0 ? List.of(StepInput.EXTRA) : List.<StepInput<?>>of(),
            List.of(StepInput.TIMES, StepInput.STEP, StepInput.CONTEXTS, StepInput.SCALES),
            deepLayers == DeepLayers.REUSED ? List.of(StepInput.KEPT) : List.<StepInput<?>>of(),
            branches.areGuided()
                ? List.of(StepInput.GUIDANCE, StepInput.RESCALE)
                : List.<StepInput<?>>of(),
            branches == Branches.PICTURE_AND_PROMPT
                ? List.of(StepInput.PICTURE_GUIDANCE)
                : List.<StepInput<?>>of())
        .<StepInput<?>>flatMap(List::stream)
        .toList();
  }
}
