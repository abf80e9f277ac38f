package io.darkroom.testing;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes safetensors files of tensors in any type, from their bytes. */
public final class RawSafetensors {
  private final JsonObject header = new JsonObject();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  /**
   * Adds a tensor.
   *
   * @param name its name
   * @param dtype its type, as the header has it
   * @param bytes its numbers, little-endian
   * @param shape its dimensions
   * @return this
   */
  public RawSafetensors put(String name, String dtype, byte[] bytes, long... shape) {
    JsonObject entry = new JsonObject();
    entry.addProperty("dtype", dtype);
    JsonArray dimensions = new JsonArray();
    for (long dimension : shape) {
      dimensions.add(dimension);
    }
    entry.add("shape", dimensions);
    JsonArray offsets = new JsonArray();
    offsets.add(data.size());
    data.writeBytes(bytes);
    offsets.add(data.size());
    entry.add("data_offsets", offsets);
    header.add(name, entry);
    return this;
  }

  /**
   * Adds a tensor of float32.
   *
   * @param name its name
   * @param values its numbers
   * @param shape its dimensions
   * @return this
   */
  public RawSafetensors floats(String name, float[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return put(name, "F32", bytes.array(), shape);
  }

  /**
   * Writes the file.
   *
   * @param path where
   * @return the path
   * @throws IOException if it cannot be written
   */
  public Path write(Path path) throws IOException {
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    return Files.write(
        path,
        ByteBuffer.allocate(8 + text.length + data.size())
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(text.length)
            .put(text)
            .put(data.toByteArray())
            .array());
  }
}
