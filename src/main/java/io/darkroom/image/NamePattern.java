package io.darkroom.image;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A path in which {@code {prompt}}, {@code {seed}} and {@code {index}} stand for what they name.
 *
 * @param pattern the path, with or without placeholders
 */
public record NamePattern(String pattern) {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{(prompt|seed|index)}");

  /**
   * Tells whether there is a placeholder in it.
   *
   * @return whether different pictures may get different names
   */
  public boolean hasPlaceholder() {
    return PLACEHOLDER.matcher(pattern).find();
  }

  /**
   * The path for a picture.
   *
   * @param folder what the pattern is relative to
   * @param prompt becomes a {@linkplain FileStem piece of a file name}
   * @param seed the picture's own
   * @param index the picture's place in its series, from 1
   * @return the path
   */
  public Path path(Path folder, String prompt, long seed, int index) {
    String stem = FileStem.of(prompt);
    try {
      return folder.resolve(expand(stem, seed, index));
    } catch (InvalidPathException e) {
      // The locale's character set cannot write the prompt's letters.
      return folder.resolve(expand(stem.replaceAll("[^\\x00-\\x7F]+", "_"), seed, index));
    }
  }

  private String expand(String stem, long seed, int index) {
    return PLACEHOLDER.matcher(pattern).replaceAll(match -> value(match, stem, seed, index));
  }

  private static String value(MatchResult match, String stem, long seed, int index) {
    return switch (match.group(1)) {
      case "prompt" -> java.util.regex.Matcher.quoteReplacement(stem);
      case "seed" -> Long.toString(seed);
      default -> Integer.toString(index);
    };
  }
}
