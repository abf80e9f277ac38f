package io.darkroom.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.ModelException;
import io.darkroom.testing.TestModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-inpaint"})
  void everyTensorOfARealModelLoadsInItsShape(String model) {
    for (String component : List.of("unet", "vae", "text_encoder")) {
      try (SafetensorsFile file = SafetensorsFile.open(TestModels.weights(model, component));
          NDManager manager = NDManager.newBaseManager(Device.cpu())) {
        assertFalse(file.tensors().isEmpty());
        file.tensors()
            .forEach(
                (name, tensor) -> {
                  NDArray array = file.load(name, manager);
                  assertEquals(new Shape(tensor.dimensions()), array.getShape(), name);
                  DataType expected =
                      tensor.type() == StoredType.I64 ? DataType.INT64 : DataType.FLOAT32;
                  assertEquals(expected, array.getDataType(), name);
                });
      }
    }
  }

  @Test
  void allStoredTypesGiveTheirNumbers() throws IOException {
    ByteBuffer data = littleEndian(8 + 4 + 4 + 6 + 6 + 16 + 8);
    data.putDouble(-2.5).putInt(7).putFloat(0.1f);
    data.putShort((short) 0x3c00).putShort((short) 0x8001).putShort((short) 0x7c00);
    data.putShort((short) 0x3f80).putShort((short) 0x0001).putShort((short) 0xff80);
    data.putLong(Long.MIN_VALUE).putLong(5).putDouble(1e300);
    String header =
        """
        {"double":{"dtype":"F64","shape":[],"data_offsets":[0,8]},
        "int":{"dtype":"I32","shape":[1],"data_offsets":[8,12]},
        "float":{"dtype":"F32","shape":[1,1],"data_offsets":[12,16]},
        "half":{"dtype":"F16","shape":[3],"data_offsets":[16,22]},
        "brain":{"dtype":"BF16","shape":[3],"data_offsets":[22,28]},
        "long":{"dtype":"I64","shape":[2],"data_offsets":[28,44]},
        "none":{"dtype":"BF16","shape":[0,4],"data_offsets":[44,44]},
        "bytes":{"dtype":"U8","shape":[8],"data_offsets":[44,52]}}""";
    try (SafetensorsFile file = SafetensorsFile.open(write(header, data));
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      assertEquals(-2.5f, file.load("double", manager).getFloat());
      assertArrayEquals(new int[] {7}, file.load("int", manager).toIntArray());
      assertArrayEquals(new float[] {0.1f}, file.load("float", manager).toFloatArray());
      assertArrayEquals(
          new float[] {1, -0x1p-24f, Float.POSITIVE_INFINITY},
          file.load("half", manager).toFloatArray());
      assertArrayEquals(
          new float[] {1, Float.intBitsToFloat(0x10000), Float.NEGATIVE_INFINITY},
          file.load("brain", manager).toFloatArray());
      assertArrayEquals(new long[] {Long.MIN_VALUE, 5}, file.load("long", manager).toLongArray());
      assertEquals(new Shape(0, 4), file.load("none", manager).getShape());
      ModelException refused =
          assertThrows(ModelException.class, () -> file.load("bytes", manager));
      assertTrue(refused.getMessage().contains("bytes is stored as U8"), refused.getMessage());
    }
  }

  @Test
  void theEngineWidensEveryHalfExactly() throws IOException {
    ByteBuffer data = littleEndian(2 << 16);
    for (int bits = 0; bits <= 0xffff; bits++) {
      data.putShort((short) bits);
    }
    String header = "{\"all\":{\"dtype\":\"F16\",\"shape\":[65536],\"data_offsets\":[0,131072]}}";
    try (SafetensorsFile file = SafetensorsFile.open(write(header, data));
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      float[] wide = file.load("all", manager).toFloatArray();
      for (int bits = 0; bits <= 0xffff; bits++) {
        assertEquals(Half.toFloat((short) bits), wide[bits], Integer.toHexString(bits));
      }
    }
  }

  @Test
  void aTensorThatIsNotAlignedLoadsAllTheSame() throws IOException {
    ByteBuffer data = littleEndian(4).putFloat(1.5f);
    String header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    for (int spaces = 0; spaces < 4; spaces++) {
      Path path = write(header + " ".repeat(spaces), data);
      try (SafetensorsFile file = SafetensorsFile.open(path);
          NDManager manager = NDManager.newBaseManager(Device.cpu())) {
        assertArrayEquals(new float[] {1.5f}, file.load("x", manager).toFloatArray());
      }
    }
  }

  @Test
  void whatIsLoadedOutlivesTheFile() throws IOException {
    String header = "{\"x\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    SafetensorsFile file = SafetensorsFile.open(write(header, littleEndian(4).putInt(258)));
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray loaded = file.load("x", manager);
      NDArray lent = file.lend("x", manager);
      file.close();
      assertEquals(258, loaded.getInt());
      assertEquals(258, lent.getInt());
      assertThrows(IllegalStateException.class, () -> file.load("x", manager));
    }
  }

  @Test
  void whatIsLentStaysInHalfPrecision() throws IOException {
    ByteBuffer data = littleEndian(12).putShort((short) 0x3e00).putShort((short) 0x3fc0);
    String header =
        "{\"half\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]},"
            + "\"brain\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[2,4]},"
            + "\"double\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[4,12]}}";
    try (SafetensorsFile file = SafetensorsFile.open(write(header, data.putDouble(1.5)));
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      assertEquals(DataType.FLOAT16, file.lend("half", manager).getDataType());
      NDArray bytes = file.lend("brain", manager);
      assertEquals(DataType.UINT8, bytes.getDataType());
      assertArrayEquals(new long[] {1, 2}, bytes.getShape().getShape());
      assertArrayEquals(new byte[] {(byte) 0xc0, 0x3f}, bytes.toByteArray());
      for (String name : List.of("half", "double")) {
        NDArray lent = file.lend(name, manager);
        assertEquals(1.5f, lent.toType(DataType.FLOAT32, false).getFloat(), name);
      }
      for (String name : List.of("half", "brain", "double")) {
        assertEquals(1.5f, file.load(name, manager).getFloat(), name);
      }
    }
  }

  @Test
  void aTensorBeyondTwoGibibytesOfFileIsReadAtOnce() throws IOException {
    long hole = 3L << 30;
    String header =
        """
        {"hole":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]},
        "last":{"dtype":"F32","shape":[2],"data_offsets":[%d,%d]}}"""
            .formatted(hole, hole, hole, hole + 8);
    Path path = folder.resolve("sparse.safetensors");
    byte[] text = header.getBytes(UTF_8);
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE)) {
      channel.write(littleEndian(8 + text.length).putLong(text.length).put(text).flip());
      channel.write(littleEndian(8).putFloat(3).putFloat(-4).flip(), 8 + text.length + hole);
    }
    assertTimeout(
        Duration.ofSeconds(5),
        () -> {
          try (SafetensorsFile file = SafetensorsFile.open(path);
              NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            assertArrayEquals(new float[] {3, -4}, file.load("last", manager).toFloatArray());
            ModelException refused =
                assertThrows(ModelException.class, () -> file.load("hole", manager));
            assertTrue(refused.getMessage().contains("tensor hole"), refused.getMessage());
          }
        });
  }

  /** Types come to the format now and then; a tensor that nobody needs does no harm. */
  @Test
  void aTypeThatIsNotKnownIsRefusedWhereItIsNeeded() throws IOException {
    String header =
        """
        {"packed":{"dtype":"F4","shape":[2,3],"data_offsets":[0,3]},
        "float":{"dtype":"F32","shape":[1],"data_offsets":[3,7]},
        "lower\\ncase":{"dtype":"f32","shape":[1],"data_offsets":[7,11]}}""";
    ByteBuffer data = littleEndian(11);
    data.put(new byte[3]).putFloat(1.5f).putFloat(2.5f);
    try (SafetensorsFile file = SafetensorsFile.open(write(header, data));
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      assertArrayEquals(new float[] {1.5f}, file.load("float", manager).toFloatArray());
      assertEquals(StoredType.OTHER, file.types().get("packed"));
      assertArrayEquals(new long[] {2, 3}, file.shapes().get("packed"));
      assertEquals(6, file.tensor("packed").count());
      for (String name : List.of("packed", "lower\ncase")) {
        String refused =
            assertThrows(ModelException.class, () -> file.load(name, manager)).getMessage();
        assertTrue(
            refused.endsWith(
                name.equals("packed")
                    ? "tensor packed is stored as F4, which Darkroom does not know; convert it"
                        + " to F16"
                    : " is stored as f32, which Darkroom does not know; convert it to F16"),
            refused);
        assertEquals(1, refused.lines().count(), refused);
        assertThrows(ModelException.class, () -> file.lend(name, manager));
      }
    }
  }

  @Test
  void theOrderOfTheHeaderAndTheMetadataAreKept() throws IOException {
    String header =
        """
        {"z":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"__metadata__":{"format":"pt","é":""},
        "a":{"data_offsets":[0,1],"shape":[1,1,1],"dtype":"BOOL"}}   \
        """;
    try (SafetensorsFile file =
        SafetensorsFile.open(write(header, littleEndian(2).putShort((short) 0)))) {
      assertEquals(List.of("z", "a"), List.copyOf(file.tensors().keySet()));
      assertEquals("pt", file.metadata().get("format"));
      assertEquals("", file.metadata().get("é"));
      assertThrows(UnsupportedOperationException.class, () -> file.tensors().clear());
    }
  }

  @Test
  void aMissingTensorIsNamed() {
    try (SafetensorsFile file = SafetensorsFile.open(TestModels.weights("tiny-sd1", "unet"))) {
      ModelException refused = assertThrows(ModelException.class, () -> file.tensor("no\nsuch"));
      assertTrue(refused.getMessage().endsWith("there is no tensor no\\u000asuch"));
    }
  }

  @Test
  void aFileThatShrinksAfterOpeningIsAnError() throws IOException {
    String header = "{\"x\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    Path path = write(header, littleEndian(4).putInt(1));
    try (SafetensorsFile file = SafetensorsFile.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Files.write(path, new byte[3]);
      assertThrows(ModelException.class, () -> file.load("x", manager));
    }
  }

  /** A header, the count of data bytes behind it, and what the message must say. */
  record Lie(String header, int dataBytes, String says) {
    @Override
    public String toString() {
      return header.length() > 100 ? header.substring(0, 100) + "..." : header;
    }
  }

  static Stream<Lie> lies() {
    return Stream.of(
        new Lie("", 0, "no header begins at byte 8"),
        new Lie(" {}", 0, "no header begins at byte 8"),
        new Lie("[]", 0, "no header begins at byte 8"),
        new Lie("{ ", 0, "ends too early"),
        new Lie("{}{}", 0, "not valid JSON"),
        new Lie("{}\0", 0, "not valid JSON"),
        new Lie("{}x", 0, "not valid JSON"),
        new Lie("{'x':1}", 0, "not valid JSON"),
        new Lie("{/* c */}", 0, "not valid JSON"),
        new Lie("{\"x\":NaN}", 0, "not valid JSON"),
        new Lie("{}", 1, "the tensors end at byte"),
        new Lie("{\"x\":1}", 0, "tensor x must be an object, not number"),
        new Lie("{\"x\":null}", 0, "tensor x must be an object, not null"),
        new Lie("{\"x\":{}}", 0, "tensor x has no dtype"),
        new Lie(entry("\"F32\"", "[1]", "[0,4]").replace("\"shape\":[1],", ""), 4, "has no shape"),
        new Lie("{\"x\":{\"dtype\":\"U8\",\"shape\":[0]}}", 0, "has no data_offsets"),
        new Lie(entry("\"F31\"", "[1]", "[0,5]"), 4, "are not within the 4 bytes of data"),
        new Lie(entry("\"F31\"", "[1]", "[0,3]"), 4, "the tensors end at byte"),
        new Lie(
            entry("\"F31\"", "[999999999999,999999999999]", "[0,4]"),
            4,
            "is too large for any memory"),
        new Lie(entry("32", "[1]", "[0,4]"), 4, "dtype must be a string"),
        new Lie(entry("null", "[1]", "[0,4]"), 4, "dtype must be a string"),
        new Lie(entry("\"F32\"", "1", "[0,4]"), 4, "shape must be a list"),
        new Lie(entry("\"F32\"", "[\"1\"]", "[0,4]"), 4, "shape must be a list of numbers"),
        new Lie(entry("\"F32\"", "[null]", "[0,4]"), 4, "shape must be a list of numbers"),
        new Lie(entry("\"F32\"", "[[1]]", "[0,4]"), 4, "shape must be a list of numbers"),
        new Lie(entry("\"F32\"", "[1.0]", "[0,4]"), 4, "shape has 1.0"),
        new Lie(entry("\"F32\"", "[1e0]", "[0,4]"), 4, "shape has 1e0"),
        new Lie(entry("\"F32\"", "[-1]", "[0,4]"), 4, "shape has -1"),
        new Lie(entry("\"F32\"", "[-0]", "[0,0]"), 0, "shape has -0"),
        new Lie(entry("\"F32\"", "[2]", "[0,4]"), 4, "takes 8 bytes, but"),
        new Lie(entry("\"F32\"", "[]", "[0,8]"), 8, "takes 4 bytes, but"),
        new Lie(
            entry("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0, "too large for any memory"),
        new Lie(entry("\"F64\"", "[2305843009213693952]", "[0,0]"), 0, "is not a size"),
        new Lie(entry("\"F64\"", "[999999999999999999,2]", "[0,0]"), 0, "too large for any memory"),
        new Lie(entry("\"F32\"", "[9223372036854775808]", "[0,4]"), 4, "is not a size"),
        new Lie(entry("\"F32\"", "[18446744073709551617]", "[0,4]"), 4, "is not a size"),
        new Lie(entry("\"U8\"", "[" + "1,".repeat(16) + "1]", "[0,1]"), 1, "more than 16 numbers"),
        new Lie(entry("\"F32\"", "[1]", "[0]"), 4, "must be two numbers"),
        new Lie(entry("\"F32\"", "[1]", "[0,4,8]"), 4, "more than 2 numbers"),
        new Lie(entry("\"F32\"", "[1]", "[4,0]"), 4, "not within the 4 bytes"),
        new Lie(entry("\"F32\"", "[1]", "[1,5]"), 4, "not within the 4 bytes"),
        new Lie(entry("\"F32\"", "[1]", "[-4,0]"), 4, "data_offsets has -4"),
        new Lie(entry("\"F32\"", "[1]", "{}"), 4, "data_offsets must be a list"),
        new Lie(entry("\"F32\"", "[1]", "[1,5]"), 5, "begins at byte"),
        new Lie(entry("\"F32\"", "[1]", "[0,4]"), 5, "the tensors end at byte"),
        new Lie(two("[0,4]", "[0,4]"), 4, "begins at byte"),
        new Lie(two("[0,4]", "[2,6]"), 6, "begins at byte"),
        new Lie(two("[0,4]", "[5,9]"), 9, "begins at byte"),
        new Lie(two("[0,4]", "[4,8]").replace("\"y\"", "\"x\""), 8, "has tensor x twice"),
        new Lie(two("[0,4]", "[4,8]").replace("\"y\"", "\"\\u0078\""), 8, "has tensor x twice"),
        new Lie(
            entry("\"F32\"", "[1]", "[0,4]").replace("{\"dtype", "{\"dtype\":\"F32\",\"dtype"),
            4,
            "dtype occurs twice"),
        new Lie(
            entry("\"F32\"", "[1]", "[0,4]").replace("{\"dtype", "{\"extra\":1,\"dtype"),
            4,
            "extra is not a key of a tensor"),
        new Lie("{\"__metadata__\":1}", 0, "__metadata__ must be an object"),
        new Lie("{\"__metadata__\":null}", 0, "__metadata__ must be an object"),
        new Lie("{\"__metadata__\":{\"a\":1}}", 0, "__metadata__.a must be a string"),
        new Lie("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "__metadata__.a twice"),
        new Lie("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "has __metadata__ twice"),
        new Lie("{\"x\":" + "[".repeat(1_000_000), 0, "must be an object"),
        new Lie("{\"x\":{\"shape\":" + "[".repeat(1_000_000), 0, "must be a list of numbers"),
        new Lie("{\"x\":" + "{\"a\":".repeat(1_000_000), 0, "is not a key of a tensor"),
        new Lie("{\"__metadata__\":" + "{\"a\":".repeat(1_000_000), 0, "must be a string"),
        new Lie(entry("\"U8\"", "[" + "9".repeat(1_000_000) + "]", "[0,1]"), 1, "not valid JSON"),
        new Lie("{\"" + "x".repeat(1_000_000) + "\":1}", 0, "must be an object"),
        new Lie("{\"a\\nb\\u001b\":1}", 0, "tensor a\\u000ab\\u001b must"),
        new Lie(manyTensors(200_001), 0, "more than 200000 tensors"));
  }

  private static String entry(String dtype, String shape, String offsets) {
    return "{\"x\":{\"dtype\":%s,\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(dtype, shape, offsets);
  }

  private static String two(String first, String second) {
    return """
           {"x":{"dtype":"F32","shape":[1],"data_offsets":%s},\
           "y":{"dtype":"F32","shape":[1],"data_offsets":%s}}"""
        .formatted(first, second);
  }

  private static String manyTensors(int count) {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < count; i++) {
      header.append(i == 0 ? "\"" : ",\"").append(i);
      header.append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
    }
    return header.append('}').toString();
  }

  @ParameterizedTest
  @MethodSource("lies")
  void aHeaderThatLiesIsRefusedInOneLine(Lie lie) throws IOException {
    Path path = write(lie.header(), littleEndian(lie.dataBytes()).position(lie.dataBytes()));
    assertRefused(path, lie.says());
  }

  @Test
  void aHeaderThatIsNotUnicodeIsRefused() throws IOException {
    byte[] header = "{\"x?\":{}}".getBytes(UTF_8);
    header[3] = (byte) 0xc0;
    Path path = folder.resolve("model.safetensors");
    Files.write(path, littleEndian(8 + header.length).putLong(header.length).put(header).array());
    assertRefused(path, "not UTF-8");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, 100_000_001, 0x04034b50_00000000L, Long.MAX_VALUE})
  void aHeaderLongerThanTheFormatAllowsIsRefused(long length) throws IOException {
    Path path = folder.resolve("model.safetensors");
    Files.write(path, littleEndian(16).putLong(length).put("{}      ".getBytes(UTF_8)).array());
    assertRefused(path, "its first 8 bytes ask for a header");
  }

  @Test
  void aHeaderLongerThanTheFileIsRefused() throws IOException {
    Path path = folder.resolve("model.safetensors");
    Files.write(path, littleEndian(16).putLong(9).put("{}      ".getBytes(UTF_8)).array());
    assertRefused(path, "the header should have 9 bytes, but the file has 16");
  }

  @Test
  void whatIsNoFileAtAllIsRefused() throws IOException {
    assertRefused(folder, "is a directory");
    assertRefused(folder.resolve("absent"), "there is no such file");
    assertRefused(Files.createFile(folder.resolve("empty")), "it has only 0 bytes");
  }

  private static void assertRefused(Path path, String says) {
    ModelException refused =
        assertThrows(ModelException.class, () -> SafetensorsFile.open(path).close());
    String message = refused.getMessage();
    assertTrue(message.startsWith(path + ": "), message);
    assertTrue(message.contains(says), message);
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.length() < 700, message);
  }

  private Path write(String header, ByteBuffer data) throws IOException {
    Path path = folder.resolve("model.safetensors");
    byte[] text = header.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    data.flip();
    Files.write(
        path,
        littleEndian(8 + text.length + data.limit())
            .putLong(text.length)
            .put(text)
            .put(data)
            .array());
    return path;
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
