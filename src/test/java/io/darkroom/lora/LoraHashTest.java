package io.darkroom.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.darkroom.base.ModelException;
import io.darkroom.testing.TestModels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraHashTest {
  @TempDir Path folder;

  @Test
  void theFileAndWhatFollowsItsHeader() throws Exception {
    Path file = TestModels.directory("tiny-sd1-lora").resolve("kohya.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    int header = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    LoraHash hash = LoraHash.of(file);
    assertEquals(sha256(bytes), hash.file());
    assertEquals(sha256(Arrays.copyOfRange(bytes, 8 + header, bytes.length)), hash.tensors());
    assertEquals(hash.tensors().substring(0, 12), hash.webUi());
  }

  /** Whether it is a LoRA at all, others tell: a hash is a hash. */
  @Test
  void whateverTheFileIs() throws Exception {
    Path file = folder.resolve("file");
    byte[] cut = new byte[100_000];
    cut[3] = 1; // a header of 16 MiB
    byte[] negative = new byte[20];
    Arrays.fill(negative, (byte) -1);
    byte[] far = cut.clone();
    far[8] = '{';
    for (byte[] bytes : new byte[][] {{}, {1, 2, 3}, cut, negative}) {
      Files.write(file, bytes);
      assertEquals(new LoraHash(sha256(bytes), sha256(bytes)), LoraHash.of(file));
    }
    Files.write(file, far);
    assertEquals(new LoraHash(sha256(far), sha256(new byte[0])), LoraHash.of(file));
  }

  @Test
  void aFileThatIsNotThereIsOneLine() {
    Path missing = folder.resolve("missing.safetensors");
    String message = assertThrows(ModelException.class, () -> LoraHash.of(missing)).getMessage();
    assertEquals(1, message.lines().count());
  }

  private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
