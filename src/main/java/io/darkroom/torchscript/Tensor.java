package io.darkroom.torchscript;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A symbolic tensor: each operation writes one line of TorchScript and gives a new symbol. Images
 * are {@code [batch, channels, height, width]}, sequences {@code [batch, length, channels]}. The
 * number of channels is known while the network is written, so that every weight's whole shape is;
 * the other dimensions are read when it runs.
 */
public final class Tensor implements Operand {
  private final Method method;
  private final Operand reference;
  private final int channels;

  Tensor(Method method, Operand reference, int channels) {
    this.method = method;
    this.reference = reference;
    this.channels = channels;
  }

  /**
   * How many channels this tensor has.
   *
   * @return their number; of a sequence split into heads, that of all heads together
   */
  public int channels() {
    return channels;
  }

  private Tensor then(Operator operator, Operand... others) {
    return method.call(channels, operator, withThis(others));
  }

  private Operand[] withThis(Operand... others) {
    Operand[] all = new Operand[others.length + 1];
    all[0] = this;
    System.arraycopy(others, 0, all, 1, others.length);
    return all;
  }

  /**
   * The method that this tensor lives in.
   *
   * @return the method
   */
  public Method method() {
    return method;
  }

  @Override
  public Value value(Map<String, Value> variables) {
    return reference.value(variables);
  }

  @Override
  public void addVariablesTo(Collection<String> names) {
    reference.addVariablesTo(names);
  }

  /** The TorchScript expression for this tensor. */
  @Override
  public String toString() {
    return reference.toString();
  }

  // ---------------------------------------------------------------- layers

  /**
   * A convolution that keeps the size: stride 1, padding by half the kernel.
   *
   * @param layer the path to {@code weight} {@code [out, in, kernel, kernel]} and {@code bias}
   *     {@code [out]}
   * @param out channels of the result
   * @param kernel the kernel's side, odd
   * @return {@code [batch, out, height, width]}
   */
  public Tensor conv2d(Weights layer, int out, int kernel) {
    return conv2d(layer, out, kernel, 1, kernel / 2);
  }

  /**
   * A convolution.
   *
   * @param layer the path to {@code weight} {@code [out, in, kernel, kernel]} and {@code bias}
   *     {@code [out]}
   * @param out channels of the result
   * @param kernel the kernel's side
   * @param stride in both directions
   * @param padding pixels on each side, with zeros unless the script says otherwise
   * @return {@code [batch, out, height', width']}
   */
  public Tensor conv2d(Weights layer, int out, int kernel, int stride, int padding) {
    Tensor weight = method.weight(layer.at("weight"), out, channels, kernel, kernel);
    return convolved(weight, method.weight(layer.at("bias"), out), out, stride, padding);
  }

  /**
   * A convolution that keeps the size and adds nothing.
   *
   * @param layer the path to {@code weight} {@code [out, in, kernel, kernel]}
   * @param out channels of the result
   * @param kernel the kernel's side, odd
   * @return {@code [batch, out, height, width]}
   */
  public Tensor conv2dWithoutBias(Weights layer, int out, int kernel) {
    Tensor weight = method.weight(layer.at("weight"), out, channels, kernel, kernel);
    return convolved(weight, Constant.NONE, out, 1, kernel / 2);
  }

  /**
   * A linear layer on the last dimension.
   *
   * @param layer the path to {@code weight} {@code [out, in]} and {@code bias} {@code [out]}
   * @param out channels of the result
   * @return {@code [..., out]}
   */
  public Tensor linear(Weights layer, int out) {
    Tensor weight = method.weight(layer.at("weight"), out, channels);
    return method.call(out, Operators.LINEAR, this, weight, method.weight(layer.at("bias"), out));
  }

  /**
   * A linear layer on the last dimension that adds nothing.
   *
   * @param layer the path to {@code weight} {@code [out, in]}
   * @param out channels of the result
   * @return {@code [..., out]}
   */
  public Tensor linearWithoutBias(Weights layer, int out) {
    Tensor weight = method.weight(layer.at("weight"), out, channels);
    return method.call(out, Operators.LINEAR, this, weight);
  }

  /**
   * Group normalisation (Wu and He, arXiv 1803.08494).
   *
   * @param layer the path to {@code weight} and {@code bias}, both {@code [channels]}
   * @param groups into how many groups the channels fall
   * @param epsilon added to the variance
   * @return the same shape
   */
  public Tensor groupNorm(Weights layer, int groups, double epsilon) {
    Tensor weight = method.weight(layer.at("weight"), channels);
    return then(
        Operators.GROUP_NORM,
        Operand.of(groups),
        weight,
        method.weight(layer.at("bias"), channels),
        Operand.of(epsilon));
  }

