package io.darkroom.torchscript;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
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
              IValue argument = IValue.from((PtNDArray) weight)) {
            packed.add(IValueUtils.runMethod(block, method, none, argument));
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

  private static Script packer(Precision.Format format) {
    Script script = new Script(Precision.of(format));
    Method pack = script.method(PACK);
    pack.returns(pack.tensor("x", 1).copiedTo(format));
    Method kernel = script.method(PACK_KERNEL);
    kernel.returns(kernel.tensor("x", 1).copiedChannelsLastTo(format));
    return script;
  }
}
