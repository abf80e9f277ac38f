package io.darkroom.torchscript;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Brings weights, one at a time, into the format and memory layout that the networks want. The
 * conversion runs in TorchScript, because DJL's own knows no bfloat16.
 */
final class WeightPacker {
  private static final String CONVERT = "convert";
  private static final String CONVERT_BY_FLOAT = "convert_by_float";

  /**
   * Libtorch has no vector instructions between float16 (scalar type 5) and bfloat16 (15), but from
   * either to float32 (6) and back: by way of it, in blocks, a number takes a fifth of the time.
   * The numbers are brought into another order as they are stored, when they are smallest. Bytes
   * (0) are bfloat16's.
   */
  private static final String SOURCE =
      """
        def convert(self: __torch__.M, w: List[Tensor], x: Tensor, format: int,
            layout: int) -> Tensor:
          return torch.to(x, format, False, True, layout)
        def convert_by_float(self: __torch__.M, w: List[Tensor], x: Tensor, format: int,
            layout: int, rows: int) -> Tensor:
          bytes = torch.eq(ops.prim.dtype(x), 0)
          if bytes:
            like = torch.select(x, -1, 0)
          else:
            like = x
          packed = torch.empty_like(like, dtype=format, memory_format=layout)
          blocks = torch.split(packed, rows)
          stored = torch.split(x, rows)
          for i in range(torch.len(stored)):
            if bytes:
              block = torch.squeeze(torch.view_copy(stored[i], dtype=15), -1)
            else:
              block = stored[i]
            ordered = torch.contiguous(block, memory_format=layout)
            _0 = torch.copy_(blocks[i], torch.to(ordered, 6))
          return packed
      """;

  /** Numbers that are converted together: few enough that what is between stays in the cache. */
  private static final long BLOCK = 1 << 18;

  /** Of libtorch's memory formats, {@code c10/core/MemoryFormat.h}. */
  private static final long CONTIGUOUS = 0;

  private static final long CHANNELS_LAST = 2;

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
    Script packer = new Script(script.precision());
    packer.raw(SOURCE);
    List<IValue> packed = new ArrayList<>();
    try (Model model = LoadedModule.compile(packer, manager)) {
      PtSymbolBlock block = (PtSymbolBlock) model.getBlock();
      for (String name : script.weightNames()) {
        try (NDManager temporary = manager.newSubManager()) {
          packed.add(pack(block, source.apply(name, temporary), script.precision().storage()));
        }
      }
      return IValue.listFrom(packed.toArray(IValue[]::new));
    } finally {
      packed.forEach(IValue::close);
    }
  }

  private static IValue pack(PtSymbolBlock block, NDArray weight, Precision.Format format) {
    boolean bytes = weight.getDataType() == DataType.UINT8;
    boolean byFloat =
        bytes || weight.getDataType() == DataType.FLOAT16 && format == Precision.Format.BFLOAT16;
    Shape shape = weight.getShape();
    int dimensions = shape.dimension() - (bytes ? 1 : 0);
    try (IValue none = noWeights();
        IValue numbers = IValue.from((PtNDArray) weight);
        IValue target = IValue.from((long) format.scalarType());
        IValue layout = IValue.from(dimensions == 4 ? CHANNELS_LAST : CONTIGUOUS);
        IValue rows = IValue.from(Math.max(1, BLOCK * shape.head() / Math.max(1, shape.size())))) {
      return byFloat
          ? IValueUtils.runMethod(block, CONVERT_BY_FLOAT, none, numbers, target, layout, rows)
          : IValueUtils.runMethod(block, CONVERT, none, numbers, target, layout);
    }
  }

  private static IValue noWeights() {
    return IValue.listFrom(new PtNDArray[0]);
  }
}