  /**
   * Layer normalisation over the last dimension.
   *
   * @param layer the path to {@code weight} and {@code bias}, both {@code [channels]}
   * @param epsilon added to the variance
   * @return the same shape
   */
  public Tensor layerNorm(Weights layer, double epsilon) {
    Tensor weight = method.weight(layer.at("weight"), channels);
    Tensor bias = method.weight(layer.at("bias"), channels);
    return then(Operators.LAYER_NORM, Sequence.of(channels), weight, bias, Operand.of(epsilon));
  }

  /**
   * Looks rows up, this tensor being the row numbers.
   *
   * @param table the path to the table {@code [rows, width]}
   * @param rows of the table
   * @param width of the table
   * @return {@code [..., width]}
   */
  public Tensor embedding(Weights table, int rows, int width) {
    return method.call(width, Operators.EMBEDDING, method.weight(table, rows, width), this);
  }

  /**
   * Looks rows up in a table that goes on beyond its weight, this tensor being the row numbers.
   *
   * @param table the path to the table {@code [rows, width]}
   * @param rows of the table
   * @param width of the table
   * @param further the rows from number {@code rows} on, {@code [1 or more, width]}; they are
   *     rounded as the table is
   * @return {@code [..., width]}
   */
  public Tensor embedding(Weights table, int rows, int width, Tensor further) {
    Tensor within =
        then(Operators.CLAMP, Operand.of(0), Operand.of(rows - 1)).embedding(table, rows, width);
    Tensor beyond =
        method.call(
            width,
            Operators.EMBEDDING,
            further.to(method.precision().storage()).toCompute(),
            then(Operators.SUB, Operand.of(rows)).then(Operators.CLAMP, Operand.of(0)));
    Tensor isBeyond = then(Operators.GE, Operand.of(rows)).unsqueeze(-1);
    return method.call(width, Operators.WHERE, isBeyond, beyond, within);
  }

  // ---------------------------------------------------------------- functions of each element

  /**
   * x sigmoid(x).
   *
   * @return the same shape
   */
  public Tensor silu() {
    return then(Operators.SILU);
  }

  /**
   * The exact gelu, by the error function (Hendrycks and Gimpel, arXiv 1606.08415).
   *
   * @return the same shape
   */
  public Tensor gelu() {
    return then(Operators.GELU);
  }

  /**
   * x sigmoid(1.702 x), as OpenAI's CLIP has it.
   *
   * @return the same shape
   */
  public Tensor quickGelu() {
    return times(times(1.702).sigmoid());
  }

  /**
   * x where it is positive, else 0.
   *
   * @return the same shape
   */
  public Tensor relu() {
    return then(Operators.RELU);
  }

  /**
   * x where it is positive, else a share of it.
   *
   * @param slope the share
   * @return the same shape
   */
  public Tensor leakyRelu(double slope) {
    return then(Operators.LEAKY_RELU, Operand.of(slope));
  }

  /**
   * The hyperbolic tangent.
   *
   * @return the same shape
   */
  public Tensor tanh() {
    return then(Operators.TANH);
  }

  /**
   * The logistic function.
   *
   * @return the same shape
   */
  public Tensor sigmoid() {
    return then(Operators.SIGMOID);
  }

  /**
   * e to the x.
   *
   * @return the same shape
   */
  public Tensor exp() {
    return then(Operators.EXP);
  }

  /**
   * The absolute value.
   *
   * @return the same shape
   */
  public Tensor abs() {
    return then(Operators.ABS);
  }

  /**
   * The sine.
   *
   * @return the same shape
   */
  public Tensor sin() {
    return then(Operators.SIN);
  }

  /**
   * The cosine.
   *
   * @return the same shape
   */
  public Tensor cos() {
    return then(Operators.COS);
  }

  /**
   * Cuts each element to a range.
   *
   * @param low the least
   * @param high the greatest
   * @return the same shape
   */
  public Tensor clamp(double low, double high) {
    return then(Operators.CLAMP, Operand.of(low), Operand.of(high));
  }

  // ---------------------------------------------------------------- arithmetic

  /**
   * The sum, with broadcasting.
   *
   * @param other a tensor
   * @return this + other
   */
  public Tensor plus(Tensor other) {
    return broadcast(Operators.ADD, other);
  }

  /**
   * The sum.
   *
   * @param number a constant
   * @return this + number
   */
  public Tensor plus(double number) {
    return then(Operators.ADD, Operand.of(number));
  }

