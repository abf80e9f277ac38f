package io.darkroom.torchscript;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
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
  private static final String PACK = "pack";
  private static final String PACK_KERNEL = "pack_kernel";

  /** Numbers that are converted together: few enough that what is between stays in the cache. */
  private static final long BLOCK = 1 << 18;

  /** Of libtorch's memory formats, {@code c10/core/MemoryFormat.h}. */
  private static final int CONTIGUOUS = 0;

  private static final int CHANNELS_LAST = 2;

  private WeightPacker() {}

  /**
   * Makes the list argument {@code w} of a module.
   *
   * @param script the module
   * @param manager whose device to use
   * @param source gives a weight by name
   * @return the list, owned by the caller
   */
  static IValue pack(
      Script script, NDManager manager, BiFunction<String, NDManager, NDArray> source) {
    if (script.weightNames().isEmpty()) {
      return noWeights();
    }
    List<IValue> packed = new ArrayList<>();
    try (Model model = LoadedModule.compile(packer(script.precision().storage()), manager)) {
      PtSymbolBlock block = (PtSymbolBlock) model.getBlock();
      for (String name : script.weightNames()) {
        try (NDManager temporary = manager.newSubManager()) {
          NDArray weight = source.apply(name, temporary);
          String method = weight.getShape().dimension() == 4 ? PACK_KERNEL : PACK;
          try (IValue none = noWeights();
              IValue argument = IValue.from((PtNDArray) weight);
              IValue rows = IValue.from(rowsOfBlock(weight.getShape()))) {
            packed.add(IValueUtils.runMethod(block, method, none, argument, rows));
          }
        }
      }
      return IValue.listFrom(packed.toArray(IValue[]::new));
    } finally {
      packed.forEach(IValue::close);
    }
  }

  private static IValue noWeights() {
    return IValue.listFrom(new PtNDArray[0]);
  }

  private static long rowsOfBlock(Shape shape) {
    return Math.max(1, BLOCK * shape.head() / Math.max(1, shape.size()));
  }

  /**
   * Between float16 and bfloat16 libtorch has no vector instructions, but from either to float32
   * and back: by way of it a number takes a fifth of the time. And it is the smaller numbers that
   * are brought into another order.
   */
  private static Script packer(Precision.Format format) {
    Script script = new Script(Precision.of(format));
    String source =
        """
          def %s(self: __torch__.M, w: List[Tensor], x: Tensor, rows: int) -> Tensor:
            packed = torch.empty_like(x, dtype=%d, memory_format=%d)
            blocks = torch.split(packed, rows)
            stored = torch.split(x, rows)
            for i in range(torch.len(stored)):
              block = torch.contiguous(stored[i], memory_format=%3$d)
              _0 = torch.copy_(blocks[i], %s)
            return packed
        """;
    String block = format == Precision.Format.BFLOAT16 ? "torch.to(block, 6)" : "block";
    script.raw(source.formatted(PACK, format.scalarType(), CONTIGUOUS, block));
    script.raw(source.formatted(PACK_KERNEL, format.scalarType(), CHANNELS_LAST, block));
    return script;
  }
}
