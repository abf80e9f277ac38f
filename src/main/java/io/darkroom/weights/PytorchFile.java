package io.darkroom.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.OpenResources;
import io.darkroom.base.RegularFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32;

/**
 * An open file of PyTorch ({@code .ckpt}, {@code .bin}, {@code .pt}): a zip file with a pickle,
 * which tells what tensors there are, and an entry of bytes for each storage; or, in older files,
 * the same one behind the other, see {@link PytorchSequence}. Nothing in it is run, see {@link
 * PickleReader}; a tensor's bytes are read when it is asked for.
 *
 * @see <a href="https://docs.pytorch.org/docs/stable/notes/serialization.html">PyTorch's
 *     serialization</a>
 */
public final class PytorchFile implements WeightsFile {
  /** Bytes; that of Stable Diffusion's largest checkpoint has less than one million. */
  static final int LARGEST_PICKLE = 32 << 20;

  private static final String PICKLE = "/data.pkl";
  private static final int LONGEST_TEXT = 1000;

  private final Path path;
  private final FileChannel channel;
  private final TensorBytes bytes;
  private final Map<String, PickleReader.View> tensors = new LinkedHashMap<>();
  private final Map<String, Long> starts = new HashMap<>();

  /** By storage, those in a zip file whose bytes were not yet held against their checksums. */
  private final Map<String, StoredZip.Entry> unverified = new ConcurrentHashMap<>();

  private final Map<String, String> metadata = new LinkedHashMap<>();

