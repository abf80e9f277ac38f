package io.darkroom.pipeline;

/**
 * What a request takes where the user says nothing: the model's own wishes, else the general ones
 * (50 steps, guidance 7.5, ddim, eta 0).
 *
 * @param width pixels
 * @param height pixels
 * @param steps denoising steps
 * @param guidanceScale classifier-free guidance
 * @param sampler the sampler's name
 * @param eta DDIM's noise
 * @param guidanceRescale how far guidance's spread is brought back
 * @param clipSkip the text encoder's layer that counts, from the end; 0 for the usual one
 */
public record ModelDefaults(
    int width,
    int height,
    int steps,
    double guidanceScale,
    String sampler,
    double eta,
    double guidanceRescale,
    int clipSkip) {
  /**
   * Defaults without rescaling, of the usual layer.
   *
   * @see ModelDefaults for the parameters
   */
  public ModelDefaults(
      int width, int height, int steps, double guidanceScale, String sampler, double eta) {
    this(width, height, steps, guidanceScale, sampler, eta, 0, 0);
  }

  /**
   * Asks for a picture with nothing chosen but these two.
   *
   * @param prompt what to show
   * @param seed of the picture's noise
   * @return the request
   */
  public ImageRequest request(String prompt, long seed) {
    return RequestChoices.NONE.request(prompt, seed, this);
  }
}
