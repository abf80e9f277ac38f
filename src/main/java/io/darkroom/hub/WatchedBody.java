package io.darkroom.hub;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * The body of an answer, which has to arrive at some speed: each so many bytes within so much time
 * that a reader waits for them. The JDK's client would wait for a silent server for ever, and for
 * one that drips a byte a second for years. What the reader does between two reads takes none of
 * that time.
 */
final class WatchedBody extends FilterInputStream {
  private static final int LOOKS = 4;

  private final RetryPolicy policy;
  private final TimeSource time;
  private final TimeSource.Watch watch;

  private long arrived;
  private long waited;
  private long readSince;
  private boolean reading;
  private boolean tooSlow;

  /**
   * Begins to watch.
   *
   * @param body the body; closed with this stream, or when it is too slow
   * @param policy how slow is too slow
   * @param time the time
   */
  WatchedBody(InputStream body, RetryPolicy policy, TimeSource time) {
    super(body);
    this.policy = policy;
    this.time = time;
    Duration period = policy.silence().dividedBy(LOOKS);
    watch = time.every(period.isZero() ? policy.silence() : period, this::look);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    int count = read(one, 0, 1);
    return count < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    begin();
    int count = -1;
    try {
      count = in.read(target, offset, length);
    } catch (IOException e) {
      throw explained(e);
    } finally {
      end(Math.max(count, 0));
    }
    if (count < 0) {
      requireInTime();
    }
    return count;
  }

  private synchronized void begin() {
    reading = true;
    readSince = time.nanoTime();
  }

  private synchronized void end(int count) {
    reading = false;
    waited += time.nanoTime() - readSince;
    arrived += count;
    if (arrived >= policy.fewestBytes()) {
      arrived = 0;
      waited = 0;
    }
  }

  private void look() {
    synchronized (this) {
      long now = waited + (reading ? time.nanoTime() - readSince : 0);
      if (now <= policy.silence().toNanos()) {
        return;
      }
      tooSlow = true;
    }
    try {
      close(); // wakes the reader
    } catch (IOException e) {
      // the reader notices
    }
  }

  /** What the reader's failure really was. */
  private synchronized IOException explained(IOException failure) {
    if (tooSlow) {
      return new IOException(reason(), failure);
    }
    // To a reader of JSON this exception is the end of a text, and not of a connection.
    return failure instanceof EOFException
        ? new IOException("it ended too early", failure)
        : failure;
  }

  /** A body that was closed may look like one that has ended. */
  private synchronized void requireInTime() throws IOException {
    if (tooSlow) {
      throw new IOException(reason());
    }
  }

  private String reason() {
    return arrived == 0
        ? "nothing arrived for too long"
        : "it sends too slowly: "
            + ByteCount.text(arrived)
            + " within "
            + policy.silence().toSeconds()
            + " s";
  }

  @Override
  public void close() throws IOException {
    watch.close();
    super.close();
  }
}
