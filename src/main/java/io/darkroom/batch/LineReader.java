package io.darkroom.batch;

import io.darkroom.pipeline.InvalidRequestException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Takes the lines of UTF-8 text off a stream, each as soon as it is there. A line's end is a line
 * feed, with or without a carriage return before it; the last line needs none.
 */
final class LineReader {
  /** The longest line, in bytes. */
  static final int MOST_BYTES = 1 << 16;

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final InputStream in;
  private final byte[] buffer = new byte[1 << 13];
  private int position;
  private int limit;
  private int number;

  /**
   * Creates a reader.
   *
   * @param in the text; not closed
   */
  LineReader(InputStream in) {
    this.in = in;
  }

  /**
   * A line.
   *
   * @param number from 1
   * @param bytes without its end; of one that is too long the beginning
   * @param whole whether these are all of it
   */
  record Line(int number, byte[] bytes, boolean whole) {
    /**
     * Decodes the line.
     *
     * @return its text
     * @throws InvalidRequestException if it is too long or no text
     */
    String text() {
      if (!whole) {
        throw new InvalidRequestException("the line is longer than " + MOST_BYTES + " bytes");
      }
      String text;
      try {
        text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        throw new InvalidRequestException("the line is not text in UTF-8");
      }
      if (text.indexOf('\0') >= 0) {
        throw new InvalidRequestException("the line is not text: it holds a NUL character");
      }
      return number == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }
  }

  /**
   * The next line; waits for it.
   *
   * @return the line, or nothing at the end
   * @throws IOException if the stream cannot be read
   */
  Optional<Line> next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int length = 0;
    boolean whole = true;
    int read = read();
    if (read < 0) {
      return Optional.empty();
    }
    while (read >= 0 && read != '\n') {
      if (length < MOST_BYTES) {
        line.write(read);
        length++;
      } else {
        whole = false;
      }
      read = read();
    }
    number++;
    return Optional.of(new Line(number, withoutReturn(line.toByteArray()), whole));
  }

  /** The next byte; -1 at the end. Takes what is there without waiting for a full buffer. */
  private int read() throws IOException {
    if (position == limit) {
      position = 0;
      limit = Math.max(0, in.read(buffer));
    }
    return position < limit ? buffer[position++] & 0xFF : -1;
  }

  private static byte[] withoutReturn(byte[] line) {
    int length = line.length;
    return length > 0 && line[length - 1] == '\r'
        ? java.util.Arrays.copyOf(line, length - 1)
        : line;
  }
}