  /**
   * The difference, with broadcasting.
   *
   * @param other a tensor
   * @return this - other
   */
  public Tensor minus(Tensor other) {
    return broadcast(Operators.SUB, other);
  }

  /**
   * The product, with broadcasting.
   *
   * @param other a tensor
   * @return this * other
   */
  public Tensor times(Tensor other) {
    return broadcast(Operators.MUL, other);
  }

  /**
   * The product.
   *
   * @param number a constant
   * @return this * number
   */
  public Tensor times(double number) {
    return then(Operators.MUL, Operand.of(number));
  }

  /**
   * The product.
   *
   * @param number known when the network runs
   * @return this * number
   */
  public Tensor times(Scalar number) {
    return then(Operators.MUL, number);
  }

  /**
   * The mean of all elements.
   *
   * @return a scalar
   */
  public Tensor mean() {
    return then(Operators.MEAN);
  }

  // ---------------------------------------------------------------- attention

  /**
   * Scaled dot-product attention (Vaswani et al., arXiv 1706.03762, equation 1), this tensor being
   * the queries, with the scale 1/sqrt(width).
   *
   * @param keys {@code [batch, heads, keys, width]}
   * @param values {@code [batch, heads, keys, width]}
   * @return {@code [batch, heads, queries, width]}
   */
  public Tensor attention(Tensor keys, Tensor values) {
    return then(method.attention(), keys, values);
  }

  /**
   * Attention in which a position sees itself and those before it.
   *
   * @param keys {@code [batch, heads, length, width]}
   * @param values {@code [batch, heads, length, width]}
   * @return {@code [batch, heads, length, width]}
   */
  public Tensor causalAttention(Tensor keys, Tensor values) {
    return then(Operators.ATTENTION, keys, values, Constant.NONE, Operand.of(0.0), Constant.TRUE);
  }

  /**
   * Takes a sequence apart into heads.
   *
   * @param heads their number
   * @return {@code [batch, length, channels]} as {@code [batch, heads, length, channels / heads]}
   */
  public Tensor splitHeads(int heads) {
    return then(Operators.UNFLATTEN, Operand.of(2), Sequence.of(heads, -1)).transpose(1, 2);
  }

  /**
   * Puts the heads side by side again.
   *
   * @return {@code [batch, heads, length, width]} as {@code [batch, length, heads * width]}
   */
  public Tensor joinHeads() {
    return transpose(1, 2).flatten(2);
  }

  /**
   * Reads an image as a sequence of its pixels.
   *
   * @return {@code [batch, channels, height, width]} as {@code [batch, height * width, channels]}
   */
  public Tensor pixelsToSequence() {
    return flatten(2).transpose(1, 2);
  }

  /**
   * Lays a sequence out as an image.
   *
   * @param image an image of the height and width to take
   * @return {@code [batch, height * width, channels]} as {@code [batch, channels, height, width]}
   */
  public Tensor sequenceToPixels(Tensor image) {
    Operand size = Sequence.of(image.size(2), image.size(3));
    return transpose(1, 2).then(Operators.UNFLATTEN, Operand.of(2), size);
  }

  // ---------------------------------------------------------------- shape

  /**
   * A dimension, read when the network runs.
   *
   * @param dimension which one, from 0
   * @return its size
   */
  public Size size(int dimension) {
    return method.size(Operators.SIZE, this, Operand.of(dimension));
  }

  /**
   * Swaps two dimensions.
   *
   * @param first one
   * @param second the other
   * @return a view
   */
  public Tensor transpose(int first, int second) {
    return then(Operators.TRANSPOSE, Operand.of(first), Operand.of(second));
  }

  /**
   * Joins all dimensions from one on.
   *
   * @param start the first to join
   * @return a tensor of {@code start + 1} dimensions
   */
  public Tensor flatten(int start) {
    return then(Operators.FLATTEN, Operand.of(start));
  }

  /**
   * Reads a whole image as one vector.
   *
   * @param pixels height times width
   * @return {@code [batch, channels * pixels]}
   */
  public Tensor asVector(int pixels) {
    return method.call(channels * pixels, Operators.FLATTEN, this, Operand.of(1));
  }

  /**
   * The mean cross-entropy of some columns, taken for the scores of classes.
   *
   * @param start the first column
   * @param end past the last one
   * @param classes the right classes, {@code [batch, questions]}, int64
   * @param question which column of them
   * @return a scalar
   */
  public Tensor crossEntropy(int start, int end, Tensor classes, int question) {
    Tensor right = classes.then(Operators.SELECT, Operand.of(1), Operand.of(question));
    return slice(1, Operand.of(start), Operand.of(end)).then(Operators.CROSS_ENTROPY_LOSS, right);
  }

