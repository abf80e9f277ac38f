package io.darkroom.cli.output;

import io.darkroom.base.FileFailure;
import io.darkroom.image.PictureFormat;
import io.darkroom.image.Png;
import io.darkroom.text.LoneSurrogates;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Standard output, which takes data alone: lines, or one picture's bytes. Unlike a print stream it
 * notices when nobody reads any more.
 *
 * @param out the stream
 */
public record StandardOutput(OutputStream out) implements Destination {
  @Override
  public void check(List<PictureName> pictures) {}

  @Override
  public PictureFormat format() {
    return PictureFormat.PNG;
  }

  @Override
  public Optional<Path> save(Png png, PictureName name) throws IOException {
    try {
      format().write(png, new BufferedOutputStream(out));
    } catch (IOException e) {
      throw failure(e);
    }
    return Optional.empty();
  }

  /**
   * Writes a line about work that was done, at once. If nobody reads it any more, it is lost, and
   * that is a failure.
   *
   * @param line the line without its end
   * @param charset how to encode it
   * @throws IOException if it cannot be written
   */
  public void report(String line, Charset charset) throws IOException {
    try {
      println(line, charset);
    } catch (ClosedOutputException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /**
   * Writes a line of what was asked for, at once. What no encoding has, {@linkplain LoneSurrogates
   * half of a surrogate pair}, is written as JSON escapes it.
   *
   * @param line the line without its end
   * @param charset how to encode it
   * @throws ClosedOutputException if nobody reads any more, which is as good as the end
   * @throws IOException if it cannot be written
   */
  public void println(String line, Charset charset) throws IOException {
    try {
      out.write((LoneSurrogates.escaped(line) + "\n").getBytes(charset));
      out.flush();
    } catch (IOException e) {
      throw ClosedOutputException.isBehind(e)
          ? new ClosedOutputException(failure(e).getMessage(), e)
          : failure(e);
    }
  }

  static IOException failure(IOException cause) {
    return new IOException("cannot write to standard output: " + FileFailure.reason(cause), cause);
  }
}
