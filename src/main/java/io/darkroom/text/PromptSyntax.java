package io.darkroom.text;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a prompt is read. */
public enum PromptSyntax {
  /**
   * Brackets weigh what is in them, {@code BREAK} ends a chunk, and a prompt may be of any length:
   * see {@link WeightedText}.
   */
  WEIGHTED,
  /** The text as it stands, cut where the text encoder ends: as diffusers reads it. */
  PLAIN;

  /**
   * The name on the command line and in files.
   *
   * @return such as {@code plain}
   */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Finds a syntax by its name.
   *
   * @param name such as {@code plain}
   * @return the syntax
   * @throws IllegalArgumentException if there is none of that name; the message tells which there
   *     are
   */
  public static PromptSyntax named(String name) {
    return Arrays.stream(values())
        .filter(syntax -> syntax.optionName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no prompt syntax '"
                        + name
                        + "'; there are "
                        + Arrays.stream(values())
                            .map(PromptSyntax::optionName)
                            .collect(Collectors.joining(", "))));
  }
}
