package io.darkroom.torchscript;

import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.Value.Numeric;
import io.darkroom.torchscript.Value.Shaped;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;

/** The operators that networks are made of. */
final class Operators {
  private static final int INT64_BYTES = 8;
  private static final int FLOAT32_BYTES = 4;

  /** By PyTorch's {@code c10/core/ScalarType.h}. */
  private static final Map<Long, Integer> ELEMENT_BYTES =
      Map.of(0L, 1, 3L, 4, 4L, 8, 5L, 2, 6L, 4, 15L, 2);

  // ---------------------------------------------------------------- products

  static final Operator CONV2D = new Operator("torch.conv2d", Operators::convolution);
  static final Operator LINEAR = new Operator("torch.linear", Operators::linear);
  static final Operator ATTENTION =
      new Operator("torch.scaled_dot_product_attention", Operators::attention);

  // ---------------------------------------------------------------- functions of each element

  static final Operator SILU = Operator.elementwise("torch.silu");
  static final Operator GELU = Operator.elementwise("torch.gelu");
  static final Operator RELU = Operator.elementwise("torch.relu");
  static final Operator TANH = Operator.elementwise("torch.tanh");
  static final Operator SIGMOID = Operator.elementwise("torch.sigmoid");
  static final Operator EXP = Operator.elementwise("torch.exp");
  static final Operator ABS = Operator.elementwise("torch.abs");
  static final Operator SIN = Operator.elementwise("torch.sin");
  static final Operator COS = Operator.elementwise("torch.cos");
  static final Operator ROUND = Operator.elementwise("torch.round");
  static final Operator CLAMP = Operator.elementwise("torch.clamp");
  static final Operator GROUP_NORM = Operator.elementwise("torch.group_norm");
  static final Operator LAYER_NORM = Operator.elementwise("torch.layer_norm");
  static final Operator CONTIGUOUS = Operator.elementwise("torch.contiguous");
  static final Operator MASKED_FILL = Operator.elementwise("torch.masked_fill");
  static final Operator ISFINITE = comparison("torch.isfinite");
  static final Operator EQ = comparison("torch.eq");
  static final Operator GE = comparison("torch.ge");
  static final Operator TO = new Operator("torch.to", Operators::converted);

  // ---------------------------------------------------------------- arithmetic

  static final Operator ADD = arithmetic("torch.add", Double::sum);
  static final Operator SUB = arithmetic("torch.sub", (a, b) -> a - b);
  static final Operator MUL = arithmetic("torch.mul", (a, b) -> a * b);
  static final Operator WHERE =
      Operator.moving(
          "torch.where",
          call -> call.tensor(0).broadcast(call.tensor(1)).broadcast(call.tensor(2)));
  static final Operator ALL = Operator.moving("torch.all", call -> call.tensor(0).with());
  static final Operator MEAN = Operator.moving("torch.mean", call -> call.tensor(0).with());
  static final Operator CROSS_ENTROPY_LOSS =
      Operator.moving("torch.cross_entropy_loss", call -> call.tensor(0).with());

  // ---------------------------------------------------------------- looking up

  static final Operator EMBEDDING = new Operator("torch.embedding", Operators::embedding);
  static final Operator TAKE_ALONG_DIM =
      Operator.moving(
          "torch.take_along_dim",
          call -> call.tensor(0).replaced(call.integer(2), call.tensor(1).size(call.integer(2))));
  static final Operator ARGMAX =
      Operator.moving(
          "torch.argmax", call -> call.tensor(0).as(INT64_BYTES).without(call.integer(1)));
  static final Operator ARANGE =
      Operator.moving("torch.arange", call -> Shaped.of(FLOAT32_BYTES, call.integer(0)));

  // ---------------------------------------------------------------- other shapes

  static final Operator CAT = new Operator("torch.cat", Operators::concatenated);
  static final Operator UPSAMPLE_NEAREST2D =
      Operator.moving("torch.upsample_nearest2d", Operators::resized);
  static final Operator ADAPTIVE_AVG_POOL2D =
      Operator.moving("torch.adaptive_avg_pool2d", Operators::resized);
  static final Operator CONSTANT_PAD_ND =
      Operator.moving("torch.constant_pad_nd", call -> call.tensor(0).padded(call.integers(1)));

  // ---------------------------------------------------------------- views

  static final Operator SIZE =
      new Operator("torch.size", call -> new Numeric(call.tensor(0).size(call.integer(1))));
  static final Operator CHUNK =
      new Operator("torch.chunk", call -> call.tensor(0).chunked(call.integer(1), call.integer(2)));
  static final Operator DETACH = new Operator("torch.detach", call -> call.tensor(0));
  static final Operator TRANSPOSE =
      new Operator(
          "torch.transpose", call -> call.tensor(0).transposed(call.integer(1), call.integer(2)));
  static final Operator PERMUTE =
      new Operator("torch.permute", call -> call.tensor(0).permuted(call.integers(1)));
  static final Operator FLATTEN =
      new Operator("torch.flatten", call -> call.tensor(0).flattened(call.integer(1)));
  static final Operator UNFLATTEN =
      new Operator(
          "torch.unflatten", call -> call.tensor(0).unflattened(call.integer(1), call.integers(2)));
  static final Operator RESHAPE =
      new Operator("torch.reshape", call -> call.tensor(0).reshaped(call.integers(1)));
  static final Operator UNSQUEEZE =
      new Operator("torch.unsqueeze", call -> call.tensor(0).inserted(call.integer(1)));
  static final Operator SQUEEZE =
      new Operator("torch.squeeze", call -> call.tensor(0).without(call.integer(1)));
  static final Operator SELECT =
      new Operator("torch.select", call -> call.tensor(0).without(call.integer(1)));
  static final Operator SLICE =
      new Operator(
          "torch.slice",
          call -> call.tensor(0).replaced(call.integer(1), call.integer(3) - call.integer(2)));

  private Operators() {}

  private static Operator comparison(String name) {
    return Operator.moving(name, call -> call.tensor(0).as(1));
  }

  /** Of tensors, or of sizes, which costs nothing. */
  private static Operator arithmetic(String name, DoubleBinaryOperator ofNumbers) {
    return new Operator(
        name,
        call -> {
          Value first = call.value(0);
          Value second = call.value(1);
          if (first instanceof Numeric a && second instanceof Numeric b) {
            return new Numeric(ofNumbers.applyAsDouble(a.value(), b.value()));
          }
          Shaped tensor = (Shaped) first;
          return call.moved(second instanceof Shaped other ? tensor.broadcast(other) : tensor);
        });
  }

  private static Value convolution(OperatorCall call) {
    Shaped image = call.tensor(0);
    Shaped kernel = call.tensor(1);
    long stride = call.integers(3)[0];
    long padding = call.integers(4)[0];
    Shaped out =
        image.with(
            image.size(0),
            kernel.size(0),
            (image.size(2) + 2 * padding - kernel.size(2)) / stride + 1,
            (image.size(3) + 2 * padding - kernel.size(3)) / stride + 1);
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
    long operations = 2 * call.tensor(1).size(2) * (queries.elements() + out.elements());
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

  private static Shaped resized(OperatorCall call) {
    long[] size = call.integers(1);
    return call.tensor(0).replaced(2, size[0]).replaced(3, size[1]);
  }
}
