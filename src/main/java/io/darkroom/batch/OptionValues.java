package io.darkroom.batch;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads the values of options, on the command line and in a line of a prompt file. What is wrong
 * with one is said in a person's words, not in Java's.
 */
public final class OptionValues {
  private static final BigInteger LARGEST = BigInteger.valueOf(Integer.MAX_VALUE);

  private OptionValues() {}

  /**
   * Makes a command and its own commands read their values in this way.
   *
   * @param command the command
   * @return the command
   */
  public static CommandLine register(CommandLine command) {
    return command
        .registerConverter(int.class, OptionValues::integer)
        .registerConverter(Integer.class, OptionValues::integer)
        .registerConverter(
            BigInteger.class, text -> number(text, BigInteger::new, "a whole number"))
        .registerConverter(BigDecimal.class, text -> number(text, BigDecimal::new, "a number"))
        .registerConverter(Double.class, text -> number(text, Double::valueOf, "a number"))
        .registerConverter(boolean.class, OptionValues::truth)
        .registerConverter(Path.class, OptionValues::path);
  }

  private static int integer(String text) {
    BigInteger number = number(text, BigInteger::new, "a whole number");
    if (number.abs().compareTo(LARGEST) > 0) {
      throw new TypeConversionException(
          "'" + text + "' is too " + (number.signum() > 0 ? "large" : "small"));
    }
    return number.intValue();
  }

  private static <T> T number(String text, Function<String, T> read, String kind) {
    try {
      return read.apply(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is not " + kind);
    }
  }

  private static boolean truth(String text) {
    if (!text.matches("true|false")) {
      throw new TypeConversionException("'" + text + "' is neither true nor false; remove it");
    }
    return text.equals("true");
  }

  private static Path path(String text) {
    if (text.isEmpty()) {
      throw new TypeConversionException("the path is empty; name a file or a folder");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("'" + text + "' is not a path: " + e.getReason());
    }
  }
}
