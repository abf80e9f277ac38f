package io.darkroom.network;

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
 * @param guided whether it runs both branches of classifier-free guidance in one pass
 * @param deepLayers what becomes of the layers that are not the first or the last
 * @param extraChannels beside those of the latents, 0 for none
 */
public record StepVariant(boolean guided, DeepLayers deepLayers, int extraChannels) {
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
   * The variants that a U-Net knows.
   *
   * @param config its sizes
   * @return every one of them
   */
  public static List<StepVariant> all(UNetConfig config) {
    List<StepVariant> variants = new ArrayList<>();
    for (boolean guided : new boolean[] {false, true}) {
      for (DeepLayers deepLayers : DeepLayers.values()) {
        variants.add(new StepVariant(guided, deepLayers, config.extraChannels()));
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
    String name = guided ? "denoise_guided" : "denoise";
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
            guided ? List.of(StepInput.GUIDANCE, StepInput.RESCALE) : List.<StepInput<?>>of())
        .<StepInput<?>>flatMap(List::stream)
        .toList();
  }
}
