package io.darkroom.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.BoundedInput;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An open safetensors file: eight bytes with the header's length, the header, the tensors' bytes.
 *
 * <p>Opening reads and checks the header and nothing else; a tensor's bytes are read when it is
 * asked for, so that neither the size of the file nor the Java heap matters. The checks follow the
 * format's own rules, which make every byte belong to one tensor. Safe for use by several threads.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the safetensors format</a>
 */
public final class SafetensorsFile implements WeightsFile {
  /** The reference implementation's own bound on the header. */
  private static final long LONGEST_HEADER = 100_000_000;

  private static final int PREFIX = Long.BYTES;

  private final Path path;
  private final FileChannel channel;
  private final SafetensorsHeader header;
  private final TensorBytes bytes;

  private SafetensorsFile(Path path, FileChannel channel, SafetensorsHeader header) {
    this.path = path;
    this.channel = channel;
    this.header = header;
    this.bytes = new TensorBytes(path, channel);
  }

  /**
   * Opens a file and checks its header.
   *
   * @param path a safetensors file
   * @return the open file
   * @throws ModelException if there is no such file, if it cannot be read, or if its header breaks
   *     a rule of the format
   */
  public static SafetensorsFile open(Path path) {
    if (Files.isDirectory(path)) {
      throw new ModelException(path + ": is a directory, not a safetensors file");
    }
    RegularFile.require(path);
    FileChannel channel = openChannel(path);
    try {
      return new SafetensorsFile(path, channel, readHeader(path, channel));
    } catch (IOException failure) {
      close(channel, failure);
      throw new ModelException(path + ": cannot be read: " + reason(failure), failure);
    } catch (RuntimeException failure) {
      close(channel, failure);
      throw failure;
    }
  }

  private static FileChannel openChannel(Path path) {
    try {
      return FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException failure) {
      throw new ModelException(path + ": there is no such file; check the path", failure);
    } catch (IOException failure) {
      throw new ModelException(path + ": cannot be opened: " + reason(failure), failure);
    }
  }

  private static SafetensorsHeader readHeader(Path path, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < PREFIX) {
      throw new ModelException(
          path + ": is not a safetensors file: it has only " + size + " bytes; download it again");
    }
    ByteBuffer start = ByteBuffer.allocate(PREFIX + 1).order(ByteOrder.LITTLE_ENDIAN);
    while (start.hasRemaining() && channel.read(start, start.position()) >= 0) {}
    long length = start.getLong(0);
    if (length < 0 || length > LONGEST_HEADER) {
      throw new ModelException(
          ("%s: is not a safetensors file: its first 8 bytes ask for a header of %s bytes;"
                      + " download it")
                  .formatted(path, Long.toUnsignedString(length))
              + " again");
    }
    if (length > size - PREFIX) {
      throw new ModelException(
          "%s: the header should have %d bytes, but the file has %d in all; download it again"
              .formatted(path, length, size));
    }
    if (length < 2 || start.get(PREFIX) != '{') {
      throw new ModelException(
          path + ": is not a safetensors file: no header begins at byte 8; download it again");
    }
    return SafetensorsHeader.read(headerText(channel, length), path, PREFIX + length, size);
  }

  /** Decodes the header as it is read, so that no copy of the whole is held. */
  private static Reader headerText(FileChannel channel, long length) throws IOException {
    InputStream bytes = Channels.newInputStream(channel.position(PREFIX));
    return new InputStreamReader(
        new BoundedInput(bytes, length),
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT));
  }

  private static void close(FileChannel channel, Exception failure) {
    try {
      channel.close();
    } catch (IOException second) {
      failure.addSuppressed(second);
    }
  }

  /**
   * Where the file is.
   *
   * @return the path it was opened by
   */
  @Override
  public Path path() {
    return path;
  }

  /**
   * What the file holds.
   *
   * @return the tensors by name, in the order of the header
   */
  public Map<String, StoredTensor> tensors() {
    return header.tensors();
  }

  @Override
  public Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    tensors().forEach((name, tensor) -> shapes.put(name, tensor.dimensions()));
    return shapes;
  }

  @Override
  public Map<String, StoredType> types() {
    Map<String, StoredType> types = new LinkedHashMap<>();
    tensors().forEach((name, tensor) -> types.put(name, tensor.type()));
    return types;
  }

  /**
   * The texts that whoever wrote the file put in its header.
   *
   * @return the header's {@code __metadata__}, empty if it has none
   */
  @Override
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * Finds a tensor that must be there.
   *
   * @param name its name
   * @return the tensor
   * @throws ModelException if the file has none of that name
   */
  public StoredTensor tensor(String name) {
    StoredTensor tensor = header.tensors().get(name);
    if (tensor == null) {
      throw new ModelException(path + ": there is no tensor " + OneLine.of(name));
    }
    return tensor;
  }

  /**
   * Reads a tensor's first number without the engine.
   *
   * @param tensor one of {@link #tensors}, not empty
   * @return the number
   * @throws ModelException if it cannot be read, or Darkroom does not compute with its type
   */
  public Number number(StoredTensor tensor) {
    ArrayReader.check(path, tensor);
    try {
      return ArrayReader.number(
          tensor.type(), FileBytes.read(channel, tensor.offset(), tensor.type().bytes()));
    } catch (IOException failure) {
      throw new ModelException(path + ": cannot be read: " + reason(failure), failure);
    }
  }

  @Override
  public List<Double> numbers(String name) {
    StoredTensor tensor = tensor(name);
    return ArrayReader.numbers(
        path, tensor, () -> FileBytes.read(channel, tensor.offset(), (int) tensor.length()));
  }

  @Override
  public NDArray load(String name, NDManager manager) {
    StoredTensor tensor = tensor(name);
    try (NDManager reading = manager.newSubManager()) {
      return ArrayReader.read(path, tensor, read(tensor, reading), manager);
    }
  }

  @Override
  public NDArray lend(String name, NDManager manager) {
    StoredTensor tensor = tensor(name);
    return ArrayReader.view(path, tensor, read(tensor, manager), manager);
  }

  private ByteBuffer read(StoredTensor tensor, NDManager borrower) {
    String otherType = header.otherTypes().get(tensor.name());
    if (otherType != null) {
      throw new ModelException(
          "%s: tensor %s is stored as %s, which Darkroom does not know; convert it to F16"
              .formatted(path, OneLine.of(tensor.name()), OneLine.of(otherType)));
    }
    return bytes.read(tensor.name(), tensor.offset(), tensor.length(), borrower);
  }

  /** Closes the file. What was loaded from it stays valid. */
  @Override
  public void close() {
    bytes.close();
    try {
      channel.close();
    } catch (IOException failure) {
      throw new ModelException(path + ": cannot be closed: " + reason(failure), failure);
    }
  }

  private static String reason(IOException failure) {
    return OneLine.of(failure.getClass().getSimpleName() + ": " + failure.getMessage());
  }
}
