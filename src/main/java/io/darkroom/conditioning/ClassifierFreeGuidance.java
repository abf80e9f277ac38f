package io.darkroom.conditioning;

import io.darkroom.network.UNetConfig;
import io.darkroom.request.GuidanceSettings;

/** Classifier-free guidance (Ho and Salimans, arXiv 2207.12598) as a model can have it. */
public final class ClassifierFreeGuidance {
  private ClassifierFreeGuidance() {}

  /**
   * Tells whether a U-Net sees each latent twice where guidance works; some distilled models have
   * their guidance built in.
   *
   * @param guidance what was chosen
   * @param unet the U-Net
   * @return whether there are two branches
   */
  public static boolean hasBranches(GuidanceSettings guidance, UNetConfig unet) {
    return guidance.isOn() && !unet.embedsGuidance();
  }
}
