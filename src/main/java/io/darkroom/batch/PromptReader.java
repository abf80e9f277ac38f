package io.darkroom.batch;

import io.darkroom.pipeline.InvalidRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Reads prompts from a file or a stream, each as soon as its line is there. */
public final class PromptReader {
  private final LineReader lines;
  private final boolean endless;
  private Optional<LineFormat> format = Optional.empty();
  private int index;

  private PromptReader(InputStream in, boolean endless) {
    this.lines = new LineReader(in);
    this.endless = endless;
  }

  /**
   * Reads a file, whose first line tells whether it is one of prompts at all.
   *
   * @param in the text in UTF-8; not closed
   * @return the reader
   */
  public static PromptReader ofFile(InputStream in) {
    return new PromptReader(in, false);
  }

  /**
   * Reads what another program writes: a first line that makes no sense is one fault of many.
   *
   * @param in the text in UTF-8; not closed
   * @return the reader
   */
  public static PromptReader ofStream(InputStream in) {
    return new PromptReader(in, true);
  }

  /**
   * The next line that is neither blank nor a comment; waits for it.
   *
   * @return the line, or nothing at the end
   * @throws IOException if the stream cannot be read
   * @throws InvalidRequestException if the very first line of a file shows that it is no prompt
   *     file
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

  private Optional<PromptEntry> entry(LineReader.Line line) {
    try {
      String text = line.text().strip();
      if (LineFormat.isSilent(text)) {
        return Optional.empty();
      }
      if (format.isEmpty()) {
        format = Optional.of(LineFormat.of(text));
      }
      PromptLine parsed = format.get().parse(line.number(), text);
      return Optional.of(new PromptEntry(line.number(), index++, Optional.of(parsed), ""));
    } catch (InvalidRequestException e) {
      if (format.isEmpty() && !endless) {
        throw new InvalidRequestException(
            "no prompt file: line " + line.number() + ": " + e.getMessage());
      }
      return Optional.of(new PromptEntry(line.number(), index++, Optional.empty(), e.getMessage()));
    }
  }
}
