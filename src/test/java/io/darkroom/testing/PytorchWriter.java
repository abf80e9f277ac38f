package io.darkroom.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes files as {@code torch.save} does: a zip file without compression with a pickle of protocol
 * 2 and an entry for each storage. Values are maps, lists, texts, numbers, truth values, {@link
 * Tensor}s and {@link Code}.
 */
public final class PytorchWriter {
  /**
   * A tensor.
   *
   * @param storage PyTorch's name of its type, such as {@code FloatStorage}; of the newer types,
   *     which storages do not know, that of the type itself
   * @param numbers the storage's bytes
   * @param width bytes of a number
   * @param offset of the first, counted in numbers
   * @param shape its dimensions
   * @param strides counted in numbers
   */
  public record Tensor(
      String storage, byte[] numbers, int width, long offset, long[] shape, long[] strides) {
    /** A tensor of float32 in row-major order. */
    public static Tensor of(float[] values, long... shape) {
      ByteBuffer bytes =
          ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (float value : values) {
        bytes.putFloat(value);
      }
      return new Tensor("FloatStorage", bytes.array(), Float.BYTES, 0, shape, strides(shape));
    }

    /**
     * A tensor of one of the newer types, which storages do not know.
     *
     * @param type such as {@code float8_e4m3fn}
     * @param numbers its bytes, in row-major order
     * @param width bytes of a number
     * @param shape its dimensions
     */
    public static Tensor typed(String type, byte[] numbers, int width, long... shape) {
      return new Tensor(type, numbers, width, 0, shape, strides(shape));
    }

    private static long[] strides(long... shape) {
      long[] strides = new long[shape.length];
      long step = 1;
      for (int i = shape.length - 1; i >= 0; i--) {
        strides[i] = step;
        step *= shape[i];
      }
      return strides;
    }

    private boolean isTyped() {
      return !storage.endsWith("Storage");
    }
  }

  /**
   * Instructions that go into the pickle as they are.
   *
   * @param bytes the instructions, each character a byte
   */
  public record Code(String bytes) {}

  private static final String BEFORE_SEQUENCE =
      "\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.\u0080\u0002M\u00e9\u0003.";

  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
  private final Map<String, Tensor> storages = new LinkedHashMap<>();
  private final String endOfStorage;

  private PytorchWriter(String endOfStorage) {
    this.endOfStorage = endOfStorage;
  }

  /**
   * Writes a file.
   *
   * @param path where
   * @param value what {@code torch.save} would be given
   * @throws IOException if it cannot be written
   */
  public static void write(Path path, Object value) throws IOException {
    PytorchWriter writer = new PytorchWriter("tQ");
    writer.code("\u0080\u0002");
    writer.value(value);
    writer.code(".");
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", writer.pickle.toByteArray());
    entries.put("archive/byteorder", "little".getBytes(StandardCharsets.UTF_8));
    writer.storages.forEach((key, of) -> entries.put("archive/data/" + key, of.numbers()));
    entries.put("archive/version", "3\n".getBytes(StandardCharsets.UTF_8));
    writeZip(path, entries, ZipEntry.STORED);
  }

  /**
   * Writes a file as versions before 1.6 did.
   *
   * @param path where
   * @param value what {@code torch.save} would be given
   * @throws IOException if it cannot be written
   */
  public static void writeSequence(Path path, Object value) throws IOException {
    PytorchWriter writer = new PytorchWriter("NtQ");
    writer.code(BEFORE_SEQUENCE);
    writer.code("\u0080\u0002");
    writer.value(Map.of("little_endian", true, "protocol_version", 1001));
    writer.code(".\u0080\u0002");
    writer.value(value);
    writer.code(".\u0080\u0002");
    writer.value(List.copyOf(writer.storages.keySet()));
    writer.code(".");
    writer.storages.forEach(
        (key, of) -> {
          writer.integer(of.numbers().length / of.width());
          writer.pickle.writeBytes(of.numbers());
        });
    Files.write(path, writer.pickle.toByteArray());
  }

  /**
   * Writes a zip file.
   *
   * @param path where
   * @param entries their bytes by name
   * @param method {@link ZipEntry#STORED} or {@link ZipEntry#DEFLATED}
   * @throws IOException if it cannot be written
   */
  public static void writeZip(Path path, Map<String, byte[]> entries, int method)
      throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        CRC32 sum = new CRC32();
        sum.update(entry.getValue());
        header.setMethod(method);
        header.setSize(entry.getValue().length);
        header.setCrc(sum.getValue());
        zip.putNextEntry(header);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
  }

  private void code(String bytes) {
    try {
      pickle.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private void value(Object value) {
    if (value instanceof Map<?, ?> map) {
      code("ccollections\nOrderedDict\n)R(");
      map.forEach(
          (key, item) -> {
            value(key);
            value(item);
          });
      code("u}b"); // state_dict() has attributes
    } else if (value instanceof List<?> list) {
      code("](");
      list.forEach(this::value);
      code("e");
    } else if (value instanceof String text) {
      text(text);
    } else if (value instanceof Double number) {
      code("G");
      pickle.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(number).array());
    } else if (value instanceof Number number) {
      number(number.longValue());
    } else if (value instanceof Boolean flag) {
      code(flag ? "\u0088" : "\u0089");
    } else if (value instanceof Tensor tensor) {
      tensor(tensor);
    } else {
      code(((Code) value).bytes());
    }
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    code("X");
    pickle.writeBytes(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(bytes.length)
            .array());
    pickle.writeBytes(bytes);
  }

  private void number(long number) {
    code("\u008a\u0008");
    integer(number);
  }

  private void integer(long number) {
    pickle.writeBytes(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array());
  }

  private void tensor(Tensor tensor) {
    String key = Integer.toString(storages.size());
    storages.put(key, tensor);
    code("ctorch._utils\n_rebuild_tensor_v" + (tensor.isTyped() ? 3 : 2) + "\n((");
    text("storage");
    code(
        tensor.isTyped()
            ? "ctorch.storage\nUntypedStorage\n"
            : "ctorch\n" + tensor.storage() + "\n");
    text(key);
    text("cpu");
    number(tensor.numbers().length / (tensor.isTyped() ? 1 : tensor.width()));
    code(endOfStorage);
    number(tensor.offset());
    for (long[] numbers : List.of(tensor.shape(), tensor.strides())) {
      code("(");
      for (long number : numbers) {
        number(number);
      }
      code("t");
    }
    code("\u0089ccollections\nOrderedDict\n)R");
    code(tensor.isTyped() ? "ctorch\n" + tensor.storage() + "\ntR" : "tR");
  }
}
