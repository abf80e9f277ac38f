package io.darkroom.cli.output;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;

/**
 * What picocli prints on standard output, such as help: a print writer keeps failures to itself.
 */
public final class PrintedText {
  private final Memory memory;
  private final PrintWriter writer;

  /**
   * Prepares to print.
   *
   * @param out standard output
   */
  public PrintedText(OutputStream out) {
    memory = new Memory(out);
    writer = new PrintWriter(new OutputStreamWriter(memory, Charset.defaultCharset()), false);
  }

  /** {@return where to print} */
  public PrintWriter writer() {
    return writer;
  }

  /**
   * Writes what was printed.
   *
   * @throws ClosedOutputException if nobody reads any more
   * @throws IOException if it could not be written
   */
  public void finish() throws IOException {
    writer.flush();
    if (memory.failure != null) {
      IOException told = StandardOutput.failure(memory.failure);
      throw ClosedOutputException.isBehind(memory.failure)
          ? new ClosedOutputException(told.getMessage(), memory.failure)
          : told;
    }
  }

  /** Remembers the first failure. */
  private static final class Memory extends FilterOutputStream {
    private IOException failure;

    Memory(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      try {
        out.write(bytes, from, count);
      } catch (IOException e) {
        failure = failure == null ? e : failure;
        throw e;
      }
    }
  }
}
