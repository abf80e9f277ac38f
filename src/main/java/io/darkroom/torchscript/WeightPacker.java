package io.darkroom.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import io.darkroom.base.OpenResources;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Brings weights, one at a time, into the format and memory layout that the networks want. The
 * conversion runs in TorchScript, because DJL's own knows no bfloat16.
 */
final class WeightPacker {
  private static final String CONVERT = "convert";
  private static final String CONVERT_KERNEL = "convert_kernel";
  private static final String BY_FLOAT = "_by_float";

  /**
   * Libtorch has no vector instructions between float16 (scalar type 5) and bfloat16 (15), but from
   * either to float32 (6) and back: by way of it, in blocks, a number takes a fifth of the time.
   * The numbers are brought into another order as they are stored, when they are smallest. Bytes
   * (0) are bfloat16's.
   */
  private static final String SOURCE =
      """
        def %s(self: __torch__.M, w: List[Tensor], x: Tensor, rows: int) -> Tensor:
          bytes = torch.eq(ops.prim.dtype(x), 0)
          if bytes:
            like = torch.select(x, -1, 0)
          else:
            like = x
          packed = torch.empty_like(like, dtype=%d, memory_format=%d)
          blocks = torch.split(packed, rows)
          stored = torch.split(x, rows)
          for i in range(torch.len(stored)):
            if bytes:
              block = torch.squeeze(torch.view_copy(stored[i], dtype=15), -1)
            else:
              block = stored[i]
            ordered = torch.contiguous(block, memory_format=%3$d)
            _0 = torch.copy_(blocks[i], torch.to(ordered, 6))
          return packed
      """;

  /** Numbers that are converted together: few enough that what is between stays in the cache. */
  private static final long BLOCK = 1 << 18;

  /** Of libtorch's memory formats, {@code c10/core/MemoryFormat.h}. */
  private static final int CONTIGUOUS = 0;

  private static final int CHANNELS_LAST = 2;

  /**
   * Weights that are on their way at once: while one is read, the others are converted. Each has a
   * buffer of its own.
   */
  private static final int MOST_AT_ONCE = 4;

  private WeightPacker() {}

  /**
   * Makes the list argument {@code w} of a module.
   *
   * @param script the module
   * @param manager whose device to use
   * @param source gives a weight by name; UINT8 is bfloat16's bytes, two in the last dimension
   * @return the list, owned by the caller
   */
  static IValue pack(
      Script script, NDManager manager, BiFunction<String, NDManager, NDArray> source) {
    if (script.weightNames().isEmpty()) {
      return noWeights();
    }
    // The list holds the tensors themselves; of their handles none outlives this call.
    try (OpenResources handles = new OpenResources()) {
      PtSymbolBlock block =
          handles.keep(Program.load(packer(script.precision().storage()), manager));
      List<String> names = List.copyOf(script.weightNames());
      IValue[] packed = new IValue[names.size()];
      handles.keep(() -> Stream.of(packed).filter(Objects::nonNull).forEach(IValue::close));
      Object reading = new Object();
      EngineThreads.forEach(
          names.size(),
          MOST_AT_ONCE,
          i -> {
            try (NDManager temporary = manager.newSubManager()) {
              NDArray weight;
              synchronized (reading) {
                weight = source.apply(names.get(i), temporary);
              }
              packed[i] = pack(block, weight, script.precision().storage());
            }
          });
      return IValue.listFrom(packed);
    }
  }

  private static IValue pack(PtSymbolBlock block, NDArray weight, Precision.Format format) {
    boolean bytes = weight.getDataType() == DataType.UINT8;
    boolean byFloat =
        bytes || (weight.getDataType() == DataType.FLOAT16 && format == Precision.Format.BFLOAT16);
    Shape shape = weight.getShape();
    int dimensions = shape.dimension() - (bytes ? 1 : 0);
    String method = dimensions == 4 ? CONVERT_KERNEL : CONVERT;
    try (IValue none = noWeights();
        IValue numbers = IValue.from((PtNDArray) weight)) {
      if (!byFloat) {
        return Program.run(block, weight.getDevice(), method, none, numbers);
      }
      long rows = Math.max(1, BLOCK * shape.head() / Math.max(1, shape.size()));
      try (IValue together = IValue.from(rows)) {
        return Program.run(block, weight.getDevice(), method + BY_FLOAT, none, numbers, together);
      }
    }
  }

  private static Script packer(Precision.Format format) {
    Script script = new Script(Precision.of(format));
    Method convert = script.method(CONVERT);
    convert.returns(convert.tensor("x", 1).copiedTo(format));
    Method kernel = script.method(CONVERT_KERNEL);
    kernel.returns(kernel.tensor("x", 1).copiedChannelsLastTo(format));
    int type = format.scalarType();
    script.raw(SOURCE.formatted(CONVERT + BY_FLOAT, type, CONTIGUOUS));
    script.raw(SOURCE.formatted(CONVERT_KERNEL + BY_FLOAT, type, CHANNELS_LAST));
    return script;
  }

  private static IValue noWeights() {
    return IValue.listFrom(new PtNDArray[0]);
  }
}
