package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.PytorchWriter.Code;
import io.darkroom.testing.PytorchWriter.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The format that PyTorch wrote before version 1.6. */
class PytorchSequenceTest {
  private static final int MUTATIONS = 3000;

  /** The numbers 1, 2, 3. */
  private static final Tensor SMALL = Tensor.of(new float[] {1, 2, 3}, 3);

  /**
   * An embedding of AUTOMATIC1111's web UI, pickled by CPython 3 with the names and the order of
   * torch.save's older format: two vectors of 1.5, -2, 3 and 0.25, 5, -6.
   */
  private static final String BY_PYTHON =
      "gAKKCmz8nEb5IGqoUBkugAJN6QMugAJ9cQAoWBAAAABwcm90b2NvbF92ZXJzaW9ucQFN6QNYDQAAAGxpdHRsZV9l"
          + "bmRpYW5xAohYCgAAAHR5cGVfc2l6ZXNxA31xBChYBQAAAHNob3J0cQVLAlgDAAAAaW50cQZLBFgEAAAAbG9u"
          + "Z3EHSwR1dS6AAn1xAChYDwAAAHN0cmluZ190b190b2tlbnEBfXECWAEAAAAqcQNNCQFzWA8AAABzdHJpbmdf"
          + "dG9fcGFyYW1xBH1xBWgDY3RvcmNoLl91dGlscwpfcmVidWlsZF90ZW5zb3JfdjIKcQYoKFgHAAAAc3RvcmFn"
          + "ZXEHY3RvcmNoCkZsb2F0U3RvcmFnZQpxCFgFAAAAOTQxMDhxCVgDAAAAY3B1cQpLBk50cQtRSwBLAksDhnEM"
          + "SwNLAYZxDYljY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQ4pUnEPdHEQUnERc1gEAAAAbmFtZXESWAUAAABz"
          + "dHlsZXETWAQAAABzdGVwcRROWA0AAABzZF9jaGVja3BvaW50cRVOWBIAAABzZF9jaGVja3BvaW50X25hbWVx"
          + "Fk51LoACXXEAWAUAAAA5NDEwOHEBYS4GAAAAAAAAAAAAwD8AAADAAABAQAAAgD4AAKBAAADAwA==";

  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void name() {
    path = folder.resolve("old.pt");
  }

  @Test
  void whatPythonPickledIsRead() throws IOException {
    Files.write(path, Base64.getDecoder().decode(BY_PYTHON));
    try (WeightsFile file = WeightsFormat.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(List.of("string_to_param.*"), List.copyOf(file.shapes().keySet()));
      assertArrayEquals(new long[] {2, 3}, file.shapes().get("string_to_param.*"));
      assertArrayEquals(
          new float[] {1.5f, -2, 3, 0.25f, 5, -6},
          file.load("string_to_param.*", manager).toFloatArray());
    }
  }

  /** Numbers lie one storage behind the other, those of tensors that are no weights among them. */
  @Test
  void eachTensorHasItsOwnNumbers() throws IOException {
    Map<String, Object> checkpoint = new LinkedHashMap<>();
    checkpoint.put("optimizer", List.of(Tensor.of(new float[] {9, 9}, 2)));
    byte[] halves = {0, 0x3c, 0, 0x40}; // 1 and 2
    Map<String, Object> weights = new LinkedHashMap<>();
    weights.put("half", new Tensor("HalfStorage", halves, 2, 0, new long[] {2}, new long[] {1}));
    weights.put("turned", turned());
    weights.put("small", SMALL);
    checkpoint.put("state_dict", weights);
    PytorchWriter.writeSequence(path, checkpoint);
    try (WeightsFile file = WeightsFormat.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(List.copyOf(weights.keySet()), List.copyOf(file.shapes().keySet()));
      assertArrayEquals(new float[] {1, 2}, file.load("half", manager).toFloatArray());
      assertArrayEquals(new float[] {0, 2, 1, 3}, file.load("turned", manager).toFloatArray());
      assertArrayEquals(new float[] {1, 2, 3}, file.load("small", manager).toFloatArray());
    }
  }

  private static Tensor turned() {
    byte[] numbers = Tensor.of(new float[] {0, 1, 2, 3}, 4).numbers();
    return new Tensor("FloatStorage", numbers, 4, 0, new long[] {2, 2}, new long[] {1, 2});
  }

