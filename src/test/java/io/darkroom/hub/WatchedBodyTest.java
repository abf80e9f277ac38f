package io.darkroom.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WatchedBodyTest {
  private static final int SECONDS = 30;
  private static final RetryPolicy POLICY =
      new RetryPolicy(
          1, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(SECONDS), 30_000);

  private final ManualTime time = new ManualTime();

  /** Takes a second for each piece. */
  private final class Slow extends InputStream {
    private final int piece;
    private int pieces;
    private boolean closed;

    Slow(int piece, int pieces) {
      this.piece = piece;
      this.pieces = pieces;
    }

    @Override
    public int read() {
      throw new AssertionError("one by one is slow by itself");
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      time.advance(Duration.ofSeconds(1));
      if (closed) {
        throw new IOException("closed");
      }
      return pieces-- > 0 ? Math.min(piece, length) : -1;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static int read(InputStream body) throws IOException {
    byte[] block = new byte[1 << 16];
    int reads = 0;
    while (body.read(block, 0, block.length) >= 0) {
      reads++;
    }
    return reads;
  }

  @Test
  void aDripIsCutAfterTheTimeOfSilence() {
    Slow drip = new Slow(1, 1000);
    WatchedBody body = new WatchedBody(drip, POLICY, time);
    IOException cut = assertThrows(IOException.class, () -> read(body));
    assertEquals("it sends too slowly: 30 bytes within 30 s", cut.getMessage());
    assertEquals(1000 - SECONDS, drip.pieces);
  }

  @Test
  void silenceIsCut() {
    WatchedBody body = new WatchedBody(new Slow(0, 1000), POLICY, time);
    IOException cut = assertThrows(IOException.class, () -> read(body));
    assertEquals("nothing arrived for too long", cut.getMessage());
  }

  @Test
  void whatIsFastEnoughIsNotCutHoweverLongItTakes() throws IOException {
    try (WatchedBody body = new WatchedBody(new Slow(1000, 100_000), POLICY, time)) {
      assertEquals(100_000, read(body));
    }
  }

  @Test
  void theReadersOwnTimeDoesNotCount() throws IOException {
    try (WatchedBody body = new WatchedBody(new Slow(100, 20), POLICY, time)) {
      byte[] block = new byte[100];
      for (int i = 0; i < 20; i++) {
        assertEquals(100, body.read(block, 0, 100));
        time.advance(Duration.ofHours(1)); // a slow disk
      }
      assertEquals(-1, body.read(block, 0, 100));
    }
  }

  @Test
  void aBodyThatWasCutHasNotEnded() {
    InputStream ends =
        new InputStream() {
          private boolean closed;

          @Override
          public int read() {
            throw new AssertionError();
          }

          @Override
          public int read(byte[] target, int offset, int length) {
            time.advance(Duration.ofSeconds(SECONDS + 1));
            return closed ? -1 : 1;
          }

          @Override
          public void close() {
            closed = true;
          }
        };
    IOException cut =
        assertThrows(IOException.class, () -> read(new WatchedBody(ends, POLICY, time)));
    assertTrue(cut.getMessage().contains("nothing arrived"), cut.getMessage());
  }

  /** To the reader of a text the end of the stream would be the text's. */
  @Test
  @SuppressWarnings("InputStreamSlowMultibyteRead")
  void aConnectionsEndIsNotThatOfAText() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new EOFException("EOF reached while reading");
          }
        };
    IOException failure =
        assertThrows(IOException.class, () -> new WatchedBody(broken, POLICY, time).read());
    assertEquals(IOException.class, failure.getClass());
  }
}
