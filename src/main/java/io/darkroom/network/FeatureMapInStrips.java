package io.darkroom.network;

import io.darkroom.torchscript.Cost;
import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Operand;
import io.darkroom.torchscript.Operator;
import io.darkroom.torchscript.OperatorCall;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Value;
import io.darkroom.torchscript.Value.Shaped;
import io.darkroom.torchscript.Weights;
import java.util.List;

/**
 * Features whose layers are computed in a fraction of the usual memory: in strips, rows of pixels
 * with the neighbours that the kernel sees. A group norm takes its statistics from all strips
 * before it is applied to the first, so that the result is the same but for rounding: no seams, no
 * other colours, whatever the strips' height.
 *
 * <p>Alive as whole maps are only a residual block's middle and its sum. Norms, activations and the
 * input of the decoder's finest level, which has twice its channels, exist as strips; that input is
 * computed twice, once for the norm's statistics.
 *
 * @param tensor {@code [batch, channels, height, width]}; a residual block may write over it
 * @param enlarging weight and bias of the convolution that is still to enlarge the map to twice its
 *     size; empty if none is
 * @param norms groups and epsilon, which all norms share
 * @param strip the elements of a strip
 */
record FeatureMapInStrips(Tensor tensor, List<Tensor> enlarging, ResidualBlock norms, int strip)
    implements FeatureMap {
  /** Elements of a strip, some 32 MiB in float32; a few strips are alive at a time. */
  static final int STRIP = 1 << 23;

  /**
   * A source of pixels is an image, or, where {@code up} has a convolution's weight and bias, its
   * enlargement to the double. Sums are taken in float64: a mean may be far from 0.
   */
  private static final String SOURCE =
      """
        def strip_height(self: __torch__.M, x: Tensor, up: List[Tensor], strip: int,
            channels: int) -> List[int]:
          scale = 1 + min(len(up), 1)
          height = torch.size(x, 2) * scale
          rows = max(2, strip // (torch.size(x, 3) * scale * channels))
          return [height, rows, (height + rows - 1) // rows, torch.size(x, 3) * scale]
        def strip_rows(self: __torch__.M, x: Tensor, up: List[Tensor], first: int,
            last: int) -> Tensor:
          if len(up) == 0:
            result = torch.slice(x, 2, first, last)
          else:
            low = max(0, first - 1) // 2
            high = min(torch.size(x, 2), (last + 2) // 2)
            part = torch.slice(x, 2, low, high)
            size = [2 * torch.size(part, 2), 2 * torch.size(part, 3)]
            large = torch.conv2d(torch.upsample_nearest2d(part, size), up[0], up[1], [1, 1], [1, 1])
            result = torch.slice(large, 2, first - 2 * low, last - 2 * low)
          return result
        def strip_norm(self: __torch__.M, x: Tensor, up: List[Tensor], norm: List[Tensor],
            groups: int, epsilon: float, strip: int) -> List[Tensor]:
          channels = torch.size(norm[0], 0)
          height, rows, count, width = (self).strip_height(x, up, strip, channels)
          batch = torch.size(x, 0)
          sums = torch.zeros([batch, channels], dtype=7, device=ops.prim.device(x))
          squares = torch.zeros([batch, channels], dtype=7, device=ops.prim.device(x))
          for i in range(count):
            first = i * rows
            last = min(height, first + rows)
            part = torch.to((self).strip_rows(x, up, first, last), 6)
            variance, mean = torch.var_mean(part, [2, 3], correction=0)
            wide = torch.to(mean, 7)
            weight = float((last - first) * width)
            sums = torch.add(sums, torch.mul(wide, weight))
            square = torch.add(torch.to(variance, 7), torch.mul(wide, wide))
            squares = torch.add(squares, torch.mul(square, weight))
          shape = [batch, groups, channels // groups]
          pixels = float(height * width)
          mean = torch.mean(torch.reshape(torch.div(sums, pixels), shape), [2], True)
          square = torch.mean(torch.reshape(torch.div(squares, pixels), shape), [2], True)
          variance = torch.clamp(torch.sub(square, torch.mul(mean, mean)), 0)
          gamma = torch.reshape(torch.to(norm[0], 7), [1, groups, channels // groups])
          beta = torch.reshape(torch.to(norm[1], 7), [1, groups, channels // groups])
          scale = torch.mul(gamma, torch.rsqrt(torch.add(variance, epsilon)))
          shift = torch.sub(beta, torch.mul(mean, scale))
          layout = [batch, channels, 1, 1]
          return [torch.to(torch.reshape(scale, layout), 6),
              torch.to(torch.reshape(shift, layout), 6)]
      """;

  /** A layer is {@code [norm's weight, norm's bias, convolution's weight, its bias]}. */
  private static final String LAYERS =
      """
        def strip_convolution(self: __torch__.M, x: Tensor, up: List[Tensor], norm: List[Tensor],
            layer: List[Tensor], first: int, last: int, height: int) -> List[Tensor]:
          low = max(0, first - 1)
          high = min(height, last + 1)
          part = (self).strip_rows(x, up, low, high)
          normed = torch.addcmul(norm[1], torch.to(part, 6), norm[0])
          active = torch.silu_(torch.to(normed, ops.prim.dtype(x)))
          seen = torch.conv2d(active, layer[2], layer[3], [1, 1], [1, 1])
          return [torch.slice(seen, 2, first - low, last - low),
              torch.slice(part, 2, first - low, last - low)]
        def strip_head(self: __torch__.M, x: Tensor, layer: List[Tensor], groups: int,
            epsilon: float, strip: int) -> Tensor:
          up = annotate(List[Tensor], [])
          norm = (self).strip_norm(x, up, layer, groups, epsilon, strip)
          height, rows, count, width = (self).strip_height(x, up, strip, torch.size(x, 1))
          parts = annotate(List[Tensor], [])
          for i in range(count):
            first = i * rows
            last = min(height, first + rows)
            part = (self).strip_convolution(x, up, norm, layer, first, last, height)
            _0 = torch.append(parts, part[0])
          return torch.cat(parts, 2)
        def strip_residual(self: __torch__.M, x: Tensor, up: List[Tensor], one: List[Tensor],
            two: List[Tensor], shortcut: List[Tensor], groups: int, epsilon: float,
            strip: int) -> Tensor:
          norm = (self).strip_norm(x, up, one, groups, epsilon, strip)
          channels = torch.size(one[0], 0)
          height, rows, count, width = (self).strip_height(x, up, strip, channels)
          shape = [torch.size(x, 0), torch.size(two[0], 0), height, width]
          middle = torch.empty(shape, dtype=ops.prim.dtype(x), device=ops.prim.device(x),
              memory_format=2)
          if len(up) + len(shortcut) == 0:
            sum = x
          else:
            sum = torch.empty_like(middle)
          for i in range(count):
            first = i * rows
            last = min(height, first + rows)
            parts = (self).strip_convolution(x, up, norm, one, first, last, height)
            _0 = torch.copy_(torch.slice(middle, 2, first, last), parts[0])
            if len(shortcut) == 2:
              _1 = torch.copy_(torch.slice(sum, 2, first, last),
                  torch.conv2d(parts[1], shortcut[0], shortcut[1]))
            elif len(up) == 2:
              _2 = torch.copy_(torch.slice(sum, 2, first, last), parts[1])
          none = annotate(List[Tensor], [])
          norm2 = (self).strip_norm(middle, none, two, groups, epsilon, strip)
          for i in range(count):
            first = i * rows
            last = min(height, first + rows)
            parts = (self).strip_convolution(middle, none, norm2, two, first, last, height)
            _3 = torch.add_(torch.slice(sum, 2, first, last), parts[0])
          return sum
      """;

  /**
   * Writes what the layers call; once a script.
   *
   * @param script the module to write into
   */
  static void writeLayersTo(Script script) {
    script.raw(SOURCE);
    script.raw(LAYERS);
  }

  private FeatureMapInStrips with(Tensor result) {
    return new FeatureMapInStrips(result, List.of(), norms, strip);
  }

  @Override
  public FeatureMap residual(Weights w, int channels) {
    Method method = tensor.method();
    List<Tensor> shortcut =
        tensor.channels() == channels ? List.of() : weights(w.at("conv_shortcut"), channels, 1);
    return with(
        method.call(
            channels,
            Layer.RESIDUAL,
            tensor,
            Operand.list(enlarging),
            Operand.list(normed(w.at("norm1"), w.at("conv1"), tensor.channels(), channels)),
            Operand.list(normed(w.at("norm2"), w.at("conv2"), channels, channels)),
            Operand.list(shortcut),
            Operand.of(norms.groups()),
            Operand.of(norms.epsilon()),
            Operand.of(strip)));
  }

  /** It follows a residual block, so that no enlargement is left to do. */
  @Override
  public FeatureMap attention(Weights w) {
    return with(norms.attention().apply(w, tensor));
  }

  @Override
  public FeatureMap upsample(Weights convolution) {
    return with(tensor.upsampleTwice().conv2d(convolution, tensor.channels(), 3));
  }

  /** Leaves the work to the layers that read the result, strip by strip. */
  @Override
  public FeatureMap upsampleToFinest(Weights convolution) {
    return new FeatureMapInStrips(tensor, weights(convolution, tensor.channels(), 3), norms, strip);
  }

  @Override
  public FeatureMap downsample(Weights convolution) {
    return with(tensor.padRightAndBottom().conv2d(convolution, tensor.channels(), 3, 2, 0));
  }

  @Override
  public Tensor head(Weights w, int channels) {
    return tensor
        .method()
        .call(
            channels,
            Layer.HEAD,
            tensor,
            Operand.list(
                normed(w.at("conv_norm_out"), w.at("conv_out"), tensor.channels(), channels)),
            Operand.of(norms.groups()),
            Operand.of(norms.epsilon()),
            Operand.of(strip));
  }

  private List<Tensor> normed(Weights norm, Weights convolution, int in, int out) {
    Method method = tensor.method();
    return List.of(
        method.weight(norm.at("weight"), in),
        method.weight(norm.at("bias"), in),
        method.weight(convolution.at("weight"), out, in, 3, 3),
        method.weight(convolution.at("bias"), out));
  }

  private List<Tensor> weights(Weights convolution, int out, int kernel) {
    return List.of(
        tensor.method().weight(convolution.at("weight"), out, tensor.channels(), kernel, kernel),
        tensor.method().weight(convolution.at("bias"), out));
  }

  /** The layers that are written in TorchScript itself. */
  private enum Layer implements Operator {
    RESIDUAL("strip_residual"),
    HEAD("strip_head");

    private final String method;

    Layer(String method) {
      this.method = method;
    }

    @Override
    public String function() {
      return Operator.ofModule(method);
    }

    @Override
    public Value count(OperatorCall call) {
      return switch (this) {
        case RESIDUAL -> residualCost(call);
        case HEAD -> normedAndConvolved(call, call.tensor(0), call.tensors(1));
      };
    }

    /** What neighbouring strips both compute is not counted. */
    private static Value residualCost(OperatorCall call) {
      Shaped image = call.tensor(0);
      List<Shaped> enlarging = call.tensors(1);
      if (!enlarging.isEmpty()) {
        Shaped larger =
            Shaped.of(
                image.elementBytes(),
                image.size(0),
                image.size(1),
                2 * image.size(2),
                2 * image.size(3));
        convolved(call, larger, enlarging.get(0)); // for the norm's statistics
        image = convolved(call, larger, enlarging.get(0));
      }
      Shaped sum = normedAndConvolved(call, image, call.tensors(2));
      if (!call.tensors(4).isEmpty()) {
        convolved(call, image, call.tensors(4).get(0));
      }
      return normedAndConvolved(call, sum, call.tensors(3));
    }

    private static Shaped normedAndConvolved(OperatorCall call, Shaped image, List<Shaped> layer) {
      call.note(new Cost(Kind.OTHER, 0, 4 * image.bytes())); // statistics; norm and activation
      return convolved(call, image, layer.get(2));
    }

    private static Shaped convolved(OperatorCall call, Shaped image, Shaped kernel) {
      long pixels = image.size(0) * image.size(2) * image.size(3);
      Shaped out =
          Shaped.of(
              image.elementBytes(), image.size(0), kernel.size(0), image.size(2), image.size(3));
      Kind kind = kernel.size(2) == 1 ? Kind.MATRIX_PRODUCT : Kind.CONVOLUTION;
      long bytes = image.bytes() + kernel.bytes() + out.bytes();
      call.note(new Cost(kind, 2 * pixels * kernel.elements(), bytes));
      return out;
    }
  }
}
