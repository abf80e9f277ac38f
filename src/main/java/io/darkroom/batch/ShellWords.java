package io.darkroom.batch;

import io.darkroom.request.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits a line into words as a POSIX shell does, without expanding anything: blanks part words,
 * single quotes keep all, double quotes keep all but a backslash before {@code "} or {@code \}, and
 * a backslash elsewhere keeps the next character.
 */
final class ShellWords {
  private final String line;
  private final List<String> words = new ArrayList<>();
  private final StringBuilder word = new StringBuilder();
  private boolean inWord;
  private int position;

  private ShellWords(String line) {
    this.line = line;
  }

  /**
   * Splits a line.
   *
   * @param line the line
   * @return its words; quotes make an empty one
   * @throws InvalidRequestException if a quotation is not closed
   */
  static List<String> split(String line) {
    ShellWords splitting = new ShellWords(line);
    while (splitting.position < line.length()) {
      splitting.take(line.charAt(splitting.position++));
    }
    splitting.endWord();
    return splitting.words;
  }

  private void take(char character) {
    if (character == '\'' || character == '"') {
      takeQuotation(character);
    } else if (Character.isWhitespace(character)) {
      endWord();
    } else {
      boolean escape = character == '\\' && position < line.length();
      add(escape ? line.charAt(position++) : character);
    }
  }

  private void takeQuotation(char quote) {
    inWord = true;
    while (position < line.length()) {
      char character = line.charAt(position++);
      if (character == quote) {
        return;
      }
      if (quote == '"' && character == '\\' && position < line.length()) {
        char next = line.charAt(position);
        if (next == '"' || next == '\\') {
          character = next;
          position++;
        }
      }
      add(character);
    }
    throw new InvalidRequestException(
        "a quotation that begins with "
            + quote
            + " is not closed; put double quotes around a text with an apostrophe");
  }

  private void add(char character) {
    word.append(character);
    inWord = true;
  }

  private void endWord() {
    if (inWord) {
      words.add(word.toString());
      word.setLength(0);
      inWord = false;
    }
  }
}
