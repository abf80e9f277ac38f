package io.darkroom.torchscript;

import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.Value.Numeric;
import io.darkroom.torchscript.Value.Shaped;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;

/**
 * The operators that networks are made of. Result and cost of each stand in {@link #count}, whose
 * switch has no default: one without a cost does not compile.
 */
enum Operators implements Operator {
  // ---------------------------------------------------------------- products
  CONV2D("torch.conv2d"),
  LINEAR("torch.linear"),
  ATTENTION("torch.scaled_dot_product_attention"),
  // ---------------------------------------------------------------- functions of each element
  SILU("torch.silu"),
  GELU("torch.gelu"),
  RELU("torch.relu"),
  LEAKY_RELU("torch.leaky_relu"),
  TANH("torch.tanh"),
  SIGMOID("torch.sigmoid"),
  EXP("torch.exp"),
  ABS("torch.abs"),
  SIN("torch.sin"),
  COS("torch.cos"),
  ROUND("torch.round"),
  CLAMP("torch.clamp"),
  GROUP_NORM("torch.group_norm"),
  LAYER_NORM("torch.layer_norm"),
  CONTIGUOUS("torch.contiguous"),
  MASKED_FILL("torch.masked_fill"),
  ISFINITE("torch.isfinite"),
  EQ("torch.eq"),
  GE("torch.ge"),
  TO("torch.to"),
  // ---------------------------------------------------------------- arithmetic
  ADD("torch.add"),
  SUB("torch.sub"),
  MUL("torch.mul"),
  WHERE("torch.where"),
  ALL("torch.all"),
  MEAN("torch.mean"),
  CROSS_ENTROPY_LOSS("torch.cross_entropy_loss"),
  // ---------------------------------------------------------------- looking up
  EMBEDDING("torch.embedding"),
  TAKE_ALONG_DIM("torch.take_along_dim"),
  ARGMAX("torch.argmax"),
  ARANGE("torch.arange"),
  // ---------------------------------------------------------------- other shapes
  CAT("torch.cat"),
  UPSAMPLE_NEAREST2D("torch.upsample_nearest2d"),
  ADAPTIVE_AVG_POOL2D("torch.adaptive_avg_pool2d"),
  CONSTANT_PAD_ND("torch.constant_pad_nd"),
  PAD("torch.pad"),
  PIXEL_UNSHUFFLE("torch.pixel_unshuffle"),
  // ---------------------------------------------------------------- views
  SIZE("torch.size"),
  CHUNK("torch.chunk"),
  DETACH("torch.detach"),
  TRANSPOSE("torch.transpose"),
  PERMUTE("torch.permute"),
  FLATTEN("torch.flatten"),
  UNFLATTEN("torch.unflatten"),
  RESHAPE("torch.reshape"),
  UNSQUEEZE("torch.unsqueeze"),
  SQUEEZE("torch.squeeze"),
  SELECT("torch.select"),
  SLICE("torch.slice");

  private static final int INT64_BYTES = 8;
  private static final int FLOAT32_BYTES = 4;

  /** By PyTorch's {@code c10/core/ScalarType.h}. */
  private static final Map<Long, Integer> ELEMENT_BYTES =
      Map.of(0L, 1, 3L, 4, 4L, 8, 5L, 2, 6L, 4, 15L, 2);

  private final String function;

  Operators(String function) {
    this.function = function;
  }

  @Override
  public String function() {
    return function;
  }

  @Override
  public Value count(OperatorCall call) {
    return switch (this) {
      case CONV2D -> convolution(call);
      case LINEAR -> linear(call);
      case ATTENTION -> attention(call);
      case SILU,
              GELU,
              RELU,
              LEAKY_RELU,
              TANH,
              SIGMOID,
              EXP,
              ABS,
              SIN,
              COS,
              ROUND,
              CLAMP,
              GROUP_NORM,
              LAYER_NORM,
              CONTIGUOUS,
              MASKED_FILL ->
          call.moved(call.tensor(0));
      case ISFINITE, EQ, GE -> call.moved(call.tensor(0).as(1));
      case TO -> converted(call);
      case ADD -> arithmetic(call, Double::sum);
      case SUB -> arithmetic(call, (a, b) -> a - b);
      case MUL -> arithmetic(call, (a, b) -> a * b);
      case WHERE -> call.moved(call.tensor(0).broadcast(call.tensor(1)).broadcast(call.tensor(2)));
      case ALL, MEAN, CROSS_ENTROPY_LOSS -> call.moved(call.tensor(0).with());
      case EMBEDDING -> embedding(call);
      case TAKE_ALONG_DIM ->
          call.moved(
              call.tensor(0).replaced(call.integer(2), call.tensor(1).size(call.integer(2))));
      case ARGMAX -> call.moved(call.tensor(0).as(INT64_BYTES).without(call.integer(1)));
      case ARANGE -> call.moved(Shaped.of(FLOAT32_BYTES, call.integer(0)));
      case CAT -> concatenated(call);
      case UPSAMPLE_NEAREST2D, ADAPTIVE_AVG_POOL2D -> call.moved(resized(call));
      case CONSTANT_PAD_ND, PAD -> call.moved(call.tensor(0).padded(call.integers(1)));
      case PIXEL_UNSHUFFLE -> call.moved(unshuffled(call));
      case SIZE -> new Numeric(call.tensor(0).size(call.integer(1)));
      case CHUNK -> call.tensor(0).chunked(call.integer(1), call.integer(2));
      case DETACH -> call.tensor(0);
      case TRANSPOSE -> call.tensor(0).transposed(call.integer(1), call.integer(2));
      case PERMUTE -> call.tensor(0).permuted(call.integers(1));
      case FLATTEN -> call.tensor(0).flattened(call.integer(1));
      case UNFLATTEN -> call.tensor(0).unflattened(call.integer(1), call.integers(2));
      case RESHAPE -> call.tensor(0).reshaped(call.integers(1));
      case UNSQUEEZE -> call.tensor(0).inserted(call.integer(1));
      case SQUEEZE, SELECT -> call.tensor(0).without(call.integer(1));
      case SLICE -> call.tensor(0).replaced(call.integer(1), call.integer(3) - call.integer(2));
    };
  }

