package io.darkroom.testing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Set;

/**
 * A safetensors file of reference values, read whole, independently of the product's own reader.
 *
 * <p>The files lie under {@code src/test/resources/golden}; names are relative to that folder, such
 * as {@code schedulers/ddpm.safetensors}.
 */
public final class Golden {
  private final String source;
  private final JsonObject header;
  private final ByteBuffer data;

  private Golden(String source, byte[] file) {
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = Math.toIntExact(buffer.getLong());
    String json = new String(file, Long.BYTES, headerLength, StandardCharsets.UTF_8);
    this.source = source;
    this.header = JsonParser.parseString(json).getAsJsonObject();
    this.header.remove("__metadata__");
    this.data = buffer.position(Long.BYTES + headerLength).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads a safetensors file of the golden folder.
   *
   * @param name the file's name, relative to {@code golden/}
   * @return its tensors
   */
  public static Golden open(String name) {
    return new Golden(name, bytes(name));
  }

  /**
   * Reads any safetensors file.
   *
   * @param file where it lies
   * @return its tensors
   */
  public static Golden open(Path file) {
    try {
      return new Golden(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a JSON object of the golden folder.
   *
   * @param name the file's name, relative to {@code golden/}
   * @return the object
   */
  public static JsonObject json(String name) {
    return JsonParser.parseString(new String(bytes(name), StandardCharsets.UTF_8))
        .getAsJsonObject();
  }

  /**
   * Reads a file of the golden folder from the class path.
   *
   * @param name the file's name, relative to {@code golden/}
   * @return its bytes
   */
  public static byte[] bytes(String name) {
    try (InputStream stream = Golden.class.getResourceAsStream("/golden/" + name)) {
      if (stream == null) {
        throw new FileNotFoundException("no golden/" + name + " on the class path");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The names of all tensors, in the order of the header.
   *
   * @return the names
   */
  public Set<String> names() {
    return Collections.unmodifiableSet(header.keySet());
  }

  /**
   * The shape of a tensor.
   *
   * @param name the tensor's name
   * @return its dimensions, outermost first
   */
  public long[] shape(String name) {
    JsonArray shape = entry(name).getAsJsonArray("shape");
    return shape.asList().stream().mapToLong(JsonElement::getAsLong).toArray();
  }

  /**
   * The values of a floating-point tensor (F64, F32, F16 or BF16), row by row.
   *
   * @param name the tensor's name
   * @return its values as float32
   */
  public float[] floats(String name) {
    ByteBuffer values = values(name);
    String type = type(name);
    float[] result = new float[count(name)];
    for (int i = 0; i < result.length; i++) {
      result[i] =
          switch (type) {
            case "F64" -> (float) values.getDouble();
            case "F32" -> values.getFloat();
            case "F16" -> halfToFloat(values.getShort());
            case "BF16" -> Float.intBitsToFloat(values.getShort() << 16);
            default -> throw unexpected(name, type);
          };
    }
    return result;
  }

  /**
   * The values of an integer tensor (I64, I32, U8 or BOOL), row by row.
   *
   * @param name the tensor's name
   * @return its values, U8 as 0 to 255
   */
  public long[] longs(String name) {
    ByteBuffer values = values(name);
    String type = type(name);
    long[] result = new long[count(name)];
    for (int i = 0; i < result.length; i++) {
      result[i] =
          switch (type) {
            case "I64" -> values.getLong();
            case "I32" -> values.getInt();
            case "U8", "BOOL" -> Byte.toUnsignedLong(values.get());
            default -> throw unexpected(name, type);
          };
    }
    return result;
  }

  /**
   * A tensor for computing.
   *
   * @param name the tensor's name
   * @param manager owns the array
   * @return the array: int64 if it is stored as I64, float32 otherwise
   */
  public NDArray array(String name, NDManager manager) {
    Shape shape = new Shape(shape(name));
    return type(name).equals("I64")
        ? manager.create(longs(name), shape)
        : manager.create(floats(name), shape);
  }

  private JsonObject entry(String name) {
    JsonObject entry = header.getAsJsonObject(name);
    if (entry == null) {
      throw new AssertionError(source + " has no tensor " + name + "; it has " + names());
    }
    return entry;
  }

  /**
   * A tensor's numbers as they are stored.
   *
   * @param name the tensor's name
   * @return its bytes, little-endian
   */
  public ByteBuffer bytesOf(String name) {
    return values(name);
  }

  /**
   * How a tensor is stored.
   *
   * @param name the tensor's name
   * @return such as {@code F16}
   */
  public String type(String name) {
    return entry(name).get("dtype").getAsString();
  }

  private int count(String name) {
    int count = 1;
    for (long dimension : shape(name)) {
      count *= Math.toIntExact(dimension);
    }
    return count;
  }

  private ByteBuffer values(String name) {
    JsonArray offsets = entry(name).getAsJsonArray("data_offsets");
    int begin = offsets.get(0).getAsInt();
    int end = offsets.get(1).getAsInt();
    return data.slice(begin, end - begin).order(ByteOrder.LITTLE_ENDIAN);
  }

  private AssertionError unexpected(String name, String type) {
    return new AssertionError(source + ": tensor " + name + " is " + type);
  }

  /** Widens an IEEE 754 half; Java 17 has no method for it. */
  private static float halfToFloat(short half) {
    int exponent = half >> 10 & 0x1F;
    int fraction = half & 0x3FF;
    float magnitude =
        switch (exponent) {
          case 0 -> Math.scalb((float) fraction, -24);
          case 0x1F -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Math.scalb((float) (fraction | 0x400), exponent - 25);
        };
    return half < 0 ? -magnitude : magnitude;
  }
}