  // ---------------------------------------------------------------- malice

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cos;system;(X....exittR | it asks for os.system",
        "c__builtin__;eval; | it asks for __builtin__.eval",
        "cnumpy.core.multiarray;_reconstruct; | it asks for numpy.core.multiarray._reconstruct",
        "(ios;system; | it creates objects of classes"
      })
  void nothingIsRun(String code, String says) throws IOException {
    String given = code.replace(';', '\n').replace("X....", "X\4\0\0\0");
    PytorchWriter.writeSequence(
        path, new LinkedHashMap<>(Map.of("weight", SMALL, "evil", new Code(given))));
    assertRefused(says);
    // Where the machine's facts should be, and where the keys should be.
    PytorchWriter.writeSequence(path, Map.of("weight", SMALL));
    String whole = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
    String start = "\u0080\u0002";
    int facts = PytorchSequence.MAGIC.length + "..M...".length();
    int keys = whole.lastIndexOf("." + start) + 1;
    for (int place : new int[] {facts, keys}) {
      assertEquals(place, whole.indexOf(start, place));
      String evil = whole.substring(0, place) + start + given + "." + whole.substring(place);
      Files.write(path, evil.getBytes(StandardCharsets.ISO_8859_1));
      assertRefused(says);
    }
  }

  // ---------------------------------------------------------------- damage

  @Test
  void whatDoesNotFitTogetherIsRefused() throws IOException {
    PytorchWriter.writeSequence(path, Map.of("weight", SMALL));
    byte[] whole = Files.readAllBytes(path);
    byte[] other = whole.clone();
    other[whole.length - SMALL.numbers().length - Long.BYTES] = 2;
    Files.write(path, other);
    assertRefused("storage 0 has 3 numbers in one place and 2 in another");
    Files.write(path, Arrays.copyOf(whole, whole.length - 1));
    assertRefused("it ends before the numbers of storage 0");
    Files.write(path, replaced(whole, "little_endian\u0088", "little_endian\u0089"));
    assertRefused("is big-endian");
    Files.write(path, replaced(whole, "little_endian", "little_indian"));
    assertRefused("does not tell in which order");
    Files.write(path, replaced(whole, "M\u00e9\3.", "M\u00ea\3."));
    assertRefused("its protocol is not 1001");
    // The last text is the key in the list of storages.
    byte[] stranger = whole.clone();
    stranger[whole.length - SMALL.numbers().length - Long.BYTES - 3] = '7';
    Files.write(path, stranger);
    assertRefused("it lists a storage that no tensor is in");
    PytorchWriter.writeSequence(path, Map.of("x", new Code("K\1")));
    assertRefused("contains no weights");
  }

  private static byte[] replaced(byte[] bytes, String old, String with) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    assertTrue(text.contains(old), old);
    return text.replace(old, with).getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aStorageThatIsPartOfAnotherIsRefused() throws IOException {
    String storage = "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuK\3";
    String view = storage + "(X\1\0\0\0001K\0K\3ttQ";
    PytorchWriter.writeSequence(
        path, new LinkedHashMap<>(Map.of("weight", SMALL, "view", new Code(view))));
    assertRefused("a storage of an unknown kind");
  }

  /** Numbers of storages that no file of this size has. */
  @ParameterizedTest
  @CsvSource({"4", "2147483647", "4611686018427387904", "9223372036854775807"})
  void noNumberOfNumbersGoesBeyondTheFile(long count) throws IOException {
    byte[] number = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(count).array();
    String written = new String(number, StandardCharsets.ISO_8859_1);
    String three = "\3\0\0\0\0\0\0\0";
    PytorchWriter.writeSequence(path, Map.of("weight", SMALL));
    String whole = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
    assertTrue(whole.split(three, -1).length > 2);
    Files.write(path, whole.replace(three, written).getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(isRefused());
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    PytorchWriter.writeSequence(path, Map.of("weight", SMALL));
    byte[] whole = Files.readAllBytes(path);
    for (int length = 0; length < whole.length; length++) {
      Files.write(path, Arrays.copyOf(whole, length));
      assertTrue(isRefused(), length + " of " + whole.length + " bytes");
    }
  }

  @Test
  void flippedBytesAreRefusedOrHarmless() throws IOException {
    Random random = new Random(20_260_102);
    byte[] whole = Base64.getDecoder().decode(BY_PYTHON);
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] damaged = whole.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      Files.write(path, damaged);
      refused += isRefused() ? 1 : 0;
    }
    assertTrue(refused > MUTATIONS / 2, refused + " refused");
  }

  private boolean isRefused() throws IOException {
    try (WeightsFile file = WeightsFormat.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      file.shapes().keySet().forEach(name -> file.load(name, manager).close());
      return false;
    } catch (ModelException expected) {
      assertEquals(1, expected.getMessage().lines().count(), expected.getMessage());
      return true;
    } catch (RuntimeException | Error unexpected) {
      return fail("for " + Arrays.toString(Files.readAllBytes(path)), unexpected);
    }
  }

  private void assertRefused(String says) {
    String message =
        assertThrows(ModelException.class, () -> WeightsFormat.open(path)).getMessage();
    assertTrue(message.contains(says), message);
    assertTrue(message.startsWith(path.toString()), message);
    assertEquals(1, message.lines().count(), message);
  }
}