  /** Of tensors, or of sizes, which costs nothing. */
  private static Value arithmetic(OperatorCall call, DoubleBinaryOperator ofNumbers) {
    Value first = call.value(0);
    Value second = call.value(1);
    if (first instanceof Numeric a && second instanceof Numeric b) {
      return new Numeric(ofNumbers.applyAsDouble(a.value(), b.value()));
    }
    Shaped tensor = (Shaped) first;
    return call.moved(second instanceof Shaped other ? tensor.broadcast(other) : tensor);
  }

  private static Value convolution(OperatorCall call) {
    Shaped image = call.tensor(0);
    Shaped kernel = call.tensor(1);
    long stride = call.integers(3)[0];
    long[] padding = call.integers(4);
    Shaped out =
        image.with(
            image.size(0),
            kernel.size(0),
            (image.size(2) + 2 * padding[0] - kernel.size(2)) / stride + 1,
            (image.size(3) + 2 * padding[1] - kernel.size(3)) / stride + 1);
    Kind kind = kernel.size(2) * kernel.size(3) == 1 ? Kind.MATRIX_PRODUCT : Kind.CONVOLUTION;
    return call.product(kind, 2 * out.elements() * (kernel.elements() / kernel.size(0)), out);
  }

  private static Value linear(OperatorCall call) {
    Shaped weight = call.tensor(1);
    Shaped out = call.tensor(0).replaced(-1, weight.size(0));
    return call.product(Kind.MATRIX_PRODUCT, 2 * out.elements() * weight.size(1), out);
  }

  /** Queries by keys, and what comes of it by values; the softmax between is not counted. */
  private static Value attention(OperatorCall call) {
    Shaped queries = call.tensor(0);
    Shaped out = queries.replaced(-1, call.tensor(2).size(3));
    long keys = call.tensor(1).size(2);
    call.noteAttention(
        new AttentionShape(
            queries.size(0) * queries.size(1), queries.size(2), keys, queries.size(3)));
    long operations = 2 * keys * (queries.elements() + out.elements());
    return call.product(Kind.ATTENTION, operations, out);
  }

  /** Of the table no more than the rows asked for is read. */
  private static Value embedding(OperatorCall call) {
    Shaped table = call.tensor(0);
    Shaped rows = call.tensor(1);
    Shaped out = rows.inserted(-1).replaced(-1, table.size(1)).as(table.elementBytes());
    call.note(new Cost(Kind.OTHER, 0, rows.bytes() + 2 * out.bytes()));
    return out;
  }

  private static Value converted(OperatorCall call) {
    Shaped x = call.tensor(0);
    int bytes = ELEMENT_BYTES.get(call.integer(1));
    return bytes == x.elementBytes() ? x : call.moved(x.as(bytes));
  }

  private static Value concatenated(OperatorCall call) {
    List<Shaped> parts = call.tensors(0);
    long dimension = call.integer(1);
    long joined = parts.stream().mapToLong(part -> part.size(dimension)).sum();
    Shaped out = parts.get(0).replaced(dimension, joined);
    call.note(new Cost(Kind.OTHER, 0, 2 * out.bytes()));
    return out;
  }

  private static Shaped unshuffled(OperatorCall call) {
    Shaped image = call.tensor(0);
    long factor = call.integer(1);
    return image.with(
        image.size(0),
        image.size(1) * factor * factor,
        image.size(2) / factor,
        image.size(3) / factor);
  }

  private static Shaped resized(OperatorCall call) {
    long[] size = call.integers(1);
    return call.tensor(0).replaced(2, size[0]).replaced(3, size[1]);
  }
}