  /**
   * Adds two dimensions of size 1 at the end, so that {@code [batch, channels]} broadcasts over an
   * image.
   *
   * @return {@code [batch, channels, 1, 1]}
   */
  public Tensor overPixels() {
    return unsqueeze(-1).unsqueeze(-1);
  }

  /**
   * Adds a dimension of size 1.
   *
   * @param dimension where
   * @return a view
   */
  public Tensor unsqueeze(int dimension) {
    return then(Operators.UNSQUEEZE, Operand.of(dimension));
  }

  /**
   * Takes a range of one dimension.
   *
   * @param dimension which
   * @param start the first index
   * @param end past the last index
   * @return a view
   */
  public Tensor slice(int dimension, Operand start, Operand end) {
    return then(Operators.SLICE, Operand.of(dimension), start, end);
  }

  /**
   * Takes one row and keeps the dimension.
   *
   * @param index the row's number
   * @return {@code [1, ...]}
   */
  public Tensor row(Size index) {
    return slice(0, index, method.size(Operators.ADD, index, Operand.of(1)));
  }

  /**
   * Takes one row and drops the dimension.
   *
   * @param index the row's number
   * @return {@code [...]}
   */
  public Tensor select(Size index) {
    return then(Operators.SELECT, Operand.of(0), index);
  }

  /**
   * Takes from each sequence the element at one position.
   *
   * @param positions {@code [batch]}, int64
   * @return {@code [batch, channels]}
   */
  public Tensor gather(Tensor positions) {
    Tensor index = positions.then(Operators.RESHAPE, Sequence.of(-1, 1, 1));
    return then(Operators.TAKE_ALONG_DIM, index, Operand.of(1))
        .then(Operators.SQUEEZE, Operand.of(1));
  }

  /**
   * Where each row is largest; the first such place if there are several.
   *
   * @return {@code [batch]}, int64, of a tensor {@code [batch, length]}
   */
  public Tensor argmax() {
    return then(Operators.ARGMAX, Operand.of(1));
  }

  /**
   * Puts zero where a whole number is too large.
   *
   * @param bound the least that is too large
   * @return the same shape
   */
  public Tensor zeroFrom(int bound) {
    return then(Operators.MASKED_FILL, then(Operators.GE, Operand.of(bound)), Operand.of(0));
  }

  /**
   * Which elements are a certain whole number.
   *
   * @param number the number
   * @return the same shape, int32: 1 where it is, else 0
   */
  public Tensor equalTo(int number) {
    return then(Operators.EQ, Operand.of(number)).then(Operators.TO, Operand.of(3));
  }

  /**
   * Reads each sequence as one vector.
   *
   * @param length of the sequences
   * @return {@code [batch, length * channels]}
   */
  public Tensor sequenceAsVector(int length) {
    return method.call(length * channels, Operators.FLATTEN, this, Operand.of(1));
  }

  /**
   * Cuts the batch or the channels into equal parts.
   *
   * @param parts how many
   * @param dimension 0 for the batch; any other is taken for the channels
   * @return the parts
   */
  public List<Tensor> chunk(int parts, int dimension) {
    TensorList list = method.list(Operators.CHUNK, this, Operand.of(parts), Operand.of(dimension));
    int each = dimension == 0 ? channels : channels / parts;
    return IntStream.range(0, parts).mapToObj(i -> list.get(i, each)).toList();
  }

  /**
   * Puts tensors one after another.
   *
   * @param dimension 0 for the batch; any other is taken for the channels
   * @param tensors one or more, in order
   * @return the joined tensor
   */
  public static Tensor concatenate(int dimension, Tensor... tensors) {
    int channels =
        dimension == 0
            ? tensors[0].channels
            : Arrays.stream(tensors).mapToInt(Tensor::channels).sum();
    return tensors[0].method.call(
        channels, Operators.CAT, Sequence.of(tensors), Operand.of(dimension));
  }

  /**
   * Enlarges an image by repeating its nearest pixels.
   *
   * @param height the new height
   * @param width the new width
   * @return {@code [batch, channels, height, width]}
   */
  public Tensor upsampleNearest(Size height, Size width) {
    return then(Operators.UPSAMPLE_NEAREST2D, Sequence.of(height, width));
  }

  /**
   * Enlarges an image to its double by repeating each pixel.
   *
   * @return {@code [batch, channels, 2 height, 2 width]}
   */
  public Tensor upsampleTwice() {
    return upsampleNearest(
        method.size(Operators.MUL, size(2), Operand.of(2)),
        method.size(Operators.MUL, size(3), Operand.of(2)));
  }

