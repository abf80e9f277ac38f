package io.darkroom.torchscript;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A symbolic tensor: each operation writes one line of TorchScript and gives a new symbol. Images
 * are {@code [batch, channels, height, width]}, sequences {@code [batch, length, channels]}. The
 * number of channels is known while the network is written, so that every weight's whole shape is;
 * the other dimensions are read when it runs.
 */
public final class Tensor {
  private final Method method;
  private final String name;
  private final int channels;

  Tensor(Method method, String name, int channels) {
    this.method = method;
    this.name = name;
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

  private Tensor then(String operator, Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = this;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return method.call(channels, operator, all);
  }

  /**
   * The method that this tensor lives in.
   *
   * @return the method
   */
  public Method method() {
    return method;
  }

  /** The TorchScript expression for this tensor. */
  @Override
  public String toString() {
    return name;
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
   * @param padding with zeros, on each side
   * @return {@code [batch, out, height', width']}
   */
  public Tensor conv2d(Weights layer, int out, int kernel, int stride, int padding) {
    Tensor weight = method.weight(layer.at("weight"), out, channels, kernel, kernel);
    Tensor bias = method.weight(layer.at("bias"), out);
    return method.call(out, "torch.conv2d", this, weight, bias, pair(stride), pair(padding));
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
    return method.call(out, "torch.conv2d", this, weight, "None", pair(1), pair(kernel / 2));
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
    return method.call(out, "torch.linear", this, weight, method.weight(layer.at("bias"), out));
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
    return method.call(out, "torch.linear", this, weight);
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
        "torch.group_norm", groups, weight, method.weight(layer.at("bias"), channels), epsilon);
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
    return then("torch.layer_norm", "[" + channels + "]", weight, bias, epsilon);
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
    return method.call(width, "torch.embedding", method.weight(table, rows, width), this);
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
    Tensor within = then("torch.clamp", 0, rows - 1).embedding(table, rows, width);
    Tensor beyond =
        method.call(
            width,
            "torch.embedding",
            further.to(method.precision().storage()).toCompute(),
            then("torch.sub", rows).then("torch.clamp", 0));
    Tensor isBeyond = then("torch.ge", rows).unsqueeze(-1);
    return method.call(width, "torch.where", isBeyond, beyond, within);
  }

  // ---------------------------------------------------------------- functions of each element

  /**
   * x sigmoid(x).
   *
   * @return the same shape
   */
  public Tensor silu() {
    return then("torch.silu");
  }

  /**
   * The exact gelu, by the error function (Hendrycks and Gimpel, arXiv 1606.08415).
   *
   * @return the same shape
   */
  public Tensor gelu() {
    return then("torch.gelu");
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
    return then("torch.relu");
  }

  /**
   * The hyperbolic tangent.
   *
   * @return the same shape
   */
  public Tensor tanh() {
    return then("torch.tanh");
  }

  /**
   * The logistic function.
   *
   * @return the same shape
   */
  public Tensor sigmoid() {
    return then("torch.sigmoid");
  }

  /**
   * e to the x.
   *
   * @return the same shape
   */
  public Tensor exp() {
    return then("torch.exp");
  }

  /**
   * The absolute value.
   *
   * @return the same shape
   */
  public Tensor abs() {
    return then("torch.abs");
  }

  /**
   * The sine.
   *
   * @return the same shape
   */
  public Tensor sin() {
    return then("torch.sin");
  }

  /**
   * The cosine.
   *
   * @return the same shape
   */
  public Tensor cos() {
    return then("torch.cos");
  }

  /**
   * Cuts each element to a range.
   *
   * @param low the least
   * @param high the greatest
   * @return the same shape
   */
  public Tensor clamp(double low, double high) {
    return then("torch.clamp", low, high);
  }

  // ---------------------------------------------------------------- arithmetic

  /**
   * The sum, with broadcasting.
   *
   * @param other a tensor
   * @return this + other
   */
  public Tensor plus(Tensor other) {
    return broadcast("torch.add", other);
  }

  /**
   * The sum.
   *
   * @param number a constant
   * @return this + number
   */
  public Tensor plus(double number) {
    return then("torch.add", number);
  }

  /**
   * The difference, with broadcasting.
   *
   * @param other a tensor
   * @return this - other
   */
  public Tensor minus(Tensor other) {
    return broadcast("torch.sub", other);
  }

  /**
   * The product, with broadcasting.
   *
   * @param other a tensor
   * @return this * other
   */
  public Tensor times(Tensor other) {
    return broadcast("torch.mul", other);
  }

  /**
   * The product.
   *
   * @param number a constant
   * @return this * number
   */
  public Tensor times(double number) {
    return then("torch.mul", number);
  }

  /**
   * The mean of all elements.
   *
   * @return a scalar
   */
  public Tensor mean() {
    return then("torch.mean");
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
    return then("torch.scaled_dot_product_attention", keys, values);
  }

  /**
   * Attention in which a position sees itself and those before it.
   *
   * @param keys {@code [batch, heads, length, width]}
   * @param values {@code [batch, heads, length, width]}
   * @return {@code [batch, heads, length, width]}
   */
  public Tensor causalAttention(Tensor keys, Tensor values) {
    return then("torch.scaled_dot_product_attention", keys, values, "None", 0.0, "True");
  }

  /**
   * Takes a sequence apart into heads.
   *
   * @param heads their number
   * @return {@code [batch, length, channels]} as {@code [batch, heads, length, channels / heads]}
   */
  public Tensor splitHeads(int heads) {
    return then("torch.unflatten", 2, "[" + heads + ", -1]").transpose(1, 2);
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
    String size = "[" + image.size(2) + ", " + image.size(3) + "]";
    return transpose(1, 2).then("torch.unflatten", 2, size);
  }

  // ---------------------------------------------------------------- shape

  /**
   * A dimension, read when the network runs.
   *
   * @param dimension which one, from 0
   * @return its size
   */
  public Size size(int dimension) {
    return method.size("torch.size", this, dimension);
  }

  /**
   * Swaps two dimensions.
   *
   * @param first one
   * @param second the other
   * @return a view
   */
  public Tensor transpose(int first, int second) {
    return then("torch.transpose", first, second);
  }

  /**
   * Joins all dimensions from one on.
   *
   * @param start the first to join
   * @return a tensor of {@code start + 1} dimensions
   */
  public Tensor flatten(int start) {
    return then("torch.flatten", start);
  }

  /**
   * Reads a whole image as one vector.
   *
   * @param pixels height times width
   * @return {@code [batch, channels * pixels]}
   */
  public Tensor asVector(int pixels) {
    return method.call(channels * pixels, "torch.flatten", this, 1);
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
    Tensor right = classes.then("torch.select", 1, question);
    return slice(1, start, end).then("torch.cross_entropy_loss", right);
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
    return then("torch.unsqueeze", dimension);
  }

  /**
   * Takes a range of one dimension.
   *
   * @param dimension which
   * @param start the first index
   * @param end past the last index: a number or a {@link Size}
   * @return a view
   */
  public Tensor slice(int dimension, Object start, Object end) {
    return then("torch.slice", dimension, start, end);
  }

  /**
   * Takes one row and keeps the dimension.
   *
   * @param index the row's number
   * @return {@code [1, ...]}
   */
  public Tensor row(Size index) {
    return then("torch.slice", 0, index, method.size("torch.add", index, 1));
  }

  /**
   * Takes one row and drops the dimension.
   *
   * @param index the row's number
   * @return {@code [...]}
   */
  public Tensor select(Size index) {
    return then("torch.select", 0, index);
  }

  /**
   * Takes from each sequence the element at one position.
   *
   * @param positions {@code [batch]}, int64
   * @return {@code [batch, channels]}
   */
  public Tensor gather(Tensor positions) {
    String index = "torch.reshape(" + positions + ", [-1, 1, 1])";
    return then("torch.take_along_dim", index, 1).then("torch.squeeze", 1);
  }

  /**
   * Where each row is largest; the first such place if there are several.
   *
   * @return {@code [batch]}, int64, of a tensor {@code [batch, length]}
   */
  public Tensor argmax() {
    return then("torch.argmax", 1);
  }

  /**
   * Puts zero where a whole number is too large.
   *
   * @param bound the least that is too large
   * @return the same shape
   */
  public Tensor zeroFrom(int bound) {
    return then("torch.masked_fill", then("torch.ge", bound), 0);
  }

  /**
   * Which elements are a certain whole number.
   *
   * @param number the number
   * @return the same shape, int32: 1 where it is, else 0
   */
  public Tensor equalTo(int number) {
    return then("torch.eq", number).then("torch.to", 3);
  }

  /**
   * Reads each sequence as one vector.
   *
   * @param length of the sequences
   * @return {@code [batch, length * channels]}
   */
  public Tensor sequenceAsVector(int length) {
    return method.call(length * channels, "torch.flatten", this, 1);
  }

  /**
   * Cuts the batch or the channels into equal parts.
   *
   * @param parts how many
   * @param dimension 0 for the batch; any other is taken for the channels
   * @return the parts
   */
  public List<Tensor> chunk(int parts, int dimension) {
    Tensor list = then("torch.chunk", parts, dimension);
    int each = dimension == 0 ? channels : channels / parts;
    return IntStream.range(0, parts)
        .mapToObj(i -> new Tensor(method, list + "[" + i + "]", each))
        .toList();
  }

  /**
   * Puts tensors one after another.
   *
   * @param dimension 0 for the batch; any other is taken for the channels
   * @param tensors one or more, in order
   * @return the joined tensor
   */
  public static Tensor concatenate(int dimension, Tensor... tensors) {
    String list =
        Arrays.stream(tensors).map(Tensor::toString).collect(Collectors.joining(", ", "[", "]"));
    int channels =
        dimension == 0
            ? tensors[0].channels
            : Arrays.stream(tensors).mapToInt(Tensor::channels).sum();
    return tensors[0].method.call(channels, "torch.cat", list, dimension);
  }

  /**
   * Enlarges an image by repeating its nearest pixels.
   *
   * @param height the new height
   * @param width the new width
   * @return {@code [batch, channels, height, width]}
   */
  public Tensor upsampleNearest(Size height, Size width) {
    return then("torch.upsample_nearest2d", "[" + height + ", " + width + "]");
  }

  /**
   * Enlarges an image to its double by repeating each pixel.
   *
   * @return {@code [batch, channels, 2 height, 2 width]}
   */
  public Tensor upsampleTwice() {
    return upsampleNearest(
        method.size("torch.mul", size(2), 2), method.size("torch.mul", size(3), 2));
  }

  /**
   * Shrinks an image: each new pixel is the mean of those that it stands for.
   *
   * @param height the new height, no more than the old
   * @param width the new width, no more than the old
   * @return {@code [batch, channels, height, width]}
   */
  public Tensor averagedTo(Size height, Size width) {
    return then("torch.adaptive_avg_pool2d", "[" + height + ", " + width + "]");
  }

  /**
   * Adds a row of zeros below and a column to the right.
   *
   * @return {@code [batch, channels, height + 1, width + 1]}
   */
  public Tensor padRightAndBottom() {
    return then("torch.constant_pad_nd", "[0, 1, 0, 1]");
  }

  /**
   * Stores each pixel's channels together, which convolutions on most devices prefer.
   *
   * @return the same shape and values
   */
  public Tensor channelsLast() {
    return then("torch.contiguous", "memory_format=2");
  }

  // ---------------------------------------------------------------- formats

  /**
   * Converts to another number format.
   *
   * @param format the format
   * @return the same shape
   */
  public Tensor to(Precision.Format format) {
    return then("torch.to", format.scalarType());
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
    return then("torch.detach");
  }

  /**
   * Copies into memory of its own, row after row: of a transposed view, too, so that the same
   * kernels run, whatever file the values come from.
   *
   * @param format the copy's format
   * @return the same shape and values
   */
  public Tensor copiedTo(Precision.Format format) {
    return then("torch.to", format.scalarType(), "False", "True", 0);
  }

  /**
   * Copies an image or a kernel into memory of its own, each pixel's channels together.
   *
   * @param format the copy's format
   * @return the same shape and values
   */
  public Tensor copiedChannelsLastTo(Precision.Format format) {
    return then("torch.to", format.scalarType(), "False", "True", 2);
  }

  /**
   * Turns images into what a file holds: {@code round((x / 2 + 1/2) * 255)}, half to even.
   *
   * @return {@code [batch, channels, height, width]} in -1..1 as {@code [batch, height, width,
   *     channels]} uint8
   */
  public Tensor toBytes() {
    Tensor unit = times(0.5).plus(0.5).clamp(0, 1).times(255);
    Tensor bytes = unit.then("torch.round").then("torch.to", 0);
    return bytes.then("torch.permute", "[0, 2, 3, 1]").then("torch.contiguous");
  }

  /**
   * Whether every element is a number.
   *
   * @return a boolean scalar
   */
  public Tensor isFinite() {
    return then("torch.isfinite").then("torch.all");
  }

  private Tensor broadcast(String operator, Tensor other) {
    return method.call(Math.max(channels, other.channels), operator, this, other);
  }

  private static String pair(int value) {
    return "[" + value + ", " + value + "]";
  }
}
