package io.darkroom.batch;

import io.darkroom.request.InvalidRequestException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Takes the lines of a text off a stream, each as soon as it is there. The text is in UTF-8, or in
 * UTF-16 if a byte order mark at its beginning says so. A line's end is a line feed, a carriage
 * return, or both; the last line needs none.
 */
final class LineReader {
  /** The longest line, in bytes. */
  static final int MOST_BYTES = 1 << 16;

  /** Where a line is so long, no text follows any more. */
  static final int NO_TEXT_BYTES = 1 << 26;

  private static final int END = -1;

  private final InputStream in;
  private final byte[] buffer = new byte[1 << 13];
  private Encoding encoding = Encoding.UNKNOWN;
  private int position;
  private int limit;
  private int number;
  private boolean afterReturn;

  /** How characters are written. */
  private enum Encoding {
    UNKNOWN(StandardCharsets.UTF_8, 1),
    UTF_8(StandardCharsets.UTF_8, 1),
    UTF_16LE(StandardCharsets.UTF_16LE, 2),
    UTF_16BE(StandardCharsets.UTF_16BE, 2);

    private final Charset charset;
    private final int unitBytes;

    Encoding(Charset charset, int unitBytes) {
      this.charset = charset;
      this.unitBytes = unitBytes;
    }

    private String displayName() {
      return unitBytes == 1 ? "UTF-8" : "UTF-16";
    }
  }

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
   * @param charset what the bytes are in
   * @param encoding the same, for people
   */
  record Line(int number, byte[] bytes, boolean whole, Charset charset, String encoding) {
    /**
     * Decodes the line.
     *
     * @return its text
     * @throws InvalidRequestException if it is too long or no text
     */
    String text() {
      if (!whole) {
        throw tooLong();
      }
      String text;
      try {
        text = charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        throw new InvalidRequestException("the line is not text in " + encoding);
      }
      if (text.indexOf('\0') >= 0) {
        throw new InvalidRequestException("the line is not text: it contains a NUL character");
      }
      return text;
    }
  }

  /** The fault of a line of more than {@link #MOST_BYTES}. */
  static InvalidRequestException tooLong() {
    return new InvalidRequestException("the line is longer than " + MOST_BYTES + " bytes");
  }

  /**
   * The next line; waits for it.
   *
   * @return the line, or nothing at the end
   * @throws IOException if the stream cannot be read
   * @throws InvalidRequestException if a line has no end
   */
  Optional<Line> next() throws IOException {
    if (encoding == Encoding.UNKNOWN) {
      encoding = readByteOrderMark();
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int unit = readUnit();
    if (afterReturn && unit == '\n') {
      unit = readUnit(); // the second half of the last line's end
    }
    afterReturn = false;
    if (unit == END) {
      return Optional.empty();
    }
    int length = 0;
    for (; unit != END && unit != '\n' && unit != '\r'; unit = readUnit()) {
      if (length < MOST_BYTES) {
        append(unit, line);
      }
      length += encoding.unitBytes;
      if (length > NO_TEXT_BYTES) {
        throw new InvalidRequestException(
            "not a prompt file: line "
                + (number + 1)
                + " does not end within "
                + NO_TEXT_BYTES
                + " bytes");
      }
    }
    afterReturn = unit == '\r';
    number++;
    return Optional.of(
        new Line(
            number,
            line.toByteArray(),
            length <= MOST_BYTES,
            encoding.charset,
            encoding.displayName()));
  }

  /** Takes the mark away; waits for a second byte only where the first may be a mark's. */
  private Encoding readByteOrderMark() throws IOException {
    return switch (peek(0)) {
      case 0xEF -> {
        if (peek(1) == 0xBB && peek(2) == 0xBF) {
          position += 3;
        }
        yield Encoding.UTF_8;
      }
      case 0xFF -> peek(1) == 0xFE ? marked(Encoding.UTF_16LE) : Encoding.UTF_8;
      case 0xFE -> peek(1) == 0xFF ? marked(Encoding.UTF_16BE) : Encoding.UTF_8;
      default -> Encoding.UTF_8;
    };
  }

  private Encoding marked(Encoding found) {
    position += found.unitBytes;
    return found;
  }

  /** A byte at the beginning of the stream, which stays there; -1 if there are not so many. */
  private int peek(int index) throws IOException {
    while (limit <= index) {
      int count = in.read(buffer, limit, buffer.length - limit);
      if (count <= 0) {
        return END;
      }
      limit += count;
    }
    return buffer[index] & 0xFF;
  }

  /** A byte, or the two of UTF-16, as a number; -1 at the end. Half a unit counts as a NUL. */
  private int readUnit() throws IOException {
    int first = read();
    if (encoding.unitBytes == 1 || first == END) {
      return first;
    }
    int second = read();
    if (second == END) {
      return 0;
    }
    return encoding == Encoding.UTF_16LE ? second << 8 | first : first << 8 | second;
  }

  private void append(int unit, ByteArrayOutputStream line) {
    if (encoding == Encoding.UTF_16LE) {
      line.write(unit & 0xFF);
      line.write(unit >> 8);
    } else if (encoding == Encoding.UTF_16BE) {
      line.write(unit >> 8);
      line.write(unit & 0xFF);
    } else {
      line.write(unit);
    }
  }

  /** The next byte; -1 at the end. Takes what is there without waiting for a full buffer. */
  private int read() throws IOException {
    if (position == limit) {
      position = 0;
      limit = Math.max(0, in.read(buffer));
    }
    return position < limit ? buffer[position++] & 0xFF : END;
  }
}