  /**
   * Shrinks an image: each new pixel is the mean of those that it stands for.
   *
   * @param height the new height, no more than the old
   * @param width the new width, no more than the old
   * @return {@code [batch, channels, height, width]}
   */
  public Tensor averagedTo(Size height, Size width) {
    return then(Operators.ADAPTIVE_AVG_POOL2D, Sequence.of(height, width));
  }

  /**
   * Lays the pixels of each square block behind each other as channels: channel {@code (c factor +
   * y) factor + x} has the pixels at row y and column x of the blocks.
   *
   * @param factor the blocks' side, of which height and width are multiples
   * @return {@code [batch, channels factor factor, height / factor, width / factor]}
   */
  public Tensor pixelUnshuffle(int factor) {
    return method.call(
        channels * factor * factor, Operators.PIXEL_UNSHUFFLE, this, Operand.of(factor));
  }

  /**
   * Adds a row of zeros below and a column to the right.
   *
   * @return {@code [batch, channels, height + 1, width + 1]}
   */
  public Tensor padRightAndBottom() {
    return then(Operators.CONSTANT_PAD_ND, Sequence.of(0, 1, 0, 1));
  }

  /**
   * Stores each pixel's channels together, which convolutions on most devices prefer, unless the
   * script's {@link PixelLayout} is another.
   *
   * @return the same shape and values
   */
  public Tensor channelsLast() {
    if (method.layout() == PixelLayout.PLANES) {
      return this;
    }
    return then(Operators.CONTIGUOUS, new Keyword("memory_format", Operand.of(2)));
  }

  // ---------------------------------------------------------------- formats

  /**
   * Converts to another number format.
   *
   * @param format the format
   * @return the same shape
   */
  public Tensor to(Precision.Format format) {
    return then(Operators.TO, Operand.of(format.scalarType()));
  }

  /**
   * Converts to the format of the module's arithmetic.
   *
   * @return the same shape
   */
  public Tensor toCompute() {
    return to(method.precision().compute());
  }

  /**
   * The same values, through which no gradient flows.
   *
   * @return the same shape
   */
  public Tensor detached() {
    return then(Operators.DETACH);
  }

  /**
   * Copies into memory of its own, row after row: of a transposed view, too, so that the same
   * kernels run, whatever file the values come from.
   *
   * @param format the copy's format
   * @return the same shape and values
   */
  public Tensor copiedTo(Precision.Format format) {
    return copied(format, 0);
  }

  /**
   * Copies an image or a kernel into memory of its own, each pixel's channels together.
   *
   * @param format the copy's format
   * @return the same shape and values
   */
  public Tensor copiedChannelsLastTo(Precision.Format format) {
    return copied(format, 2);
  }

  /**
   * Turns images into what a file holds: {@code round((x / 2 + 1/2) * 255)}, half to even.
   *
   * @return {@code [batch, channels, height, width]} in -1..1 as {@code [batch, height, width,
   *     channels]} uint8
   */
  public Tensor toBytes() {
    Tensor unit = times(0.5).plus(0.5).clamp(0, 1).times(255);
    Tensor bytes = unit.then(Operators.ROUND).then(Operators.TO, Operand.of(0));
    return bytes.then(Operators.PERMUTE, Sequence.of(0, 2, 3, 1)).then(Operators.CONTIGUOUS);
  }

  /**
   * Whether every element is a number.
   *
   * @return a boolean scalar
   */
  public Tensor isFinite() {
    return then(Operators.ISFINITE).then(Operators.ALL);
  }

  /** The numbers are PyTorch's, {@code c10/core/MemoryFormat.h}. */
  private Tensor copied(Precision.Format format, int memoryFormat) {
    return then(
        Operators.TO,
        Operand.of(format.scalarType()),
        Constant.FALSE,
        Constant.TRUE,
        Operand.of(memoryFormat));
  }

  private Tensor broadcast(Operator operator, Tensor other) {
    return method.call(Math.max(channels, other.channels), operator, this, other);
  }

  /** A convolution that sees beyond the borders what the script says. */
  private Tensor convolved(Tensor weight, Operand bias, int out, int stride, int padding) {
    ConvolutionPadding borders = method.padding();
    boolean isCircular = padding > 0 && borders != ConvolutionPadding.ZEROS;
    Tensor image =
        isCircular
            ? then(Operators.PAD, borders.copied(padding), Constant.CIRCULAR).channelsLast()
            : this;
    return method.call(
        out, Operators.CONV2D, image, weight, bias, pair(stride), borders.zeros(padding));
  }

  private static Operand pair(int value) {
    return Sequence.of(value, value);
  }
}
