package io.darkroom.batch;

import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Reads prompts from a file or a stream, each as soon as its line is there. */
public final class PromptReader {
  /** Of one row of a table. */
  private static final int MOST_LINES = 1000;

  private final LineReader lines;
  private final String name;
  private final boolean endless;
  private Optional<PromptFormat> format = Optional.empty();
  private int index;

  private PromptReader(InputStream in, String name, boolean endless) {
    this.lines = new LineReader(in);
    this.name = name;
    this.endless = endless;
  }

  /**
   * Reads a file, whose first line tells whether it is one of prompts at all.
   *
   * @param in the text in UTF-8, or in UTF-16 with a byte order mark; not closed
   * @param name the file's name, whose ending may tell that it is a table
   * @return the reader
   */
  public static PromptReader ofFile(InputStream in, String name) {
    return new PromptReader(in, name, false);
  }

  /**
   * Reads what another program writes: a first line that makes no sense is one fault of many.
   *
   * @param in the text in UTF-8, or in UTF-16 with a byte order mark; not closed
   * @return the reader
   */
  public static PromptReader ofStream(InputStream in) {
    return new PromptReader(in, "", true);
  }

  /**
   * The next line that is neither blank nor a comment; waits for it.
   *
   * @return the line, or nothing at the end
   * @throws IOException if the stream cannot be read
   * @throws InvalidRequestException if the very first line of a file, or a line without an end,
   *     shows that it is no prompt file
   */
  public Optional<PromptEntry> next() throws IOException {
    for (var line = lines.next(); line.isPresent(); line = lines.next()) {
      Optional<PromptEntry> entry = entry(line.get());
      if (entry.isPresent()) {
        return entry;
      }
    }
    return Optional.empty();
  }

  private Optional<PromptEntry> entry(LineReader.Line line) throws IOException {
    try {
      String text = line.text();
      if (format.isEmpty()) {
        if (LineFormat.saysNothing(text.strip())) {
          return Optional.empty();
        }
        Optional<PromptTable> table = PromptTable.of(name, text);
        format = Optional.of(table.isPresent() ? table.get() : LineFormat.of(text.strip()));
        if (table.isPresent()) {
          return Optional.empty();
        }
      }
      text = whole(text);
      if (format.get().isSilent(text.strip())) {
        return Optional.empty();
      }
      PromptLine parsed = format.get().parse(line.number(), text);
      return Optional.of(new PromptEntry(line.number(), index++, Optional.of(parsed), ""));
    } catch (InvalidRequestException e) {
      if (format.isEmpty() && !endless) {
        throw new InvalidRequestException(
            "not a prompt file: line " + line.number() + ": " + e.getMessage());
      }
      return Optional.of(new PromptEntry(line.number(), index++, Optional.empty(), e.getMessage()));
    }
  }

  /** A line with those that what it says goes on in. */
  private String whole(String first) throws IOException {
    StringBuilder text = new StringBuilder(first);
    for (int lines = 1; format.orElseThrow().goesOn(text.toString()); lines++) {
      Optional<LineReader.Line> next = this.lines.next();
      if (next.isEmpty()) {
        break;
      }
      text.append('\n').append(next.get().text());
      if (lines == MOST_LINES || text.length() > LineReader.MOST_BYTES) {
        throw new InvalidRequestException(
            "a quotation mark is not closed within %d lines and %d bytes"
                .formatted(MOST_LINES, LineReader.MOST_BYTES));
      }
    }
    return text.toString();
  }
}
