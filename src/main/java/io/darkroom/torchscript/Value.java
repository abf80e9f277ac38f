package io.darkroom.torchscript;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** What stands for an argument or a result while costs are counted: shapes in place of tensors. */
public sealed interface Value {
  /**
   * A tensor, as far as counting needs it.
   *
   * @param shape its dimensions
   * @param elementBytes the size of one number
   */
  record Shaped(List<Long> shape, int elementBytes) implements Value {
    /** Takes its own copy. */
    public Shaped {
      shape = List.copyOf(shape);
    }

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

    /**
     * The size of a dimension.
     *
     * @param dimension which one; negative ones count from the end
     * @return its size
     */
    public long size(long dimension) {
      return shape.get(axis(dimension));
    }

    /**
     * How many numbers there are.
     *
     * @return the product of all sizes
     */
    public long elements() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /**
     * How much memory they take.
     *
     * @return bytes
     */
    public long bytes() {
      return elements() * elementBytes;
    }

    /** A dimension's place, where negative ones count from the end. */
    int axis(long dimension) {
      return (int) (dimension < 0 ? dimension + shape.size() : dimension);
    }

    /** The same format in another shape. */
    Shaped with(long... dimensions) {
      return of(elementBytes, dimensions);
    }

    /** The same shape in another format. */
    Shaped as(int bytes) {
      return new Shaped(shape, bytes);
    }

    /** One dimension of another size. */
    Shaped replaced(long dimension, long size) {
      long[] sizes = dimensions();
      sizes[axis(dimension)] = size;
      return with(sizes);
    }

    /** One dimension less. */
    Shaped without(long dimension) {
      List<Long> sizes = new ArrayList<>(shape);
      sizes.remove(axis(dimension));
      return new Shaped(sizes, elementBytes);
    }

    /** One dimension more, of size 1. */
    Shaped inserted(long dimension) {
      List<Long> sizes = new ArrayList<>(shape);
      sizes.add((int) (dimension < 0 ? dimension + shape.size() + 1 : dimension), 1L);
      return new Shaped(sizes, elementBytes);
    }

    /** Two dimensions swapped. */
    Shaped transposed(long first, long second) {
      return replaced(first, size(second)).replaced(second, size(first));
    }

    /** All dimensions in another order. */
    Shaped permuted(long[] order) {
      return with(Arrays.stream(order).map(this::size).toArray());
    }

    /** All dimensions from one on joined. */
    Shaped flattened(long start) {
      long[] sizes = Arrays.copyOf(dimensions(), (int) start + 1);
      sizes[(int) start] = shape.stream().skip(start).reduce(1L, Math::multiplyExact);
      return with(sizes);
    }

    /** One dimension split; a size of -1 stands for what is left. */
    Shaped unflattened(long dimension, long[] sizes) {
      int axis = axis(dimension);
      List<Long> all = new ArrayList<>(shape);
      all.addAll(axis + 1, LongStream.of(filled(sizes, shape.get(axis))).boxed().toList());
      all.remove(axis);
      return new Shaped(all, elementBytes);
    }

    /** All dimensions anew; a size of -1 stands for what is left. */
    Shaped reshaped(long[] sizes) {
      return with(filled(sizes, elements()));
    }

    private static long[] filled(long[] sizes, long elements) {
      long known = Arrays.stream(sizes).filter(size -> size >= 0).reduce(1, (a, b) -> a * b);
      return Arrays.stream(sizes).map(size -> size >= 0 ? size : elements / known).toArray();
    }

    /** Padding is told from the last dimension backwards, before and behind. */
    Shaped padded(long[] padding) {
      long[] sizes = dimensions();
      for (int i = 0; i < padding.length; i++) {
        sizes[sizes.length - 1 - i / 2] += padding[i];
      }
      return with(sizes);
    }

    /** Equal parts of one dimension. */
    Listed chunked(long parts, long dimension) {
      long size = size(dimension);
      long each = (size + parts - 1) / parts;
      List<Value> chunks = new ArrayList<>();
      for (long start = 0; start < size; start += each) {
        chunks.add(replaced(dimension, Math.min(each, size - start)));
      }
      return new Listed(chunks);
    }

    /** What arithmetic with another one gives. */
    Shaped broadcast(Shaped other) {
      int rank = Math.max(shape.size(), other.shape.size());
      long[] sizes = new long[rank];
      for (int i = 0; i < rank; i++) {
        sizes[i] = Math.max(fromEnd(rank - i), other.fromEnd(rank - i));
      }
      return of(Math.max(elementBytes, other.elementBytes), sizes);
    }

    private long fromEnd(int place) {
      return place > shape.size() ? 1 : shape.get(shape.size() - place);
    }

    private long[] dimensions() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }
  }

  /**
   * A number, or a list of numbers, any of which will do.
   *
   * @param value the number
   */
  record Numeric(double value) implements Value {}

  /**
   * A list.
   *
   * @param elements tensors or numbers
   */
  record Listed(List<Value> elements) implements Value {
    /** Takes its own copy. */
    public Listed {
      elements = List.copyOf(elements);
    }

    /**
     * The elements of a list of tensors.
     *
     * @return the tensors
     */
    public List<Shaped> tensors() {
      return elements.stream().map(Shaped.class::cast).toList();
    }
  }
}
