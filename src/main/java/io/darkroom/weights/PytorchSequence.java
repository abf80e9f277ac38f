package io.darkroom.weights;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code torch.save} wrote before version 1.6, and writes today when asked to: one behind the
 * other a magic number, the protocol's number, facts about the machine, the value itself and the
 * keys of its storages, each a pickle; then of each storage how many numbers it has, in eight
 * bytes, and the numbers.
 *
 * @param content the value, as {@link PickleReader} gives it
 * @param starts where each storage's numbers begin in the file; all of them are there
 * @see <a href="https://github.com/pytorch/pytorch/blob/main/torch/serialization.py">{@code
 *     _legacy_save}</a>
 */
record PytorchSequence(Object content, Map<String, Long> starts) {
  /** The pickle of the number 0x1950a86a20f9469cfc6c, which comes first. */
  static final byte[] MAGIC = HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa850192e");

  /** As much of it as tells it from everything else. */
  private static final int ENOUGH = 6;

  private static final long PROTOCOL = 1001;

  /**
   * Tells whether a file is one of these, be it cut off.
   *
   * @param start its first bytes
   * @return whether it begins with a good part of the magic number
   */
  static boolean isOne(byte[] start) {
    return start.length >= ENOUGH && Arrays.equals(start, 0, ENOUGH, MAGIC, 0, ENOUGH);
  }

  /**
   * Reads a file.
   *
   * @param path its name, for messages
   * @param channel the open file
   * @return what is in it
   * @throws IOException if the file cannot be read
   * @throws ModelException if it is damaged, or asks for anything but tensors and plain values
   */
  static PytorchSequence read(Path path, FileChannel channel) throws IOException {
    long mapped = Math.min(channel.size(), PytorchFile.LARGEST_PICKLE);
    ByteBuffer pickles = channel.map(FileChannel.MapMode.READ_ONLY, 0, mapped);
    if (pickles.mismatch(ByteBuffer.wrap(MAGIC)) < MAGIC.length) {
      throw damaged(path, "its magic number breaks off");
    }
    pickles.position(MAGIC.length);
    if (!Long.valueOf(PROTOCOL).equals(next(path, pickles).value())) {
      throw damaged(path, "its protocol is not " + PROTOCOL);
    }
    requireLittleEndian(path, next(path, pickles).value());
    PickleReader.Content content = next(path, pickles);
    Object keys = next(path, pickles).value();
    if (!(keys instanceof List<?> list)) {
      throw damaged(path, "it does not list its storages");
    }
    return new PytorchSequence(
        content.value(), starts(path, channel, list, content.storages(), pickles.position()));
  }

  private static PickleReader.Content next(Path path, ByteBuffer pickles) {
    try {
      return PickleReader.read(pickles);
    } catch (ModelException failure) {
      throw PytorchFile.untrusted(path, failure);
    }
  }

  private static void requireLittleEndian(Path path, Object machine) {
    if (machine instanceof Map<?, ?> facts
        && facts.get("little_endian") instanceof Boolean little) {
      if (!little) {
        throw new ModelException(path + ": is big-endian; get it as safetensors");
      }
      return;
    }
    throw damaged(path, "it does not tell in which order its bytes are");
  }

  private static Map<String, Long> starts(
      Path path,
      FileChannel channel,
      List<?> keys,
      Map<String, PickleReader.Storage> storages,
      long position)
      throws IOException {
    Map<String, Long> starts = new HashMap<>();
    for (Object key : keys) {
      PickleReader.Storage storage =
          Optional.ofNullable(key instanceof String name ? storages.get(name) : null)
              .orElseThrow(() -> damaged(path, "it lists a storage that no tensor is in"));
      long start = position + Long.BYTES;
      long room = (channel.size() - start) / storage.type().bytes();
      if (start > channel.size() || storage.count() > room) {
        throw damaged(path, "it ends before the numbers of storage " + OneLine.of(storage.key()));
      }
      long count =
          FileBytes.read(channel, position, Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (count != storage.count()) {
        throw damaged(
            path,
            "storage %s has %d numbers in one place and %d in another"
                .formatted(OneLine.of(storage.key()), storage.count(), count));
      }
      if (starts.put(storage.key(), start) != null) {
        throw damaged(path, "it has storage " + OneLine.of(storage.key()) + " twice");
      }
      position = start + count * storage.type().bytes();
    }
    for (PickleReader.Storage storage : storages.values()) {
      if (!starts.containsKey(storage.key())) {
        throw damaged(path, "it lacks the numbers of storage " + OneLine.of(storage.key()));
      }
    }
    return starts;
  }

  private static ModelException damaged(Path path, String what) {
    return new ModelException(
        path + ": is a damaged file of PyTorch: " + what + "; download it again");
  }
}
