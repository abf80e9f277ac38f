package io.darkroom.weights;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a pickle of PyTorch's without running anything. A pickle is a program for a small machine
 * with a stack, and may call whatever it names; this machine knows tensors, dictionaries (PyTorch's
 * {@code ParameterDict} among them), lists, tuples, numbers and texts, and refuses every other
 * name. A few names that Lightning and NumPy leave in real checkpoints, beside the weights, are
 * read over: nothing is made of them.
 *
 * <p>Each instruction costs a bounded amount of work and memory, and nothing recurses, so that a
 * pickle costs no more than some dozens of times its own size.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">the instructions of
 *     the pickle machine</a>
 */
final class PickleReader {
  private static final int MOST_VALUES = 4_000_000;
  private static final int MOST_DIMENSIONS = 16;
  private static final int HIGHEST_PROTOCOL = 5;

  /** PyTorch's names of storages, see {@code torch/storage.py}. */
  private static final Map<String, StoredType> STORAGES =
      Map.of(
          "torch.DoubleStorage", StoredType.F64,
          "torch.FloatStorage", StoredType.F32,
          "torch.HalfStorage", StoredType.F16,
          "torch.BFloat16Storage", StoredType.BF16,
          "torch.LongStorage", StoredType.I64,
          "torch.IntStorage", StoredType.I32,
          "torch.ShortStorage", StoredType.I16,
          "torch.CharStorage", StoredType.I8,
          "torch.ByteStorage", StoredType.U8,
          "torch.BoolStorage", StoredType.BOOL);

  /** A storage of bytes whose type each tensor tells, as for all types since PyTorch 2.1. */
  private static final Set<String> UNTYPED =
      Set.of("torch.UntypedStorage", "torch.storage.UntypedStorage");

  /** Those types, see {@code _new_dtypes} in {@code torch/storage.py}. */
  private static final Map<String, StoredType> TYPES =
      Map.of(
          "torch.float8_e4m3fn", StoredType.F8_E4M3,
          "torch.float8_e5m2", StoredType.F8_E5M2,
          "torch.float8_e4m3fnuz", StoredType.OTHER,
          "torch.float8_e5m2fnuz", StoredType.OTHER,
          "torch.float8_e8m0fnu", StoredType.OTHER,
          "torch.float4_e2m1fn_x2", StoredType.OTHER,
          "torch.uint16", StoredType.U16,
          "torch.uint32", StoredType.U32,
          "torch.uint64", StoredType.U64);

  private static final String DICTIONARY = "collections.OrderedDict";
  private static final String TENSOR = "torch._utils._rebuild_tensor_v2";
  private static final String TYPED_TENSOR = "torch._utils._rebuild_tensor_v3";
  private static final String PARAMETER = "torch._utils._rebuild_parameter";

  /** A module that is a dictionary, in embeddings of the first trainer of textual inversions. */
  private static final String PARAMETERS = "torch.nn.modules.container.ParameterDict";

  private static final Set<String> READ =
      Set.of(DICTIONARY, TENSOR, TYPED_TENSOR, PARAMETER, PARAMETERS);

  /** Read over: what training leaves beside the weights. */
  private static final Set<String> INERT =
      Set.of(
          "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
          "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
          "numpy.core.multiarray.scalar",
          "numpy._core.multiarray.scalar",
          "numpy.dtype",
          "_codecs.encode",
          "__builtin__.set");

  private static final Object NONE = new Object();
  private static final Object NOTHING = new Object();

  /** A name that may be called. */
  private record Global(String name) {}

  /**
   * Where numbers lie.
   *
   * @param type what numbers
   * @param key the name of the entry in the zip file
   * @param count how many
   */
  record Storage(StoredType type, String key, long count) {}

  /**
   * A tensor: a view of a storage.
   *
   * @param storage where its numbers are
   * @param offset of the first, counted in numbers
   * @param shape its dimensions
   * @param strides how far apart neighbours along each dimension are, counted in numbers
   */
  record View(Storage storage, long offset, List<Long> shape, List<Long> strides) {}

  /**
   * What a pickle holds.
   *
   * @param value the value: a {@link Map}, {@link List}, {@link View}, {@link Parameters}, {@link
   *     String}, {@link Number}, {@link Boolean}, or a value that means nothing here
   * @param storages all that it names, by their keys
   */
  record Content(Object value, Map<String, Storage> storages) {}

  /** A {@code ParameterDict}, which gets its parameters after it was made. */
  static final class Parameters {
    private Map<?, ?> byName = Map.of();

    /**
     * The parameters.
     *
     * @return a view for each name, not to be written into
     */
    Map<?, ?> byName() {
      return byName;
    }
  }

