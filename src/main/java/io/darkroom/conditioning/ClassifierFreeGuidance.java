package io.darkroom.conditioning;

import io.darkroom.network.Branches;
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
   * @return whether there are several branches
   */
  public static boolean hasBranches(GuidanceSettings guidance, UNetConfig unet) {
    return guidance.isOn()
        && !unet.embedsGuidance()
        && (!unet.followsInstructions() || guidance.pictureScale() >= 1);
  }

  /**
   * The branches that a U-Net sees each latent with where guidance works.
   *
   * @param guidance what was chosen
   * @param unet the U-Net
   * @return one or more
   */
  public static Branches branches(GuidanceSettings guidance, UNetConfig unet) {
    return hasBranches(guidance, unet) ? unet.guidedBranches() : Branches.PROMPT;
  }
}
