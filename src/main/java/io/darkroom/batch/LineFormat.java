package io.darkroom.batch;

import io.darkroom.request.Choices;
import io.darkroom.request.InvalidRequestException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a prompt file is written, told from its first line that says anything. After a first line of
 * JSON all others must be JSON, too; the other way round is forgiven.
 */
enum LineFormat implements PromptFormat {
  /** On each line a prompt, or options, the first of which begins with two dashes. */
  TEXT {
    @Override
    public PromptLine parse(int number, String line) {
      String text = line.strip();
      if (text.startsWith("--")) {
        return OptionLine.parse(number, text);
      }
      if (JSON_OBJECT.matcher(text).matches()) {
        return JsonLine.parse(number, text);
      }
      return new PromptLine(
          number,
          text,
          Choices.NONE,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
  },
  /** A JSON object a line. */
  JSON_LINES {
    @Override
    public PromptLine parse(int number, String text) {
      return JsonLine.parse(number, text.strip());
    }
  };

  /** The braces of a wildcard such as {@code {red|blue} house} are not followed by a quote. */
  private static final Pattern JSON_OBJECT = Pattern.compile("\\{\\s*[\"}].*", Pattern.DOTALL);

  private static final Pattern JSON_ARRAY = Pattern.compile("\\[\\s*(\\{.*)?", Pattern.DOTALL);

  /** Blank lines and comments are left out. */
  @Override
  public boolean isSilent(String text) {
    return saysNothing(text);
  }

  @Override
  public boolean goesOn(String text) {
    return false;
  }

  /**
   * Tells whether a line is left out: blank, or a comment.
   *
   * @param text the line
   * @return whether it says nothing
   */
  static boolean saysNothing(String text) {
    return text.isBlank() || text.startsWith("#");
  }

  /**
   * Tells a file's format.
   *
   * @param text the first line that is not {@linkplain #saysNothing silent}
   * @return the format
   * @throws InvalidRequestException if it is one that is not read
   */
  static LineFormat of(String text) {
    if (JSON_ARRAY.matcher(text.strip()).matches()) {
      throw new InvalidRequestException(
          "this begins a JSON array; write one object a line, as jq -c '.[]' does");
    }
    return JSON_OBJECT.matcher(text.strip()).matches() ? JSON_LINES : TEXT;
  }
}
