package io.darkroom.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBytesTest {
  @TempDir Path folder;

  @Test
  void aBufferIsItsBorrowersAloneUntilTheBorrowerIsClosed() throws IOException {
    Path path = Files.write(folder.resolve("bytes"), new byte[] {1, 2, 3, 4});
    try (FileChannel channel = FileChannel.open(path)) {
      TensorBytes bytes = new TensorBytes(path, channel);
      ByteBuffer lent;
      try (NDManager borrower = NDManager.newBaseManager(Device.cpu())) {
        lent = bytes.read("first", 0, 2, borrower);
        try (NDManager other = NDManager.newBaseManager(Device.cpu())) {
          assertEquals(ByteBuffer.wrap(new byte[] {3}), bytes.read("second", 2, 1, other));
        }
        assertEquals(ByteBuffer.wrap(new byte[] {1, 2}), lent);
      }
      try (NDManager borrower = NDManager.newBaseManager(Device.cpu())) {
        bytes.read("third", 1, 2, borrower);
        assertEquals(ByteBuffer.wrap(new byte[] {2, 3}), lent, "the larger buffer is used again");
      }
    }
  }

  @Test
  void nothingIsReadBeyondTheEnd() throws IOException {
    Path path = Files.write(folder.resolve("bytes"), new byte[4]);
    try (FileChannel channel = FileChannel.open(path);
        NDManager borrower = NDManager.newBaseManager(Device.cpu())) {
      TensorBytes bytes = new TensorBytes(path, channel);
      ModelException shrunk =
          assertThrows(ModelException.class, () -> bytes.read("end", 3, 2, borrower));
      assertTrue(shrunk.getMessage().contains("tensor end"), shrunk.getMessage());
      assertTrue(shrunk.getMessage().contains("shrunk"), shrunk.getMessage());
      ModelException large =
          assertThrows(ModelException.class, () -> bytes.read("large", 0, 1L << 31, borrower));
      assertTrue(large.getMessage().contains("2 GiB"), large.getMessage());
      assertEquals(0, bytes.read("nothing", 4, 0, borrower).remaining());
    }
  }

  /** Outside the heap nothing is freed unless the collector comes by. */
  @Test
  void aClosedFilesBufferIsFreed() throws Exception {
    int length = 64 << 20;
    Path path = folder.resolve("large");
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), length - 1);
    }
    long before = directMemory();
    readAndClose(path, length);
    for (int i = 0; i < 500 && directMemory() >= before + length; i++) {
      Thread.sleep(10); // the collector's helper frees it, a moment after the collection
    }
    assertTrue(directMemory() < before + length, "the buffer is still there");
  }

  private static void readAndClose(Path path, int length) throws IOException {
    try (FileChannel channel = FileChannel.open(path);
        TensorBytes bytes = new TensorBytes(path, channel)) {
      try (NDManager borrower = NDManager.newBaseManager(Device.cpu())) {
        assertEquals(length, bytes.read("large", 0, length, borrower).remaining());
      }
      assertTrue(directMemory() >= length);
    }
  }

  private static long directMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }
}
