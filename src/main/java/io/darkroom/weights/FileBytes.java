package io.darkroom.weights;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Pieces of an open file. */
final class FileBytes {
  private FileBytes() {}

  /**
   * Reads a piece of a file.
   *
   * @param channel the open file
   * @param offset where the piece begins
   * @param length its bytes
   * @return the bytes, little-endian
   * @throws IOException if they are not there
   */
  static ByteBuffer read(FileChannel channel, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    fill(channel, offset, bytes);
    return bytes.flip();
  }

  /**
   * Fills a buffer from its beginning to its limit.
   *
   * @param channel the open file
   * @param offset where the piece begins
   * @param bytes the buffer, at its position 0
   * @throws IOException if there are not enough bytes
   */
  static void fill(FileChannel channel, long offset, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, offset + bytes.position()) < 0) {
        throw new EOFException("the file ends too early");
      }
    }
  }
}
