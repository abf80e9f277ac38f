package io.darkroom.image;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A path in which {@code {prompt}}, {@code {name}}, {@code {seed}} and {@code {index}} stand for
 * what they name.
 *
 * @param pattern the path, with or without placeholders
 */
public record NamePattern(String pattern) {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{(prompt|name|seed|index)}");

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
    return path(folder, FileStem.of(prompt), prompt, seed, index);
  }

  /**
   * The path for a picture that has a name already, such as one that is made of another file.
   *
   * @param folder what the pattern is relative to
   * @param name a file's name without its ending, which stands as it is
   * @param prompt becomes a {@linkplain FileStem piece of a file name}
   * @param seed the picture's own
   * @param index the picture's place in its series, from 1
   * @return the path
   */
  public Path path(Path folder, String name, String prompt, long seed, int index) {
    String stem = FileStem.of(prompt);
    try {
      return folder.resolve(expand(name, stem, seed, index));
    } catch (InvalidPathException e) {
      // The locale's character set cannot write the prompt's letters.
      return folder.resolve(expand(ascii(name), ascii(stem), seed, index));
    }
  }

  private static String ascii(String text) {
    return text.replaceAll("[^\\x00-\\x7F]+", "_");
  }

  private String expand(String name, String stem, long seed, int index) {
    return PLACEHOLDER.matcher(pattern).replaceAll(match -> value(match, name, stem, seed, index));
  }

  private static String value(MatchResult match, String name, String stem, long seed, int index) {
    return switch (match.group(1)) {
      case "prompt" -> Matcher.quoteReplacement(stem);
      case "name" -> Matcher.quoteReplacement(name);
      case "seed" -> Long.toString(seed);
      default -> Integer.toString(index);
    };
  }
}
