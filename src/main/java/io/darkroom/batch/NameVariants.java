package io.darkroom.batch;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that a picture may get where its own is taken: the first digits of its request's hash
 * go before the ending, and a number behind them where even that name is taken.
 *
 * @param own the picture's own name, or one of the variants
 * @param hash of the picture's request
 */
record NameVariants(String own, String hash) {
  private static final int DIGITS = 8;

  /**
   * A variant.
   *
   * @param number which one, from 1
   * @return the path
   */
  String variant(int number) {
    Matcher parts = parts();
    return parts.group("stem") + mark() + (number == 1 ? "" : "-" + number) + parts.group("ending");
  }

  /**
   * Tells whether a path is the own name or one of the variants.
   *
   * @param path the path
   * @return whether it is
   */
  boolean include(String path) {
    Matcher parts = parts();
    String variants =
        Pattern.quote(parts.group("stem"))
            + "("
            + Pattern.quote(mark())
            + "(-\\d+)?)?"
            + Pattern.quote(parts.group("ending"));
    return path.matches(variants);
  }

  private String mark() {
    return "-" + hash.substring(0, Math.min(DIGITS, hash.length()));
  }

  private Matcher parts() {
    Pattern form =
        Pattern.compile(
            "(?s)(?<stem>.*?)("
                + Pattern.quote(mark())
                + "(-\\d+)?)?(?<ending>((?<=[^/])\\.[^./]*)?)");
    Matcher matcher = form.matcher(own);
    if (!matcher.matches()) {
      throw new IllegalStateException(own);
    }
    return matcher;
  }
}
