package io.darkroom.weights;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** From a tensor's bytes to an array for computing, the same for every format of file. */
final class ArrayReader {
  /** Numbers that are widened together: few enough to stay in the processor's first cache. */
  private static final int BLOCK = 4096;

  /** How many numbers a tensor may have to be read without the engine. */
  private static final int SMALL = 64;

  /** What the engine gets in place of each stored type that is computed with. */
  private static final Map<StoredType, DataType> TYPES =
      Map.of(
          StoredType.F64, DataType.FLOAT64,
          StoredType.F32, DataType.FLOAT32,
          StoredType.F16, DataType.FLOAT16,
          StoredType.BF16, DataType.UINT8,
          StoredType.F8_E4M3, DataType.FLOAT16,
          StoredType.F8_E5M2, DataType.FLOAT16,
          StoredType.I64, DataType.INT64,
          StoredType.I32, DataType.INT32);

  private ArrayReader() {}

  /**
   * Refuses a tensor that cannot be read, before anybody tries.
   *
   * @param path the file, for messages
   * @param tensor its type
   * @throws ModelException if Darkroom does not compute with the type
   */
  static void check(Path path, StoredTensor tensor) {
    if (!TYPES.containsKey(tensor.type())) {
      throw new ModelException(
          "%s: tensor %s is stored as %s, which Darkroom cannot compute with; convert it to F16"
              .formatted(
                  path,
                  OneLine.of(tensor.name()),
                  tensor.type() == StoredType.OTHER ? "an unknown type" : tensor.type()));
    }
  }

  /**
   * Makes an array that owns its memory: floating point of any width becomes float32, I64 and I32
   * stay what they are.
   *
   * @param path the file, for messages
   * @param tensor its type and shape
   * @param bytes a direct, little-endian buffer of exactly the tensor's bytes, row-major
   * @param manager owns the array; its device is where the array lives
   * @return the array, of the stored shape
   * @throws ModelException if Darkroom does not compute with the type, or there are too many bytes
   */
  static NDArray read(Path path, StoredTensor tensor, ByteBuffer bytes, NDManager manager) {
    if (tensor.type() == StoredType.BF16) {
      return widenedFromBfloat16(path, tensor, bytes, manager);
    }
    try (NDArray view = view(path, tensor, bytes, manager)) {
      boolean narrow = view.getDataType() == DataType.FLOAT16;
      return narrow ? view.toType(DataType.FLOAT32, true) : view.duplicate();
    }
  }

  /**
   * Makes an array that need not own its memory: F16, F32, I64 and I32 stay what they are, F64 is
   * as {@link #read} has it, numbers of eight bits become F16, which holds them all exactly, and
   * BF16, of which DJL has no arrays, comes as its bytes: UINT8, with one more dimension of 2.
   *
   * @param path the file, for messages
   * @param tensor its type and shape
   * @param bytes a direct, little-endian buffer of exactly the tensor's bytes, row-major; on the
   *     CPU it is the array's memory
   * @param manager owns the array; its device is where the array lives
   * @return the array, of the stored shape but for BF16, not to be written into
   * @throws ModelException if Darkroom does not compute with the type, or there are too many bytes
   */
  static NDArray view(Path path, StoredTensor tensor, ByteBuffer bytes, NDManager manager) {
    check(path, tensor);
    if (EightBitFloat.isOne(tensor.type())) {
      return widenedFromEightBits(path, tensor, bytes, manager);
    }
    NDArray stored = stored(tensor, bytes, manager);
    if (tensor.type() != StoredType.F64) {
      return stored;
    }
    try (stored) {
      return stored.toType(DataType.FLOAT32, true);
    }
  }

  private static NDArray stored(StoredTensor tensor, ByteBuffer bytes, NDManager manager) {
    DataType type = TYPES.get(tensor.type());
    Shape shape = new Shape(tensor.dimensions());
    if (type == DataType.UINT8) {
      shape = shape.add(Short.BYTES);
    }
    return tensor.length() == 0 ? manager.zeros(shape, type) : manager.create(bytes, shape, type);
  }

  /**
   * Reads one number.
   *
   * @param type its type, which {@link #check} has passed
   * @param bytes where it lies, little-endian
   * @return the number, exactly
   */
  static Number number(StoredType type, ByteBuffer bytes) {
    return switch (type) {
      case F64 -> bytes.getDouble();
      case F32 -> bytes.getFloat();
      case F16 -> Half.toFloat(bytes.getShort());
      case BF16 -> Float.intBitsToFloat(bytes.getShort() << Short.SIZE);
      case F8_E4M3, F8_E5M2 -> Half.toFloat(EightBitFloat.halves(type)[bytes.get() & 0xff]);
      case I64 -> bytes.getLong();
      case I32 -> bytes.getInt();
      default -> throw new IllegalArgumentException(type + " is not computed with");
    };
  }

