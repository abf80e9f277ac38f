package io.darkroom.weights;

import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.Checksum;

/**
 * Reads the bytes of one tensor after another into a buffer that is used again and again. A mapped
 * file would do without the buffer, but what has been touched of it counts as the process's memory
 * until the garbage collector lets go of it, and a file that shrinks takes the JVM down. Safe for
 * use by several threads.
 */
final class TensorBytes implements AutoCloseable {
  /** A collection takes some milliseconds: not for the sake of less than this. */
  private static final int WORTH_COLLECTING = 16 << 20;

  /** Bytes that are read and summed up in turn. */
  private static final int PIECE = 1 << 18;

  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  private final Path path;
  private final FileChannel channel;
  private final Runnable collector;
  private ByteBuffer spare = NOTHING;
  private boolean closed;

  /**
   * Prepares to read.
   *
   * @param path the file, for messages
   * @param channel the same, open for as long as this object is used
   */
  TensorBytes(Path path, FileChannel channel) {
    this(path, channel, System::gc);
  }

  /**
   * Prepares to read.
   *
   * @param path the file, for messages
   * @param channel the same, open for as long as this object is used
   * @param collector frees what nobody refers to
   */
  TensorBytes(Path path, FileChannel channel, Runnable collector) {
    this.path = path;
    this.channel = channel;
    this.collector = collector;
  }

  /** How large the buffer is that waits for the next tensor. */
  synchronized int spareBytes() {
    return spare.capacity();
  }

  /**
   * Reads a tensor's bytes.
   *
   * @param name the tensor's name, for messages
   * @param offset the first byte, counted from the beginning of the file
   * @param length bytes
   * @param borrower the buffer is its until it is closed; then the next tensor is read into it
   * @return a direct, little-endian buffer of exactly these bytes
   * @throws ModelException if there are 2 GiB or more, or if the file has shrunk meanwhile
   * @throws IllegalStateException if the file has been closed
   */
  ByteBuffer read(String name, long offset, long length, NDManager borrower) {
    return read(name, offset, length, borrower, Integer.MAX_VALUE, piece -> {});
  }

  /**
   * Reads a tensor's bytes and sums them up on the way, while they are in the processor's cache.
   *
   * @param name the tensor's name, for messages
   * @param offset the first byte, counted from the beginning of the file
   * @param length bytes
   * @param borrower the buffer is its until it is closed; then the next tensor is read into it
   * @param sum takes all of the bytes
   * @return a direct, little-endian buffer of exactly these bytes
   * @throws ModelException if there are 2 GiB or more, or if the file has shrunk meanwhile
   * @throws IllegalStateException if the file has been closed
   */
  ByteBuffer read(String name, long offset, long length, NDManager borrower, Checksum sum) {
    return read(name, offset, length, borrower, PIECE, sum::update);
  }

  private ByteBuffer read(
      String name,
      long offset,
      long length,
      NDManager borrower,
      int piece,
      Consumer<ByteBuffer> each) {
    if (length > Integer.MAX_VALUE) {
      throw new ModelException(
          "%s: tensor %s takes %d bytes; one tensor may take 2 GiB at most: store it as F16"
              .formatted(path, OneLine.of(name), length));
    }
    ByteBuffer buffer = take((int) length);
    borrower.attachInternal(NDManager.nextUid(), () -> giveBack(buffer));
    ByteBuffer bytes = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN).limit((int) length);
    try {
      for (int from = 0; from < length; from = bytes.position()) {
        bytes.limit((int) Math.min(length, from + (long) piece));
        FileBytes.fill(channel, offset, bytes);
        each.accept(bytes.duplicate().flip().position(from));
      }
    } catch (EOFException failure) {
      throw unreadable(name, new EOFException("the file has shrunk"));
    } catch (ClosedChannelException failure) {
      throw new IllegalStateException(path + " is closed", failure);
    } catch (IOException failure) {
      throw unreadable(name, failure);
    }
    return bytes.flip();
  }

  private ModelException unreadable(String name, IOException failure) {
    return new ModelException(
        "%s: the bytes of tensor %s cannot be read: %s"
            .formatted(path, OneLine.of(name), OneLine.of(failure.toString())),
        failure);
  }

  /** Grows by half at least, so that all the buffers ever let go of are no more than the last. */
  private synchronized ByteBuffer take(int length) {
    ByteBuffer taken = spare;
    spare = NOTHING;
    if (taken.capacity() >= length) {
      return taken;
    }
    long grown = Math.max(length, taken.capacity() * 3L / 2);
    return ByteBuffer.allocateDirect((int) Math.min(grown, Integer.MAX_VALUE));
  }

  private synchronized void giveBack(ByteBuffer buffer) {
    if (!closed && buffer.capacity() > spare.capacity()) {
      spare = buffer;
    }
  }

  /**
   * Lets go of the buffer. It lies outside the heap and is freed by the garbage collector alone,
   * which a model's few objects hardly ever call: all pictures would be painted beside it.
   */
  @Override
  public void close() {
    int capacity;
    synchronized (this) {
      closed = true;
      capacity = spare.capacity();
      spare = NOTHING;
    }
    if (capacity >= WORTH_COLLECTING) {
      collector.run();
    }
  }
}
