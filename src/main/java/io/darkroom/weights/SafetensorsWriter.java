package io.darkroom.weights;

import com.google.gson.stream.JsonWriter;
import io.darkroom.base.OneLine;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;

/**
 * Writes safetensors files, all tensors of a file in one floating-point type.
 *
 * <p>A file appears under its name only when it is whole: it is written beside and then renamed.
 */
public final class SafetensorsWriter {
  private static final int BLOCK = 1 << 20;

  private final StoredType type;

  /**
   * Creates a writer.
   *
   * @param type {@link StoredType#F32}, or {@link StoredType#F16} for half the size, rounded half
   *     to even
   * @throws IllegalArgumentException for another type
   */
  public SafetensorsWriter(StoredType type) {
    if (type != StoredType.F16 && type != StoredType.F32) {
      throw new IllegalArgumentException("tensors are written as F16 or F32, not as " + type);
    }
    this.type = type;
  }

  /**
   * Writes a file, replacing one that is there.
   *
   * @param path where to
   * @param tensors by name; they are laid out in the order of the map
   * @param metadata texts for the header, such as {@code format} to {@code pt}
   * @throws IOException if the file cannot be written; then what was there before is untouched
   * @throws IllegalArgumentException if a tensor gives another count of numbers than its shape
   *     says, or a number that F16 cannot hold; the message names the tensor
   */
  public void write(Path path, Map<String, TensorData> tensors, Map<String, String> metadata)
      throws IOException {
    Path target = path.toAbsolutePath();
    Path part = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      try (FileChannel channel =
          FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        writeFully(channel, header(tensors, metadata));
        for (Map.Entry<String, TensorData> entry : tensors.entrySet()) {
          writeTensor(channel, entry.getKey(), entry.getValue());
        }
        channel.force(true);
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private ByteBuffer header(Map<String, TensorData> tensors, Map<String, String> metadata)
      throws IOException {
    StringWriter text = new StringWriter();
    JsonWriter json = new JsonWriter(text);
    json.setHtmlSafe(false);
    json.beginObject();
    if (!metadata.isEmpty()) {
      json.name("__metadata__").beginObject();
      for (Map.Entry<String, String> entry : metadata.entrySet()) {
        json.name(entry.getKey()).value(entry.getValue());
      }
      json.endObject();
    }
    long offset = 0;
    for (Map.Entry<String, TensorData> entry : tensors.entrySet()) {
      if (entry.getKey().equals("__metadata__")) {
        throw new IllegalArgumentException("a tensor cannot be called __metadata__");
      }
      TensorData tensor = entry.getValue();
      long end = Math.addExact(offset, Math.multiplyExact(tensor.count(), type.bytes()));
      json.name(entry.getKey()).beginObject();
      json.name("dtype").value(type.name());
      json.name("shape").beginArray();
      for (long dimension : tensor.shape()) {
        json.value(dimension);
      }
      json.endArray();
      json.name("data_offsets").beginArray().value(offset).value(end).endArray();
      json.endObject();
      offset = end;
    }
    json.endObject();
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    // Spaces up to a multiple of eight, so that the numbers of every tensor are aligned.
    int padding = -bytes.length & Long.BYTES - 1;
    return ByteBuffer.allocate(Long.BYTES + bytes.length + padding)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(bytes.length + padding)
        .put(bytes)
        .put(" ".repeat(padding).getBytes(StandardCharsets.UTF_8))
        .flip();
  }

  private void writeTensor(FileChannel channel, String name, TensorData tensor) throws IOException {
    float[] values = tensor.values().get();
    if (values.length != tensor.count()) {
      throw new IllegalArgumentException(
          "tensor %s has shape %s but %d numbers"
              .formatted(OneLine.of(name), tensor.shape(), values.length));
    }
    int size = (int) Math.min(BLOCK, (long) values.length * type.bytes());
    ByteBuffer block = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      if (type == StoredType.F32) {
        block.putFloat(value);
      } else {
        block.putShort(half(name, value));
      }
      if (!block.hasRemaining()) {
        writeFully(channel, block.flip());
        block.clear();
      }
    }
    writeFully(channel, block.flip());
  }

  private static short half(String name, float value) {
    short half = Half.fromFloat(value);
    if (Float.isFinite(value) && !Float.isFinite(Half.toFloat(half))) {
      throw new IllegalArgumentException(
          "tensor %s has the number %s; F16 ends at %s: write it as F32"
              .formatted(OneLine.of(name), value, Half.LARGEST));
    }
    return half;
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
