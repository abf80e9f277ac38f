package io.darkroom.request;

import io.darkroom.base.PlainNumber;
import java.util.Objects;

/**
 * How a picture is held to its prompt.
 *
 * @param scale the weight w of classifier-free guidance (Ho and Salimans, arXiv 2207.12598, in the
 *     form eps_uncond + w (eps_cond - eps_uncond)); 1 or less runs without the unconditional branch
 * @param rescale how far the guided prediction's spread is brought back to that of the prompt's own
 *     (Lin et al., arXiv 2305.08891, section 3.4): 0 not at all, 1 wholly
 * @param interval at which noise levels it works
 * @param pictureScale the weight of a picture that is changed by an instruction (Brooks et al.,
 *     arXiv 2211.09800, equation 3); below 1 guidance is off as a whole
 */
public record GuidanceSettings(
    double scale, double rescale, GuidanceInterval interval, double pictureScale) {
  /** Far beyond use, and far below what overflows in half precision. */
  private static final double GREATEST_SCALE = 1000;

  /** Checks what can be known without a model. */
  public GuidanceSettings {
    if (!(scale >= 0 && scale <= GREATEST_SCALE)) {
      throw new InvalidRequestException(
          "guidance scale must be a number from 0 to %s, not %s"
              .formatted(PlainNumber.of(GREATEST_SCALE), scale));
    }
    if (!Double.isFinite(rescale) || rescale < 0 || rescale > 1) {
      throw new InvalidRequestException("guidance rescale must be between 0 and 1, not " + rescale);
    }
    Objects.requireNonNull(interval, "interval");
  }

  /**
   * Guidance as it was first published, at every noise level.
   *
   * @param scale its weight
   * @return the settings
   */
  public static GuidanceSettings of(double scale) {
    return new GuidanceSettings(
        scale,
        0,
        GuidanceInterval.EVERYWHERE,
        Setting.IMAGE_GUIDANCE_SCALE.unlessGiven().orElseThrow());
  }

  /**
   * Tells whether the negative prompt counts: guidance of 1 or less runs without it.
   *
   * @return whether the U-Net sees a latent twice, at some noise levels at least
   */
  public boolean isOn() {
    return scale > 1;
  }

  /**
   * Tells whether the interval counts.
   *
   * @return whether guidance works, and at some noise levels alone
   */
  public boolean isLimited() {
    return isOn() && !interval.equals(GuidanceInterval.EVERYWHERE);
  }
}
