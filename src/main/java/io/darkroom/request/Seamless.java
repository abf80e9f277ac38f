package io.darkroom.request;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** At which borders a picture goes on at the opposite one, so that copies of it join. */
public enum Seamless {
  /** At none. */
  NONE,
  /** Left and right. */
  X,
  /** Above and below. */
  Y,
  /** At all four. */
  XY;

  /** What AUTOMATIC1111 writes for a picture that is seamless at all borders. */
  private static final String WEB_UI_ON = "true";

  /**
   * Reads a name.
   *
   * @param name such as {@code xy}, in capitals or not; AUTOMATIC1111's {@code True} means all
   * @return the borders
   * @throws IllegalArgumentException if there is none of this name; the message lists the names
   */
  public static Seamless named(String name) {
    String plain = name.strip().toLowerCase(Locale.ROOT);
    if (plain.equals(WEB_UI_ON)) {
      return XY;
    }
    return Arrays.stream(values())
        .filter(borders -> borders.optionName().equals(plain))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "seamless must be one of %s, not '%s'"
                        .formatted(
                            Arrays.stream(values())
                                .map(Seamless::optionName)
                                .collect(Collectors.joining(", ")),
                            name.strip())));
  }

  /**
   * The name on the command line.
   *
   * @return such as {@code xy}
   */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return whether the left border goes on at the right one} */
  public boolean joinsColumns() {
    return this == X || this == XY;
  }

  /** {@return whether the upper border goes on at the lower one} */
  public boolean joinsRows() {
    return this == Y || this == XY;
  }
}
