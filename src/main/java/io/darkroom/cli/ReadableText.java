package io.darkroom.cli;

import io.darkroom.request.InvalidRequestException;
import java.util.List;
import java.util.Map;

/**
 * Refuses what the JVM could not read in the words of the command line and in the environment. It
 * decodes both in the locale's character set and puts U+FFFD in the place of what is none,
 * silently: a text would become another, a file another file.
 */
final class ReadableText {
  private static final char DECODING_FAILED = '\uFFFD';

  private ReadableText() {}

  /**
   * Checks the command line.
   *
   * @param arguments its words
   * @throws InvalidRequestException if one could not be decoded
   */
  static void check(List<String> arguments) {
    arguments.forEach(argument -> check("the argument '" + argument + "'", argument));
  }

  /**
   * Checks the variables that say something to this program.
   *
   * @param environment all variables
   * @throws InvalidRequestException if one of them could not be decoded
   */
  static void check(Map<String, String> environment) {
    environment.forEach(
        (name, value) -> {
          if (name.startsWith("DARKROOM_") || name.startsWith("HF_")) {
            check("the variable " + name + ", '" + value + "',", value);
          }
        });
  }

  private static void check(String what, String text) {
    if (text.indexOf(DECODING_FAILED) >= 0) {
      String charset = System.getProperty("sun.jnu.encoding", "");
      throw new InvalidRequestException(
          charset.equals("UTF-8")
              ? what
                  + " contains bytes that are not UTF-8; type it again, and rename a file that"
                  + " has such a name"
              : what
                  + " cannot be read in the character set of this locale, "
                  + charset
                  + "; use a UTF-8 locale, for example LC_ALL=C.UTF-8");
    }
  }
}
