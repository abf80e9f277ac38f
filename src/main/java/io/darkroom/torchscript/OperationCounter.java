package io.darkroom.torchscript;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Counts what a {@link Script} costs, by walking through its methods with shapes in place of
 * tensors: arithmetic in the products, bytes in everything. Nothing is computed, so that a network
 * of any size is counted at once.
 *
 * <p>A multiplication and the addition of its result count as two operations. An instruction reads
 * each of its arguments and writes its result once; views cost nothing.
 */
public final class OperationCounter {
  /** What a part of the cost is made of. */
  public enum Kind {
    /** Convolutions with a kernel larger than a pixel. */
    CONVOLUTION,
    /** Linear layers, and convolutions of single pixels, which are the same. */
    MATRIX_PRODUCT,
    /** Scaled dot-product attention. */
    ATTENTION,
    /** All that is not a product: norms, sums, functions of each element, copies. */
    OTHER
  }

  /**
   * The cost of one instruction.
   *
   * @param kind what it is
   * @param operations additions and multiplications; 0 where the kind is {@link Kind#OTHER}
   * @param bytes read and written
   */
  public record Cost(Kind kind, long operations, long bytes) {}

  /** An argument or a result of a method. */
  public sealed interface Value permits Shaped, Numeric, Listed {}

  /**
   * A tensor, as far as counting needs it.
   *
   * @param shape its dimensions
   * @param elementBytes the size of one number
   */
  public record Shaped(List<Long> shape, int elementBytes) implements Value {
    /**
     * A tensor of some format.
     *
     * @param elementBytes the size of one number
     * @param shape its dimensions
     * @return the tensor
     */
    public static Shaped of(int elementBytes, long... shape) {
      return new Shaped(LongStream.of(shape).boxed().toList(), elementBytes);
    }

    private long[] dimensions() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }

    private long elements() {
      return product(dimensions(), 0);
    }

    private long bytes() {
      return elements() * elementBytes;
    }

    private int axis(long dimension) {
      return (int) (dimension < 0 ? dimension + shape.size() : dimension);
    }

