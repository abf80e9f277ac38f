package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.darkroom.base.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files: opening one either works or ends in a {@link ModelException}, never otherwise. */
class SafetensorsFuzzTest {
  private static final int MUTATIONS = 4000;

  @TempDir Path folder;

  @Test
  void flippedBytesAreRefusedOrHarmless() throws IOException {
    Random random = new Random(20_240_817);
    byte[] whole = smallFile();
    int headerEnd = 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    int refused =
        countRefused(
            bytes -> {
              for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                bytes[random.nextInt(headerEnd)] = (byte) random.nextInt(256);
              }
              return bytes;
            });
    assertTrue(refused > MUTATIONS / 2, refused + " refused");
  }

  @Test
  void headersWithPiecesMovedAreRefusedOrHarmless() throws IOException {
    Random random = new Random(7);
    String alphabet = "{}[]\",:0123456789-.eEnulltrue \\\n\t/*#'";
    countRefused(
        bytes -> {
          for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
            int from = 8 + random.nextInt(200);
            int to = 8 + random.nextInt(200);
            int length = random.nextInt(20);
            if (random.nextBoolean()) {
              System.arraycopy(bytes, from, bytes, to, length);
            } else {
              bytes[to] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
            }
          }
          return bytes;
        });
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = smallFile();
    Path path = folder.resolve("cut.safetensors");
    for (int length = 0; length < whole.length; length++) {
      Files.write(path, Arrays.copyOf(whole, length));
      assertTrue(isRefused(path), length + " of " + whole.length + " bytes");
    }
    Files.write(path, Arrays.copyOf(whole, whole.length + 1));
    assertTrue(isRefused(path), "one byte more");
  }

  private int countRefused(UnaryOperator<byte[]> damage) throws IOException {
    byte[] whole = smallFile();
    Path path = folder.resolve("damaged.safetensors");
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      // The length is always the same; not truncating first saves a flush to the disk each time.
      Files.write(
          path, damage.apply(whole.clone()), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      refused += isRefused(path) ? 1 : 0;
    }
    return refused;
  }

  private static boolean isRefused(Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (StoredTensor tensor : file.tensors().values()) {
        assertTrue(tensor.offset() + tensor.length() <= Files.size(path), tensor.toString());
      }
      return false;
    } catch (ModelException expected) {
      if (expected.getMessage().lines().count() != 1) {
        fail("not one line: " + expected.getMessage());
      }
      return true;
    } catch (RuntimeException | Error unexpected) {
      return fail("for " + Arrays.toString(Files.readAllBytes(path)), unexpected);
    }
  }

  private byte[] smallFile() throws IOException {
    Path path = folder.resolve("whole.safetensors");
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("conv.weight", TensorData.of(new float[12], 2, 1, 2, 3));
    tensors.put("conv.bias", TensorData.of(new float[2], 2));
    tensors.put("scale", TensorData.of(new float[1]));
    new SafetensorsWriter(StoredType.F16).write(path, tensors, Map.of("format", "pt"));
    return Files.readAllBytes(path);
  }
}
