package io.darkroom.sampling;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a model is taken to predict, where a user knows better than its files. */
public enum Prediction {
  /** What the model's configuration says. */
  MODEL("model"),
  /** The noise, at the training's timesteps. */
  EPSILON("epsilon"),
  /** The velocity, at the training's timesteps. */
  V("v"),
  /** The clean image, at the training's timesteps. */
  SAMPLE("sample"),
  /**
   * EDM's, of any noise level (Karras et al., arXiv 2206.00364): with the model's own numbers where
   * it has them, else those of the paper.
   */
  EDM("edm");

  private final String optionName;

  Prediction(String optionName) {
    this.optionName = optionName;
  }

  /**
   * Finds a prediction by its name on the command line.
   *
   * @param name such as {@code v}, in capitals or not; diffusers' {@code v_prediction} as well
   * @return the prediction
   * @throws IllegalArgumentException if there is none; the message lists those there are
   */
  public static Prediction named(String name) {
    String key = name.strip().toLowerCase(Locale.ROOT).replace('-', '_').replace("_prediction", "");
    return Arrays.stream(values())
        .filter(prediction -> prediction.optionName.equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no prediction '%s'; use one of %s"
                        .formatted(
                            name.strip(),
                            Arrays.stream(values())
                                .map(Prediction::optionName)
                                .collect(Collectors.joining(", ")))));
  }

  /**
   * The name on the command line.
   *
   * @return such as {@code epsilon}
   */
  public String optionName() {
    return optionName;
  }
}