  private final ByteBuffer code;
  private final Map<String, Storage> storages = new LinkedHashMap<>();
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private int values;

  private PickleReader(ByteBuffer code) {
    this.code = code.order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads a pickle.
   *
   * @param code its bytes, and perhaps more behind them; then stands behind them
   * @return what it holds
   * @throws ModelException if it is damaged or names what is not to be trusted; the message does
   *     not name the file
   */
  static Content read(ByteBuffer code) {
    PickleReader reader = new PickleReader(code);
    try {
      return new Content(reader.run(), reader.storages);
    } catch (BufferUnderflowException | IndexOutOfBoundsException failure) {
      throw reader.damaged("it breaks off");
    } catch (ArithmeticException | NumberFormatException failure) {
      throw reader.damaged("it has a number beyond all bounds");
    }
  }

  private Object run() {
    while (true) {
      int instruction = Byte.toUnsignedInt(code.get());
      switch (instruction) {
        case 0x80 -> requireProtocol(code.get()); // PROTO
        case 0x95 -> code.getLong(); // FRAME
        case '.' -> { // STOP
          return pop();
        }
        case '(' -> marks.add(stack.size()); // MARK
        case '0' -> drop(); // POP
        case '1' -> popMarked(); // POP_MARK
        case '2' -> push(top()); // DUP
        case 'N' -> push(NONE);
        case 0x88 -> push(true);
        case 0x89 -> push(false);
        case 'I' -> push(integer(line()));
        case 'L' -> push(integer(line().replaceFirst("L$", "")));
        case 'F' -> push(Double.parseDouble(line()));
        case 'J' -> push((long) code.getInt());
        case 'K' -> push((long) Byte.toUnsignedInt(code.get()));
        case 'M' -> push((long) Short.toUnsignedInt(code.getShort()));
        case 0x8a -> push(longInteger(Byte.toUnsignedInt(code.get()))); // LONG1
        case 'G' -> push(code.order(ByteOrder.BIG_ENDIAN).getDouble()); // BINFLOAT
        case 'X' -> push(text(code.getInt())); // BINUNICODE
        case 0x8c -> push(text(Byte.toUnsignedInt(code.get()))); // SHORT_BINUNICODE
        case 0x8d -> push(text(code.getLong())); // BINUNICODE8
        case 'V' -> push(line()); // UNICODE
        case 'T' -> push(text(code.getInt())); // BINSTRING
        case 'U' -> push(text(Byte.toUnsignedInt(code.get()))); // SHORT_BINSTRING
        case 'B' -> skipBytes(code.getInt()); // BINBYTES
        case 'C' -> skipBytes(Byte.toUnsignedInt(code.get())); // SHORT_BINBYTES
        case 0x8e -> skipBytes(code.getLong()); // BINBYTES8
        case ']' -> push(new ArrayList<>());
        case '}' -> push(new LinkedHashMap<>());
        case ')' -> push(List.of());
        case 'l' -> push(popMarked()); // LIST
        case 't' -> push(popMarked()); // TUPLE
        case 'd' -> push(dictionary(popMarked())); // DICT
        case 0x85 -> push(popLast(1));
        case 0x86 -> push(popLast(2));
        case 0x87 -> push(popLast(3));
        case 'a' -> append(popLast(1)); // APPEND
        case 'e' -> append(popMarked()); // APPENDS
        case 's' -> setItems(popLast(2)); // SETITEM
        case 'u' -> setItems(popMarked()); // SETITEMS
        case 'q' -> memo.put(Byte.toUnsignedInt(code.get()), top()); // BINPUT
        case 'r' -> memo.put(code.getInt(), top()); // LONG_BINPUT
        case 'p' -> memo.put(Integer.parseInt(line()), top()); // PUT
        case 0x94 -> memo.put(memo.size(), top()); // MEMOIZE
        case 'h' -> push(remembered(Byte.toUnsignedInt(code.get()))); // BINGET
        case 'j' -> push(remembered(code.getInt())); // LONG_BINGET
        case 'g' -> push(remembered(Integer.parseInt(line()))); // GET
        case 'c' -> push(global(line(), line())); // GLOBAL
        case 0x93 -> stackGlobal();
        case 'Q' -> push(storage(pop())); // BINPERSID
        case 'R', 0x81 -> call(); // REDUCE, NEWOBJ
        case 'b' -> build(); // BUILD
        case 'i', 'o', 0x92 ->
            throw new ModelException(
                "it creates objects of classes, which a file of weights" + " never does");
        case 0x82, 0x83, 0x84 ->
            throw new ModelException("it calls extensions, which a file of weights never does");
        default -> throw damaged("it has an instruction that is not known");
      }
      code.order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private void requireProtocol(int protocol) {
    if (protocol < 0 || protocol > HIGHEST_PROTOCOL) {
      throw damaged("its protocol is " + protocol);
    }
  }

  // ---------------------------------------------------------------- stack

  private void push(Object value) {
    if (++values > MOST_VALUES) {
      throw damaged("it has more values than any model");
    }
    stack.add(value);
  }

  private int floor() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private Object top() {
    if (stack.size() <= floor()) {
      throw damaged("it takes what is not there");
    }
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    Object top = top();
    stack.remove(stack.size() - 1);
    return top;
  }

  private void drop() {
    if (!marks.isEmpty() && stack.size() == floor()) {
      marks.remove(marks.size() - 1); // as Python's POP does with a mark
    } else {
      pop();
    }
  }

  private List<Object> popLast(int count) {
    if (stack.size() - count < floor()) {
      throw damaged("it takes what is not there");
    }
    return cutFrom(stack.size() - count);
  }

  private List<Object> popMarked() {
    if (marks.isEmpty()) {
      throw damaged("it takes what is not there");
    }
    return cutFrom(marks.remove(marks.size() - 1));
  }

  private List<Object> cutFrom(int start) {
    List<Object> tail = stack.subList(start, stack.size());
    List<Object> taken = new ArrayList<>(tail);
    tail.clear();
    return taken;
  }

  private Object remembered(int index) {
    return Optional.ofNullable(memo.get(index))
        .orElseThrow(() -> damaged("it remembers what was never said"));
  }

  // ---------------------------------------------------------------- values

  private String line() {
    int start = code.position();
    while (code.get() != '\n') {}
    byte[] bytes = new byte[code.position() - start - 1];
    code.get(start, bytes);
    return new String(bytes, StandardCharsets.UTF_8).strip();
  }

  private String text(long length) {
    byte[] bytes = new byte[checkedLength(length)];
    code.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private int checkedLength(long length) {
    if (length < 0 || length > code.remaining()) {
      throw damaged("it breaks off");
    }
    return (int) length;
  }

  private void skipBytes(long length) {
    code.position(code.position() + checkedLength(length));
    push(NOTHING);
  }

  /** Protocol 0 writes truth values as numbers of two digits. */
  private static Object integer(String text) {
    return switch (text) {
      case "00" -> false;
      case "01" -> true;
      default -> text.length() > 20 ? NOTHING : Long.valueOf(text);
    };
  }

  /** A two's complement of some bytes, little-endian; the generators' states are beyond a long. */
  private Object longInteger(int length) {
    if (length == 0) {
      return 0L;
    }
    byte[] bytes = new byte[checkedLength(length)];
    for (int i = bytes.length - 1; i >= 0; i--) {
      bytes[i] = code.get();
    }
    BigInteger number = new BigInteger(bytes);
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : NOTHING;
  }

  private Map<Object, Object> dictionary(List<Object> items) {
    Map<Object, Object> map = new LinkedHashMap<>();
    fill(map, items);
    return map;
  }

  private void fill(Map<Object, Object> map, List<Object> items) {
    if (items.size() % 2 != 0) {
      throw damaged("a dictionary has a key without a value");
    }
    for (int i = 0; i < items.size(); i += 2) {
      Object key = items.get(i);
      // Other keys (classes, tuples) never name weights; and to hash a tuple may take for ever.
      if (key instanceof String || key instanceof Long) {
        map.put(key, items.get(i + 1));
      }
    }
  }

  @SuppressWarnings("unchecked")
  private void setItems(List<Object> items) {
    Object target = top();
    if (target instanceof Map<?, ?> map) {
      fill((Map<Object, Object>) map, items);
    } else if (target != NOTHING) {
      throw damaged("it puts an item where no dictionary is");
    }
  }

  @SuppressWarnings("unchecked")
  private void append(List<Object> items) {
    if (!(top() instanceof ArrayList<?> list)) {
      throw damaged("it appends where no list is");
    }
    ((List<Object>) list).addAll(items);
  }

  // ---------------------------------------------------------------- names

  private void stackGlobal() {
    List<Object> parts = popLast(2);
    if (!(parts.get(0) instanceof String module) || !(parts.get(1) instanceof String name)) {
      throw damaged("it has a name that is no text");
    }
    push(global(module, name));
  }

  private static Object global(String module, String name) {
    String full = module + "." + name;
    if (READ.contains(full)
        || INERT.contains(full)
        || STORAGES.containsKey(full)
        || UNTYPED.contains(full)
        || TYPES.containsKey(full)) {
      return new Global(full);
    }
    throw new ModelException(
        "it asks for "
            + OneLine.of(full)
            + ", which may run code; Darkroom reads only tensors, dictionaries, lists, numbers"
            + " and texts");
  }

  /**
   * The tuple {@code ("storage", type, key, device, count)}; before PyTorch 1.6 with one more part,
   * which is None where the storage is no part of another.
   */
  private Object storage(Object id) {
    if (id instanceof List<?> parts
        && (parts.size() == 5 || (parts.size() == 6 && parts.get(5) == NONE))
        && "storage".equals(parts.get(0))
        && parts.get(1) instanceof Global type
        && (STORAGES.containsKey(type.name()) || UNTYPED.contains(type.name()))
        && parts.get(2) instanceof String key
        && parts.get(4) instanceof Long count
        && count >= 0) {
      Storage storage = new Storage(STORAGES.getOrDefault(type.name(), StoredType.U8), key, count);
      storages.putIfAbsent(key, storage);
      return storage;
    }
    if (id instanceof List<?> parts && !parts.isEmpty() && "module".equals(parts.get(0))) {
      throw new ModelException("it contains a module with its source code, not only weights");
    }
    throw damaged("it has a storage of an unknown kind");
  }

  private void call() {
    List<Object> parts = popLast(2);
    if (!(parts.get(0) instanceof Global function) || !(parts.get(1) instanceof List<?> given)) {
      throw new ModelException(
          "it calls something that is not a function, which a file of" + " weights never does");
    }
    switch (function.name()) {
      case DICTIONARY -> push(ordered(given));
      case TENSOR -> push(tensor(given));
      case TYPED_TENSOR -> push(typedTensor(given));
      case PARAMETER -> push(given.isEmpty() ? NOTHING : given.get(0));
      case PARAMETERS -> push(new Parameters());
      default -> {
        if (!INERT.contains(function.name())) {
          throw damaged("it calls " + function.name());
        }
        push(NOTHING);
      }
    }
  }

  /** Of a dictionary or a tensor these are attributes, which are no weights. */
  private void build() {
    Object attributes = pop();
    if (top() instanceof Parameters module
        && attributes instanceof Map<?, ?> map
        && map.get("_parameters") instanceof Map<?, ?> parameters) {
      module.byName = parameters;
    }
  }

  /** Empty, or in older files with a list of pairs. */
  private Map<Object, Object> ordered(List<?> given) {
    List<Object> items = new ArrayList<>();
    if (!given.isEmpty() && given.get(0) instanceof List<?> pairs) {
      for (Object pair : pairs) {
        if (!(pair instanceof List<?> two) || two.size() != 2) {
          throw damaged("a dictionary has a key without a value");
        }
        items.addAll(two);
      }
    }
    return dictionary(items);
  }

  /** The same with the type behind it; the storage counts bytes. */
  private View typedTensor(List<?> given) {
    if (given.size() < 7
        || !(given.get(0) instanceof Storage bytes)
        || bytes.type() != StoredType.U8
        || !(given.get(6) instanceof Global name)
        || !TYPES.containsKey(name.name())) {
      throw damaged("it has a tensor of an unknown kind");
    }
    StoredType type = TYPES.get(name.name());
    List<Object> typed = new ArrayList<>(given);
    typed.set(0, new Storage(type, bytes.key(), bytes.count() / type.bytes()));
    return tensor(typed);
  }

  /** Of (storage, offset, shape, strides, whether it takes gradients, hooks). */
  private View tensor(List<?> given) {
    if (given.size() < 4
        || !(given.get(0) instanceof Storage storage)
        || !(given.get(1) instanceof Long offset)
        || !(given.get(2) instanceof List<?> shape)
        || !(given.get(3) instanceof List<?> strides)
        || shape.size() != strides.size()
        || shape.size() > MOST_DIMENSIONS) {
      throw damaged("it has a tensor of an unknown kind");
    }
    long count = 1;
    long last = offset;
    List<Long> sizes = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (int i = 0; i < shape.size(); i++) {
      if (!(shape.get(i) instanceof Long size)
          || !(strides.get(i) instanceof Long step)
          || size < 0
          || step < 0) {
        throw damaged("it has a tensor of an unknown kind");
      }
      sizes.add(size);
      steps.add(step);
      count = Math.multiplyExact(count, size);
      last = Math.addExact(last, Math.multiplyExact(Math.max(size - 1, 0), step));
    }
    // As many numbers as the storage has, or fewer: no tensor may be larger than its file.
    if (offset < 0 || count > storage.count() || (count > 0 && last >= storage.count())) {
      throw damaged(
          "a tensor of shape %s is not within its storage of %d numbers"
              .formatted(sizes, storage.count()));
    }
    return new View(storage, offset, List.copyOf(sizes), List.copyOf(steps));
  }

  private ModelException damaged(String what) {
    return new ModelException(
        "its pickle is damaged at byte %d: %s; download the file again"
            .formatted(code.position(), what));
  }
}