  /** DJL knows no floats of eight bits: each becomes a half by a table of all there are. */
  private static NDArray widenedFromEightBits(
      Path path, StoredTensor tensor, ByteBuffer bytes, NDManager manager) {
    Shape shape = new Shape(tensor.dimensions());
    if (tensor.length() == 0) {
      return manager.zeros(shape, DataType.FLOAT16);
    }
    requireRoom(path, tensor, Short.BYTES);
    short[] halves = EightBitFloat.halves(tensor.type());
    try (NDManager host = manager.newSubManager(Device.cpu())) {
      NDArray wide = host.create(shape, DataType.FLOAT16);
      ShortBuffer target = wide.toByteBuffer(true).order(ByteOrder.nativeOrder()).asShortBuffer();
      ByteBuffer source = bytes.duplicate();
      byte[] narrowBlock = new byte[BLOCK];
      short[] wideBlock = new short[BLOCK];
      while (source.hasRemaining()) {
        int count = Math.min(BLOCK, source.remaining());
        source.get(narrowBlock, 0, count);
        for (int i = 0; i < count; i++) {
          wideBlock[i] = halves[narrowBlock[i] & 0xff];
        }
        target.put(wideBlock, 0, count);
      }
      NDArray result = wide.toDevice(manager.getDevice(), false);
      result.attach(manager);
      return result;
    }
  }

  private static void requireRoom(Path path, StoredTensor tensor, int factor) {
    if (tensor.length() > Integer.MAX_VALUE / factor) {
      throw new ModelException(
          "%s: tensor %s takes %d bytes as %s; store a tensor above 1 GiB as F16"
              .formatted(path, OneLine.of(tensor.name()), tensor.length(), tensor.type()));
    }
  }

  /** Something that reads bytes and may fail at it. */
  interface Bytes {
    /** The bytes, little-endian. */
    ByteBuffer read() throws IOException;
  }

  /**
   * Reads a small tensor.
   *
   * @param path the file, for messages
   * @param tensor its type and shape
   * @param bytes gives exactly the tensor's bytes, row-major
   * @return its numbers
   * @throws ModelException if Darkroom does not compute with the type, the tensor is not small, or
   *     its bytes cannot be read
   */
  static List<Double> numbers(Path path, StoredTensor tensor, Bytes bytes) {
    check(path, tensor);
    if (tensor.count() > SMALL) {
      throw new ModelException(
          "%s: tensor %s has %d numbers; at most %d make sense there"
              .formatted(path, OneLine.of(tensor.name()), tensor.count(), SMALL));
    }
    try {
      ByteBuffer read = bytes.read();
      List<Double> numbers = new ArrayList<>();
      for (int i = 0; i < tensor.count(); i++) {
        numbers.add(number(tensor.type(), read).doubleValue());
      }
      return numbers;
    } catch (IOException failure) {
      throw new ModelException(
          path + ": cannot be read: " + OneLine.of(String.valueOf(failure)), failure);
    }
  }

  /**
   * A bfloat16 is the upper half of a float32. DJL knows none (its cast aborts the JVM), so the
   * bits are moved here, straight into the memory of the float32 array.
   */
  private static NDArray widenedFromBfloat16(
      Path path, StoredTensor tensor, ByteBuffer bytes, NDManager manager) {
    Shape shape = new Shape(tensor.dimensions());
    if (tensor.length() == 0) {
      return manager.zeros(shape, DataType.FLOAT32);
    }
    requireRoom(path, tensor, Float.BYTES / Short.BYTES);
    try (NDManager host = manager.newSubManager(Device.cpu())) {
      NDArray wide = host.create(shape, DataType.FLOAT32);
      IntBuffer target = wide.toByteBuffer(true).order(ByteOrder.nativeOrder()).asIntBuffer();
      ShortBuffer source = bytes.asShortBuffer();
      short[] narrowBlock = new short[BLOCK];
      int[] wideBlock = new int[BLOCK];
      while (source.hasRemaining()) {
        int count = Math.min(BLOCK, source.remaining());
        source.get(narrowBlock, 0, count);
        for (int i = 0; i < count; i++) {
          wideBlock[i] = narrowBlock[i] << Short.SIZE;
        }
        target.put(wideBlock, 0, count);
      }
      NDArray result = wide.toDevice(manager.getDevice(), false);
      result.attach(manager);
      return result;
    }
  }
}