  private PytorchFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
    this.bytes = new TensorBytes(path, channel);
  }

  /**
   * Opens a file and reads what tensors are in it.
   *
   * @param path a file in the zipped format that PyTorch writes since version 1.6, or in the one
   *     that it wrote before
   * @return the open file
   * @throws ModelException if it is missing, damaged, holds no tensors, or asks for anything but
   *     tensors and plain values
   */
  public static PytorchFile open(Path path) {
    RegularFile.require(path);
    FileChannel channel;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException failure) {
      throw new ModelException(path + ": there is no such file; check the path", failure);
    } catch (IOException failure) {
      throw unreadable(path, failure);
    }
    PytorchFile file = new PytorchFile(path, channel);
    try {
      int begin = (int) Math.min(channel.size(), PytorchSequence.MAGIC.length);
      if (PytorchSequence.isOne(FileBytes.read(channel, 0, begin).array())) {
        file.readSequence();
      } else {
        file.readZip();
      }
      return file;
    } catch (IOException failure) {
      OpenResources.closeAfter(file, failure);
      throw unreadable(path, failure);
    } catch (RuntimeException | Error failure) {
      OpenResources.closeAfter(file, failure);
      throw failure;
    }
  }

  private void readSequence() throws IOException {
    PytorchSequence sequence = PytorchSequence.read(path, channel);
    collect(sequence.content());
    starts.putAll(sequence.starts());
  }

  private void readZip() throws IOException {
    StoredZip zip = StoredZip.read(path, channel);
    List<StoredZip.Entry> pickles =
        zip.entries().values().stream().filter(entry -> entry.name().endsWith(PICKLE)).toList();
    if (pickles.size() != 1) {
      throw new ModelException(
          path
              + ": is a zip file, but not one of PyTorch (it has "
              + pickles.size()
              + " files data.pkl); unpack it if there is a model in it");
    }
    StoredZip.Entry pickle = pickles.get(0);
    if (pickle.length() > LARGEST_PICKLE) {
      throw new ModelException(path + ": its pickle is too large for a list of weights");
    }
    long start = StoredZip.locate(path, channel, pickle);
    String folder = pickle.name().substring(0, pickle.name().length() - PICKLE.length());
    requireLittleEndian(zip, folder);
    ByteBuffer code = FileBytes.read(channel, start, (int) pickle.length());
    if (!pickle.holds(code)) {
      throw StoredZip.otherBytes(path, pickle);
    }
    Object content;
    try {
      content = PickleReader.read(code).value();
    } catch (ModelException failure) {
      throw untrusted(path, failure);
    }
    collect(content);
    for (PickleReader.View tensor : tensors.values()) {
      locate(zip, folder, tensor.storage());
    }
  }

  private void requireLittleEndian(StoredZip zip, String folder) throws IOException {
    StoredZip.Entry order = zip.entries().get(folder + "/byteorder");
    if (order != null
        && order.length() == 3
        && FileBytes.read(channel, StoredZip.locate(path, channel, order), 3).get(0) == 'b') {
      throw new ModelException(path + ": is big-endian; get it as safetensors");
    }
  }

  /** Lightning wraps the weights, with much beside them; web UIs' files may nest them once more. */
  private void collect(Object content) {
    Object weights = content;
    for (String wrapper : List.of("state_dict", "model_state_dict")) {
      if (weights instanceof Map<?, ?> map && map.get(wrapper) instanceof Map<?, ?> inner) {
        collectMetadata(map);
        weights = inner;
      }
    }
    if (weights instanceof Map<?, ?> map) {
      collect("", map);
      if (tensors.isEmpty()) {
        map.forEach(
            (key, value) -> {
              if (value instanceof Map<?, ?> inner) {
                collect(key + ".", inner);
              } else if (value instanceof PickleReader.Parameters inner) {
                collect(key + ".", inner.byName());
              }
            });
      }
    }
    if (tensors.isEmpty()) {
      throw new ModelException(path + ": is a file of PyTorch, but contains no weights");
    }
  }

  /** What a training run tells of itself beside the weights, such as its {@code global_step}. */
  private void collectMetadata(Map<?, ?> map) {
    map.forEach(
        (key, value) -> {
          boolean isPlain = value instanceof Number || value instanceof String;
          if (key instanceof String name && isPlain && value.toString().length() < LONGEST_TEXT) {
            metadata.putIfAbsent(name, value.toString());
          }
        });
  }

  private void collect(String prefix, Map<?, ?> map) {
    map.forEach(
        (key, value) -> {
          if (key instanceof String name && value instanceof PickleReader.View view) {
            tensors.put(prefix + name, view);
          }
        });
  }

  private void locate(StoredZip zip, String folder, PickleReader.Storage storage)
      throws IOException {
    StoredZip.Entry entry = zip.entries().get(folder + "/data/" + storage.key());
    if (entry == null) {
      throw new ModelException(
          path
              + ": does not contain the numbers of storage "
              + OneLine.of(storage.key())
              + "; download it again");
    }
    if (entry.length() / storage.type().bytes() < storage.count()) {
      throw new ModelException(
          "%s: storage %s has %d bytes, too few for its %d numbers; download it again"
              .formatted(path, OneLine.of(storage.key()), entry.length(), storage.count()));
    }
    if (!starts.containsKey(storage.key())) {
      starts.put(storage.key(), StoredZip.locate(path, channel, entry));
      if (entry.isSummed()) {
        unverified.put(storage.key(), entry);
      }
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    tensors.forEach(
        (name, view) ->
            shapes.put(name, view.shape().stream().mapToLong(Long::longValue).toArray()));
    return shapes;
  }

  @Override
  public Map<String, StoredType> types() {
    Map<String, StoredType> types = new LinkedHashMap<>();
    tensors.forEach((name, view) -> types.put(name, view.storage().type()));
    return types;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.copyOf(metadata);
  }

  @Override
  public List<Double> numbers(String name) {
    PickleReader.View view = view(name);
    int width = view.storage().type().bytes();
    return ArrayReader.numbers(
        path,
        stored(name, view),
        () -> {
          ByteBuffer numbers =
              FileBytes.read(channel, offset(view), Math.toIntExact(spanned(view) * width));
          return isRowMajor(view) ? numbers : gathered(numbers, view, (int) count(view));
        });
  }

  @Override
  public NDArray load(String name, NDManager manager) {
    try (NDManager reading = manager.newSubManager()) {
      PickleReader.View view = view(name);
      return ArrayReader.read(path, stored(name, view), read(name, view, reading), manager);
    }
  }

  @Override
  public NDArray lend(String name, NDManager manager) {
    PickleReader.View view = view(name);
    return ArrayReader.view(path, stored(name, view), read(name, view, manager), manager);
  }

  private PickleReader.View view(String name) {
    PickleReader.View view = tensors.get(name);
    if (view == null) {
      throw new ModelException(path + ": there is no tensor " + OneLine.of(name));
    }
    return view;
  }

  private StoredTensor stored(String name, PickleReader.View view) {
    StoredType type = view.storage().type();
    return new StoredTensor(name, type, view.shape(), offset(view), count(view) * type.bytes());
  }

  /** A tensor's numbers, row after row. */
  private ByteBuffer read(String name, PickleReader.View view, NDManager borrower) {
    int width = view.storage().type().bytes();
    if (count(view) > Integer.MAX_VALUE / width) {
      throw new ModelException(
          "%s: tensor %s takes more than 2 GiB, which is the limit for one tensor"
              .formatted(path, OneLine.of(name)));
    }
    ByteBuffer numbers = verified(name, view, spanned(view) * width, borrower);
    return isRowMajor(view) ? numbers : gathered(numbers, view, (int) count(view));
  }

  /** Holds a storage against its checksum when the first tensor of it is read. */
  private ByteBuffer verified(
      String name, PickleReader.View view, long length, NDManager borrower) {
    String storage = view.storage().key();
    StoredZip.Entry entry = unverified.get(storage);
    if (entry == null) {
      return bytes.read(name, offset(view), length, borrower);
    }
    ByteBuffer numbers;
    if (length == entry.length()) {
      CRC32 sum = new CRC32();
      numbers = bytes.read(name, offset(view), length, borrower, sum);
      if (!entry.hasSum(sum)) {
        throw StoredZip.otherBytes(path, entry);
      }
    } else {
      numbers = bytes.read(name, offset(view), length, borrower);
      try {
        StoredZip.verify(path, channel, entry, starts.get(storage));
      } catch (IOException failure) {
        throw unreadable(path, failure);
      }
    }
    unverified.remove(storage);
    return numbers;
  }

  private long offset(PickleReader.View view) {
    PickleReader.Storage storage = view.storage();
    return starts.get(storage.key()) + view.offset() * storage.type().bytes();
  }

  private static long count(PickleReader.View view) {
    return view.shape().stream().reduce(1L, Math::multiplyExact);
  }

  private static long spanned(PickleReader.View view) {
    if (count(view) == 0) {
      return 0;
    }
    long last = 0;
    for (int i = 0; i < view.shape().size(); i++) {
      last += (view.shape().get(i) - 1) * view.strides().get(i);
    }
    return last + 1;
  }

  private static boolean isRowMajor(PickleReader.View view) {
    long expected = 1;
    for (int i = view.shape().size() - 1; i >= 0; i--) {
      if (view.shape().get(i) != 1 && view.strides().get(i) != expected) {
        return false;
      }
      expected *= view.shape().get(i);
    }
    return true;
  }

  /** Copies numbers that lie in another order, such as those of a transposed matrix. */
  private static ByteBuffer gathered(ByteBuffer source, PickleReader.View view, int count) {
    int width = view.storage().type().bytes();
    ByteBuffer target = ByteBuffer.allocateDirect(count * width).order(ByteOrder.LITTLE_ENDIAN);
    int dimensions = view.shape().size();
    long[] index = new long[dimensions];
    long from = 0;
    for (int i = 0; i < count; i++) {
      for (int b = 0; b < width; b++) {
        target.put(i * width + b, source.get((int) (from * width) + b));
      }
      for (int d = dimensions - 1; d >= 0; d--) {
        index[d]++;
        from += view.strides().get(d);
        if (index[d] < view.shape().get(d)) {
          break;
        }
        from -= index[d] * view.strides().get(d);
        index[d] = 0;
      }
    }
    return target;
  }

  /** Closes the file. What was loaded from it stays valid. */
  @Override
  public void close() {
    bytes.close();
    try {
      channel.close();
    } catch (IOException failure) {
      throw unreadable(path, failure);
    }
  }

  /**
   * Tells what is wrong with a pickle.
   *
   * @param path the file it is in
   * @param failure of {@link PickleReader}
   * @return the same with the file's name
   */
  static ModelException untrusted(Path path, ModelException failure) {
    return new ModelException(path + ": is damaged, or not safe to read: " + failure.getMessage());
  }

  private static ModelException unreadable(Path path, IOException failure) {
    return new ModelException(
        path + ": cannot be read: " + OneLine.of(String.valueOf(failure)), failure);
  }
}
