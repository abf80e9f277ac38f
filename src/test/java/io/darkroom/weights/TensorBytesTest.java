package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  @ParameterizedTest
  @CsvSource({"16777215, 0", "16777216, 1", "20000000, 1"})
  void aClosedFileLetsGoOfALargeBufferAndHasItCollected(int length, int collections)
      throws IOException {
    Path path = folder.resolve("large");
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), length - 1);
    }
    try (FileChannel channel = FileChannel.open(path)) {
      List<Integer> kept = new ArrayList<>();
      AtomicReference<TensorBytes> own = new AtomicReference<>();
      TensorBytes bytes = new TensorBytes(path, channel, () -> kept.add(own.get().spareBytes()));
      own.set(bytes);
      NDManager late = NDManager.newBaseManager(Device.cpu());
      try (NDManager borrower = NDManager.newBaseManager(Device.cpu())) {
        bytes.read("late", 0, length, late);
        assertEquals(length, bytes.read("large", 0, length, borrower).remaining());
        assertEquals(0, bytes.spareBytes(), "both are lent");
      }
      assertEquals(length, bytes.spareBytes());
      assertEquals(List.of(), kept);
      bytes.close();
      assertEquals(Collections.nCopies(collections, 0), kept, "it is let go of before");
      late.close();
      assertEquals(0, bytes.spareBytes(), "what comes back after the end is not kept");
    }
  }
}