    private Shaped with(long... dimensions) {
      return of(elementBytes, dimensions);
    }
  }

  /**
   * A number, or a list of numbers, any of which will do.
   *
   * @param value the number
   */
  public record Numeric(double value) implements Value {}

  /**
   * A list of tensors.
   *
   * @param tensors the tensors
   */
  public record Listed(List<Shaped> tensors) implements Value {}

  private static final Pattern ELEMENT = Pattern.compile("(\\w+)\\[(\\w+)]");
  private static final Map<Long, Integer> ELEMENT_BYTES =
      Map.of(0L, 1, 3L, 4, 4L, 8, 5L, 2, 6L, 4, 15L, 2);

  private final Script script;
  private final List<Cost> costs = new ArrayList<>();

  /**
   * Prepares to count.
   *
   * @param script a script whose methods are written
   */
  public OperationCounter(Script script) {
    this.script = script;
  }

  /**
   * Walks through a method and adds its cost to what has been counted.
   *
   * @param name the method
   * @param arguments in its order, after the weights
   * @return what the method returns: {@link Shaped}, or {@link Listed} if there are several
   * @throws IllegalArgumentException if there is no such method, or the arguments do not suit it
   * @throws IllegalStateException if the method has an operator whose cost is not known
   */
  public Value count(String name, Value... arguments) {
    Method method = script.written(name);
    if (method.parameters().size() != arguments.length) {
      throw new IllegalArgumentException(
          name + " takes " + method.parameters() + ", not " + Arrays.toString(arguments));
    }
    Map<String, Value> values = new HashMap<>();
    List<long[]> weights = script.weightShapes();
    int weightBytes = script.precision().storage().bytes();
    for (int i = 0; i < weights.size(); i++) {
      values.put("w" + i, Shaped.of(weightBytes, weights.get(i)));
    }
    for (int i = 0; i < arguments.length; i++) {
      values.put(method.parameters().get(i).name(), arguments[i]);
    }
    for (Instruction instruction : method.instructions()) {
      values.put(instruction.result(), new Step(instruction, values).run());
    }
    List<Shaped> results = new ArrayList<>();
    method.results().forEach(result -> results.add((Shaped) find(result.toString(), values)));
    return results.size() == 1 ? results.get(0) : new Listed(results);
  }

  /**
   * What has been counted.
   *
   * @return the cost of every instruction, in order
   */
  public List<Cost> costs() {
    return List.copyOf(costs);
  }

  private static Value find(String name, Map<String, Value> values) {
    Matcher element = ELEMENT.matcher(name);
    if (element.matches()) {
      Value list = values.get(element.group(1));
      if (list instanceof Listed tensors) {
        return tensors.tensors().get((int) ((Numeric) find(element.group(2), values)).value());
      }
      return list;
    }
    Value value = values.get(name);
    return value != null ? value : new Numeric(Double.parseDouble(name));
  }

  private static long product(long[] dimensions, int from) {
    return Arrays.stream(dimensions).skip(from).reduce(1, Math::multiplyExact);
  }

  /** One instruction and the values that it may name. */
  private final class Step {
    private final Instruction instruction;
    private final Map<String, Value> values;

    Step(Instruction instruction, Map<String, Value> values) {
      this.instruction = instruction;
      this.values = values;
    }

    Value run() {
      if (instruction.callsOwn()) {
        return called(instruction.ownMethod());
      }
      return switch (instruction.operator()) {
        case "torch.conv2d" -> convolution(tensor(0), tensor(1));
        case "torch.linear" -> linear(tensor(0), tensor(1));
        case "torch.scaled_dot_product_attention" -> attention(tensor(0), tensor(1), tensor(2));
        case "torch.silu",
                "torch.gelu",
                "torch.relu",
                "torch.tanh",
                "torch.sigmoid",
                "torch.exp",
                "torch.abs",
                "torch.sin",
                "torch.cos",
                "torch.round",
                "torch.clamp",
                "torch.group_norm",
                "torch.layer_norm",
                "torch.contiguous" ->
            moved(tensor(0));
        case "torch.isfinite", "torch.eq", "torch.ge" ->
            moved(Shaped.of(1, tensor(0).dimensions()));
        case "torch.all", "torch.mean" -> moved(tensor(0).with());
        case "torch.add", "torch.sub", "torch.mul", "torch.lerp" -> arithmetic();
        case "torch.where" -> moved(broadcast(broadcast(tensor(0), tensor(1)), tensor(2)));
        case "torch.embedding" -> embedding(tensor(0), tensor(1));
        case "torch.take_along_dim" ->
            moved(replaced(tensor(0), whole(2), tensor(1).shape().get((int) whole(2))));
        case "torch.argmax" -> moved(without(Shaped.of(8, tensor(0).dimensions()), whole(1)));
        case "torch.arange" -> moved(Shaped.of(4, whole(0)));
        case "torch.to" -> converted(tensor(0), whole(1));
        case "torch.cat" -> concatenated(list(0), whole(1));
        case "torch.upsample_nearest2d", "torch.adaptive_avg_pool2d" ->
            moved(resized(tensor(0), numbers(1)));
        case "torch.constant_pad_nd" -> moved(padded(tensor(0), numbers(1)));
        case "torch.size" -> new Numeric(tensor(0).shape().get(tensor(0).axis(whole(1))));
        case "torch.chunk" -> chunked(tensor(0), whole(1), whole(2));
        case "torch.detach" -> tensor(0);
        case "torch.transpose" -> transposed(tensor(0), whole(1), whole(2));
        case "torch.permute" -> permuted(tensor(0), numbers(1));
        case "torch.flatten" -> flattened(tensor(0), whole(1));
        case "torch.unflatten" -> unflattened(tensor(0), whole(1), numbers(2));
        case "torch.reshape" -> reshaped(tensor(0), numbers(1));
        case "torch.unsqueeze" -> inserted(tensor(0), whole(1));
        case "torch.squeeze", "torch.select" -> without(tensor(0), whole(1));
        case "torch.slice" -> replaced(tensor(0), whole(1), whole(3) - whole(2));
        default ->
            throw new IllegalStateException("the cost of " + instruction + " cannot be counted");
      };
    }

    /** One that is written in TorchScript itself is not walked through: it has no products. */
    private Value called(String method) {
      if (!script.isWritten(method)) {
        return moved(tensor(1));
      }
      // The first argument is the weights, which each method has.
      Value[] arguments =
          IntStream.range(1, instruction.arguments().size())
              .mapToObj(this::value)
              .toArray(Value[]::new);
      return count(method, arguments);
    }

    // -------------------------------------------------------------- arguments

    private Value value(int index) {
      return find(instruction.arguments().get(index).toString(), values);
    }

    private Shaped tensor(int index) {
      return (Shaped) value(index);
    }

    private long whole(int index) {
      return (long) ((Numeric) value(index)).value();
    }

    private String[] elements(int index) {
      String text = instruction.arguments().get(index).toString();
      return text.substring(1, text.length() - 1).split(", ");
    }

    private long[] numbers(int index) {
      return Arrays.stream(elements(index))
          .mapToLong(name -> (long) ((Numeric) find(name, values)).value())
          .toArray();
    }

    private List<Shaped> list(int index) {
      return Arrays.stream(elements(index)).map(name -> (Shaped) find(name, values)).toList();
    }

    // -------------------------------------------------------------- costs

    private Shaped cost(Kind kind, long operations, Shaped result) {
      long bytes = result.bytes();
      for (Object argument : instruction.arguments()) {
        if (argument instanceof Tensor tensor
            && find(tensor.toString(), values) instanceof Shaped read) {
          bytes += read.bytes();
        }
      }
      costs.add(new Cost(kind, operations, bytes));
      return result;
    }

    private Shaped moved(Shaped result) {
      return cost(Kind.OTHER, 0, result);
    }

    private Shaped convolution(Shaped image, Shaped kernel) {
      long[] in = image.dimensions();
      long[] k = kernel.dimensions();
      long stride = numbers(3)[0];
      long padding = numbers(4)[0];
      Shaped out =
          image.with(
              in[0],
              k[0],
              (in[2] + 2 * padding - k[2]) / stride + 1,
              (in[3] + 2 * padding - k[3]) / stride + 1);
      Kind kind = k[2] * k[3] == 1 ? Kind.MATRIX_PRODUCT : Kind.CONVOLUTION;
      return cost(kind, 2 * out.elements() * product(k, 1), out);
    }

    private Shaped linear(Shaped x, Shaped weight) {
      Shaped out = replaced(x, -1, weight.shape().get(0));
      return cost(Kind.MATRIX_PRODUCT, 2 * out.elements() * weight.shape().get(1), out);
    }

    /** Queries by keys, and what comes of it by values; the softmax between is not counted. */
    private Shaped attention(Shaped queries, Shaped keys, Shaped valued) {
      Shaped out = replaced(queries, -1, valued.shape().get(3));
      long length = keys.shape().get(2);
      return cost(Kind.ATTENTION, 2 * length * (queries.elements() + out.elements()), out);
    }

    private Value arithmetic() {
      Value first = value(0);
      Value second = value(1);
      if (first instanceof Numeric a && second instanceof Numeric b) {
        boolean sum = instruction.operator().equals("torch.add");
        return new Numeric(sum ? a.value() + b.value() : a.value() * b.value());
      }
      return moved(second instanceof Shaped b ? broadcast((Shaped) first, b) : (Shaped) first);
    }

    private Shaped embedding(Shaped table, Shaped rows) {
      long[] shape = Arrays.copyOf(rows.dimensions(), rows.shape().size() + 1);
      shape[shape.length - 1] = table.shape().get(1);
      Shaped out = table.with(shape);
      // Of the table no more than the rows asked for is read.
      costs.add(new Cost(Kind.OTHER, 0, rows.bytes() + 2 * out.bytes()));
      return out;
    }

    private Shaped converted(Shaped x, long scalarType) {
      int bytes = ELEMENT_BYTES.get(scalarType);
      return bytes == x.elementBytes() ? x : moved(Shaped.of(bytes, x.dimensions()));
    }

    private Shaped concatenated(List<Shaped> parts, long dimension) {
      Shaped first = parts.get(0);
      int axis = first.axis(dimension);
      long joined = parts.stream().mapToLong(part -> part.shape().get(axis)).sum();
      Shaped out = replaced(first, axis, joined);
      costs.add(new Cost(Kind.OTHER, 0, 2 * out.bytes()));
      return out;
    }

    // -------------------------------------------------------------- shapes

    private static Shaped broadcast(Shaped a, Shaped b) {
      int rank = Math.max(a.shape().size(), b.shape().size());
      long[] shape = new long[rank];
      for (int i = 0; i < rank; i++) {
        shape[i] = Math.max(fromEnd(a, rank - i), fromEnd(b, rank - i));
      }
      return Shaped.of(Math.max(a.elementBytes(), b.elementBytes()), shape);
    }

    private static long fromEnd(Shaped x, int place) {
      int index = x.shape().size() - place;
      return index < 0 ? 1 : x.shape().get(index);
    }

    private static Shaped replaced(Shaped x, long dimension, long size) {
      long[] shape = x.dimensions();
      shape[x.axis(dimension)] = size;
      return x.with(shape);
    }

    private static Shaped without(Shaped x, long dimension) {
      List<Long> shape = new ArrayList<>(x.shape());
      shape.remove(x.axis(dimension));
      return new Shaped(shape, x.elementBytes());
    }

    private static Shaped inserted(Shaped x, long dimension) {
      List<Long> shape = new ArrayList<>(x.shape());
      shape.add((int) (dimension < 0 ? dimension + shape.size() + 1 : dimension), 1L);
      return new Shaped(shape, x.elementBytes());
    }

    private static Shaped transposed(Shaped x, long first, long second) {
      long[] shape = x.dimensions();
      shape[x.axis(first)] = x.shape().get(x.axis(second));
      shape[x.axis(second)] = x.shape().get(x.axis(first));
      return x.with(shape);
    }

    private static Shaped permuted(Shaped x, long[] order) {
      return x.with(Arrays.stream(order).map(i -> x.shape().get((int) i)).toArray());
    }

    private static Shaped flattened(Shaped x, long start) {
      long[] shape = Arrays.copyOf(x.dimensions(), (int) start + 1);
      shape[(int) start] = product(x.dimensions(), (int) start);
      return x.with(shape);
    }

    private static Shaped unflattened(Shaped x, long dimension, long[] sizes) {
      int axis = x.axis(dimension);
      long[] filled = filled(sizes, x.shape().get(axis));
      List<Long> shape = new ArrayList<>(x.shape());
      shape.remove(axis);
      shape.addAll(axis, LongStream.of(filled).boxed().toList());
      return new Shaped(shape, x.elementBytes());
    }

    private static Shaped reshaped(Shaped x, long[] sizes) {
      return x.with(filled(sizes, x.elements()));
    }

    /** A size of -1 stands for what is left. */
    private static long[] filled(long[] sizes, long elements) {
      long known = Arrays.stream(sizes).filter(size -> size >= 0).reduce(1, (a, b) -> a * b);
      return Arrays.stream(sizes).map(size -> size >= 0 ? size : elements / known).toArray();
    }

    private static Shaped resized(Shaped image, long[] size) {
      return image.with(image.shape().get(0), image.shape().get(1), size[0], size[1]);
    }

    /** Padding is told from the last dimension backwards, before and behind. */
    private static Shaped padded(Shaped x, long[] padding) {
      long[] shape = x.dimensions();
      for (int i = 0; i < padding.length; i++) {
        shape[shape.length - 1 - i / 2] += padding[i];
      }
      return x.with(shape);
    }

    private static Listed chunked(Shaped x, long parts, long dimension) {
      long size = x.shape().get(x.axis(dimension));
      long each = (size + parts - 1) / parts;
      List<Shaped> chunks = new ArrayList<>();
      for (long start = 0; start < size; start += each) {
        chunks.add(replaced(x, dimension, Math.min(each, size - start)));
      }
      return new Listed(chunks);
    }
  }
}
