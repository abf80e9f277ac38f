package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
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
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PytorchFileTest {
  private static final int MUTATIONS = 3000;

  /** The numbers 1, 2, 3. */
  private static final Tensor SMALL = Tensor.of(new float[] {1, 2, 3}, 3);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "DoubleStorage, 000000000000F83F, 8, FLOAT32, 1.5",
    "FloatStorage, 0000C03F, 4, FLOAT32, 1.5",
    "HalfStorage, 003E, 2, FLOAT32, 1.5",
    "BFloat16Storage, C03F, 2, FLOAT32, 1.5",
    "LongStorage, FEFFFFFFFFFFFFFF, 8, INT64, -2",
    "IntStorage, FEFFFFFF, 4, INT32, -2"
  })
  void everyTypeIsRead(String storage, String bytes, int width, DataType type, double value)
      throws IOException {
    byte[] numbers = java.util.HexFormat.of().parseHex(bytes);
    Path path = folder.resolve("x.bin");
    PytorchWriter.write(
        path,
        Map.of("x", new Tensor(storage, numbers, width, 0, new long[] {1, 1}, new long[] {1, 1})));
    try (PytorchFile file = PytorchFile.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(List.of("x"), List.copyOf(file.shapes().keySet()));
      NDArray array = file.load("x", manager);
      assertEquals(type, array.getDataType());
      assertArrayEquals(new long[] {1, 1}, array.getShape().getShape());
      assertEquals(value, array.toType(DataType.FLOAT64, true).getDouble(0, 0));
    }
  }

  @Test
  void aTypeThatIsNotKnownIsRefusedWhereItIsNeeded() throws IOException {
    Path path = folder.resolve("x.pt");
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("known", SMALL);
    content.put("scales", Tensor.typed("float8_e8m0fnu", new byte[6], 1, 2, 3));
    content.put("indices", Tensor.typed("uint16", new byte[6], 2, 3));
    PytorchWriter.write(path, content);
    try (PytorchFile file = PytorchFile.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(StoredType.OTHER, file.types().get("scales"));
      assertEquals(StoredType.U16, file.types().get("indices"));
      assertArrayEquals(new long[] {2, 3}, file.shapes().get("scales"));
      assertValues(new float[] {1, 2, 3}, file.load("known", manager));
      for (String name : List.of("scales", "indices")) {
        String message =
            assertThrows(ModelException.class, () -> file.load(name, manager)).getMessage();
        assertTrue(message.contains("which Darkroom cannot compute with"), message);
      }
    }
    // What a tensor is said to have, its storage must hold.
    PytorchWriter.write(
        path,
        Map.of(
            "x", new Tensor("float8_e4m3fn", new byte[6], 1, 0, new long[] {7}, new long[] {1})));
    assertRefused(path, "is not within its storage of 6 numbers");
    PytorchWriter.write(
        path, Map.of("x", new Tensor("uint32", new byte[6], 4, 0, new long[] {2}, new long[] {1})));
    assertRefused(path, "is not within its storage of 1 numbers");
    PytorchWriter.write(
        path,
        Map.of("x", new Tensor("float99", new byte[6], 1, 0, new long[] {2}, new long[] {1})));
    assertRefused(path, "it asks for torch.float99, which may run code");
  }

  @Test
  void stridesAndOffsetsAreHeeded() throws IOException {
    byte[] numbers = Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 12).numbers();
    Map<String, Object> tensors = new LinkedHashMap<>();
    tensors.put("plain", view(numbers, 2, new long[] {2, 3}, new long[] {3, 1}));
    tensors.put("transposed", view(numbers, 0, new long[] {3, 2}, new long[] {1, 3}));
    tensors.put("every other", view(numbers, 1, new long[] {4}, new long[] {2}));
    tensors.put("repeated", view(numbers, 5, new long[] {2, 2}, new long[] {0, 1}));
    tensors.put("one", view(numbers, 11, new long[] {1, 1}, new long[] {99, 7}));
    tensors.put("scalar", view(numbers, 3, new long[] {}, new long[] {}));
    tensors.put("cube", view(numbers, 0, new long[] {2, 3, 2}, new long[] {1, 4, 2}));
    tensors.put("empty", view(numbers, 12, new long[] {0, 3}, new long[] {3, 1}));
    Path path = folder.resolve("views.pt");
    PytorchWriter.write(path, tensors);
    try (PytorchFile file = PytorchFile.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(List.copyOf(tensors.keySet()), List.copyOf(file.shapes().keySet()));
      assertValues(new float[] {2, 3, 4, 5, 6, 7}, file.load("plain", manager));
      assertValues(new float[] {0, 3, 1, 4, 2, 5}, file.load("transposed", manager));
      assertValues(new float[] {1, 3, 5, 7}, file.load("every other", manager));
      assertValues(new float[] {5, 6, 5, 6}, file.load("repeated", manager));
      assertValues(new float[] {11}, file.load("one", manager));
      assertValues(new float[] {3}, file.load("scalar", manager));
      assertValues(new float[] {0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}, file.load("cube", manager));
      assertArrayEquals(new long[] {0, 3}, file.load("empty", manager).getShape().getShape());
      assertThrows(ModelException.class, () -> file.load("absent", manager));
      // Without the engine they are the same.
      assertEquals(List.of(2.0, 3.0, 4.0, 5.0, 6.0, 7.0), file.numbers("plain"));
      assertEquals(List.of(0.0, 3.0, 1.0, 4.0, 2.0, 5.0), file.numbers("transposed"));
      assertEquals(List.of(3.0), file.numbers("scalar"));
      assertEquals(List.of(), file.numbers("empty"));
      assertThrows(ModelException.class, () -> file.numbers("absent"));
    }
  }

  private static Tensor view(byte[] numbers, long offset, long[] shape, long[] strides) {
    return new Tensor("FloatStorage", numbers, Float.BYTES, offset, shape, strides);
  }

  private static void assertValues(float[] expected, NDArray actual) {
    assertArrayEquals(expected, actual.toFloatArray());
  }

  @Test
  void whatLightningAndNumPyLeaveIsReadOver() throws IOException {
    Map<String, Object> checkpoint = new LinkedHashMap<>();
    checkpoint.put("epoch", 7);
    checkpoint.put("global_step", 875000);
    checkpoint.put("pytorch-lightning_version", "1.4.2");
    checkpoint.put(
        "callbacks",
        new Code(
            "}(cpytorch_lightning.callbacks.model_checkpoint\nModelCheckpoint\n}(X\4\0\0\0bestG"
                + "?\0\0\0\0\0\0\0uu"));
    checkpoint.put(
        "score",
        new Code(
            "cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(X\2\0\0\0f8\u0089\u0088tR(K\3NNtb"
                + "c_codecs\nencode\n(X\2\0\0\0abX\6\0\0\0latin1tRtR"));
    checkpoint.put("optimizer_states", List.of(Map.of("lr", 0.5, "ready", true)));
    checkpoint.put(
        "state_dict",
        Map.of(
            "weight",
            SMALL,
            "parameter",
            new Code(
                "ctorch._utils\n_rebuild_parameter\n(ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0"
                    + "storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuK\3tQK\1K\2\u0085K\1"
                    + "\u0085\u0089)tR\u0088)tR")));
    Path path = folder.resolve("model.ckpt");
    PytorchWriter.write(path, checkpoint);
    try (PytorchFile file = PytorchFile.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(java.util.Set.of("weight", "parameter"), file.shapes().keySet());
      assertValues(new float[] {1, 2, 3}, file.load("weight", manager));
      assertValues(new float[] {2, 3}, file.load("parameter", manager));
    }
  }

  @Test
  void aDictionaryOfParametersGetsThemAfterItWasMade() throws IOException {
    Path path = folder.resolve("embedding.pt");
    String made = "ctorch.nn.modules.container\nParameterDict\n)\u0081";
    String tensor =
        "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000"
            + "X\3\0\0\0cpuK\3tQK\0K\3\u0085K\1\u0085\u0089)tR";
    String attributes = "}(X\10\0\0\0training\u0088X\13\0\0\0_parameters}X\1\0\0\0*" + tensor;
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("string_to_param", new Code(made + attributes + "sub"));
    content.put("numbers", List.of(SMALL));
    PytorchWriter.write(path, content);
    try (PytorchFile file = PytorchFile.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(java.util.Set.of("string_to_param.*"), file.shapes().keySet());
      assertValues(new float[] {1, 2, 3}, file.load("string_to_param.*", manager));
    }
    // It takes neither parameters from another kind of state nor the place of weights.
    for (String code : List.of(made, made + "Nb", made + "]b", made + "}b", made + ")R)")) {
      PytorchWriter.write(path, Map.of("string_to_param", new Code(code)));
      assertTrue(isRefused(path), code);
    }
  }

  // ---------------------------------------------------------------- malice

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cos\\nsystem\\n(X\\4\\0\\0\\0exittR | it asks for os.system",
        "cposix\\nsystem\\n(X\\4\\0\\0\\0exittR | it asks for posix.system",
        "cbuiltins\\neval\\n | it asks for builtins.eval",
        "c__builtin__\\nexec\\n | it asks for __builtin__.exec",
        "X\\2\\0\\0\\0osX\\6\\0\\0\\0system\\x93 | it asks for os.system",
        "ctorch.hub\\nload\\n | it asks for torch.hub.load",
        "ctorch.nn.modules.container\\nModuleDict\\n | it asks for torch.nn.modules.container.Module",
        "c__builtin__\\ngetattr\\n | it asks for __builtin__.getattr",
        "(X\\6\\0\\0\\0moduleNNtQ | it contains a module with its source code",
        "c__torch__\\nM\\n | it asks for __torch__.M",
        "cnumpy.core.multiarray\\n_reconstruct\\n | it asks for numpy.core.multiarray._reconst",
        "(X\\1\\0\\0\\0xios\\nsystem\\n | it creates objects of classes",
        "(cos\\nsystem\\no | it asks for os.system",
        "(ccollections\\nOrderedDict\\no | it creates objects of classes",
        "\\x82\\1 | it calls extensions",
        "X\\1\\0\\0\\0x)R | it calls something that is not a function",
        "ctorch\\nFloatStorage\\n)R | it calls torch.FloatStorage",
        "X\\1\\0\\0\\0xQ | a storage of an unknown kind",
        "h\\x77 | it remembers what was never said",
        "X\\xff\\xff\\xff\\x7fx | it breaks off",
        "X\\xff\\xff\\xff\\xffx | it breaks off",
        "\\x8d\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x7f | it breaks off",
        "\\x80\\x63 | its protocol is 99",
        "\\xfe | an instruction that is not known",
        "]K\\1a} K | an instruction that is not known",
        "I99999999999999999999\\n | a number beyond all bounds",
        "K\\1K\\2a | it appends where no list is",
        "K\\1K\\2K\\3s | where no dictionary is",
        "(K\\1d | a key without a value"
      })
  void whatIsNotTensorsAndValuesIsRefusedByName(String code, String says) throws IOException {
    Path path = folder.resolve("evil.ckpt");
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("weight", SMALL);
    content.put("evil", new Code(unescaped(code)));
    PytorchWriter.write(path, content);
    assertRefused(path, says);
  }

  private static String unescaped(String code) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < code.length(); i++) {
      char c = code.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      c = code.charAt(++i);
      if (c == 'n') {
        text.append('\n');
      } else if (c == 'x') {
        text.append((char) Integer.parseInt(code.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        text.append((char) (c - '0'));
      }
    }
    return text.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 4, 1, is not within its storage of 3 numbers",
    "1, 3, 1, is not within its storage of 3 numbers",
    "0, 2, 3, is not within its storage of 3 numbers",
    "0, 4000000000, 0, is not within its storage of 3 numbers",
    "-1, 1, 1, is not within its storage of 3 numbers",
    "0, -1, 1, a tensor of an unknown kind",
    "0, 2, -1, a tensor of an unknown kind",
    "0, 9223372036854775807, 9223372036854775807, a number beyond all bounds"
  })
  void aTensorBeyondItsStorageIsRefused(long offset, long size, long stride, String says)
      throws IOException {
    Path path = folder.resolve("beyond.bin");
    PytorchWriter.write(
        path, Map.of("x", view(SMALL.numbers(), offset, new long[] {size}, new long[] {stride})));
    assertRefused(path, says);
  }

  @Test
  @Timeout(60)
  void bombsAreRefusedOrCostLittle() throws IOException {
    Path path = folder.resolve("bomb.ckpt");
    // A million lists, each in the one before it; nothing recurses.
    PytorchWriter.write(
        path, Map.of("x", SMALL, "deep", new Code("]".repeat(1_000_000) + "a".repeat(999_999))));
    PytorchFile.open(path).close();
    // A tuple of two references to a tuple of two references to ...: 2^100000 leaves if walked.
    PytorchWriter.write(
        path, Map.of("x", SMALL, "wide", new Code(")" + "2\u0086".repeat(100_000))));
    PytorchFile.open(path).close();
    // The same as a key, whose hash would walk it.
    PytorchWriter.write(
        path, Map.of("x", SMALL, "key", new Code("})" + "2\u0086".repeat(100_000) + "K\1s")));
    PytorchFile.open(path).close();
    PytorchWriter.write(path, Map.of("x", SMALL, "many", new Code("K\1" + "2".repeat(5_000_000))));
    assertRefused(path, "more values than any model");
    PytorchWriter.write(
        path, Map.of("x", new Code("X\u0000\u0000\u0000\u0004".concat("x".repeat(40_000_000)))));
    assertRefused(path, "its pickle is too large");
  }

  // ---------------------------------------------------------------- the zip file

  @Test
  void zipFilesOfOtherKindsAreRefused() throws IOException {
    Path path = folder.resolve("model.ckpt");
    byte[] pickle = "\u0080\u0002}.".getBytes(StandardCharsets.ISO_8859_1);
    PytorchWriter.writeZip(path, Map.of("readme.txt", pickle), ZipEntry.STORED);
    assertRefused(path, "not one of PyTorch");
    PytorchWriter.writeZip(
        path, Map.of("a/data.pkl", pickle, "b/data.pkl", pickle), ZipEntry.STORED);
    assertRefused(path, "it has 2 files data.pkl");
    PytorchWriter.writeZip(path, Map.of("a/data.pkl", pickle), ZipEntry.STORED);
    assertRefused(path, "contains no weights");
    PytorchWriter.writeZip(path, Map.of("a/data.pkl", new byte[30_000_000]), ZipEntry.DEFLATED);
    assertRefused(path, "is compressed, which PyTorch never does");
    PytorchWriter.writeZip(
        path,
        Map.of("a/data.pkl", pickle, "a/byteorder", "big".getBytes(StandardCharsets.UTF_8)),
        ZipEntry.STORED);
    assertRefused(path, "big-endian");
    assertThrows(ModelException.class, () -> PytorchFile.open(folder.resolve("absent")));
  }

  @Test
  void storagesThatAreMissingOrShortAreRefused() throws IOException {
    Path path = folder.resolve("model.bin");
    PytorchWriter.write(path, Map.of("x", SMALL));
    byte[] pickle;
    try (java.util.zip.ZipFile zip = new java.util.zip.ZipFile(path.toFile())) {
      pickle = zip.getInputStream(zip.getEntry("archive/data.pkl")).readAllBytes();
    }
    PytorchWriter.writeZip(path, Map.of("a/data.pkl", pickle), ZipEntry.STORED);
    assertRefused(path, "does not contain the numbers of storage 0");
    PytorchWriter.writeZip(
        path, Map.of("a/data.pkl", pickle, "a/data/0", new byte[11]), ZipEntry.STORED);
    assertRefused(path, "has 11 bytes, too few for its 3 numbers");
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    Path path = folder.resolve("whole.bin");
    PytorchWriter.write(path, Map.of("x", SMALL));
    byte[] whole = Files.readAllBytes(path);
    for (int length = 0; length < whole.length; length++) {
      Files.write(path, Arrays.copyOf(whole, length));
      assertTrue(isRefused(path), length + " of " + whole.length + " bytes");
    }
  }

  @Test
  void flippedBytesAreRefusedOrHarmless() throws IOException {
    Random random = new Random(20_260_101);
    Path path = folder.resolve("flipped.bin");
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("epoch", 7);
    content.put("state_dict", Map.of("a", SMALL, "b", Tensor.of(new float[6], 2, 3)));
    PytorchWriter.write(path, content);
    byte[] whole = withoutChecksums(Files.readAllBytes(path));
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] damaged = whole.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      Files.write(path, damaged, StandardOpenOption.WRITE);
      refused += isRefused(path) ? 1 : 0;
    }
    assertTrue(refused > MUTATIONS / 2, refused + " refused");
  }

  /**
   * As PyTorch writes files when it is told to save the time: what is flipped goes on to be read.
   */
  private static byte[] withoutChecksums(byte[] zip) {
    ByteBuffer bytes = ByteBuffer.wrap(zip.clone()).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < zip.length - 46; at++) {
      if (bytes.getInt(at) == 0x02014b50) {
        bytes.putInt(at + 16, 0);
      }
    }
    return bytes.array();
  }

  // ---------------------------------------------------------------- checksums

  @Test
  void bytesThatAreNotThoseThatWereWrittenAreRefused() throws IOException {
    Path path = folder.resolve("damaged.ckpt");
    float[] numbers = new float[5000];
    Arrays.fill(numbers, 1.5f);
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("whole", Tensor.of(numbers, 50, 100));
    byte[] part = Tensor.of(new float[4000], 4000).numbers();
    content.put("part", view(part, 1000, new long[] {20}, new long[] {1}));
    PytorchWriter.write(path, content);
    byte[] whole = Files.readAllBytes(path);
    int first = indexOf(whole, Tensor.of(numbers, 5000).numbers());
    int second = indexOf(whole, part);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertLoads(path, manager, "whole", "part");
      for (int at : new int[] {first, first + 9999, first + 19_999}) {
        Files.write(path, flipped(whole, at));
        assertLoads(path, manager, "part");
        assertDamaged(path, manager, "whole", "archive/data/0");
      }
      // A damaged number beside the part that is read makes the file no better.
      for (int at : new int[] {second, second + 4000, second + 15_999}) {
        Files.write(path, flipped(whole, at));
        assertLoads(path, manager, "whole");
        assertDamaged(path, manager, "part", "archive/data/1");
      }
      Files.write(path, flipped(withoutChecksums(whole), first));
      assertLoads(path, manager, "whole", "part");
    }
    Files.write(path, flipped(whole, indexOf(whole, "whole".getBytes(StandardCharsets.UTF_8))));
    assertRefused(path, "the bytes of archive/data.pkl in it do not match their checksum");
  }

  private static byte[] flipped(byte[] bytes, int at) {
    byte[] damaged = bytes.clone();
    damaged[at] ^= 1;
    return damaged;
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    int at = 0;
    while (!Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
      at++;
    }
    return at;
  }

  private static void assertLoads(Path path, NDManager manager, String... names) {
    try (PytorchFile file = PytorchFile.open(path)) {
      for (String name : names) {
        file.load(name, manager).close();
        file.lend(name, manager).close();
      }
    }
  }

  private static void assertDamaged(Path path, NDManager manager, String name, String entry) {
    try (PytorchFile file = PytorchFile.open(path)) {
      for (int i = 0; i < 2; i++) { // the second time as well
        String message =
            assertThrows(ModelException.class, () -> file.lend(name, manager)).getMessage();
        assertEquals(
            path
                + ": is damaged: the bytes of "
                + entry
                + " in it do not match their checksum; download it again",
            message);
      }
    }
  }

  private static boolean isRefused(Path path) throws IOException {
    try (PytorchFile file = PytorchFile.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      for (Map.Entry<String, long[]> tensor : file.shapes().entrySet()) {
        load(file, tensor.getKey(), manager);
      }
      return false;
    } catch (ModelException expected) {
      assertEquals(1, expected.getMessage().lines().count(), expected.getMessage());
      return true;
    } catch (RuntimeException | Error unexpected) {
      return fail("for " + Arrays.toString(Files.readAllBytes(path)), unexpected);
    }
  }

  private static void load(PytorchFile file, String name, NDManager manager) {
    try {
      file.load(name, manager).close();
    } catch (ModelException otherType) {
      assertTrue(
          otherType.getMessage().contains("does not compute with")
              || otherType.getMessage().contains("do not match their checksum"),
          otherType.getMessage());
    }
  }

  private static void assertRefused(Path path, String says) {
    String message = assertThrows(ModelException.class, () -> PytorchFile.open(path)).getMessage();
    assertTrue(message.contains(says), message);
    assertTrue(message.startsWith(path.toString()), message);
    assertEquals(1, message.lines().count(), message);
  }
}
