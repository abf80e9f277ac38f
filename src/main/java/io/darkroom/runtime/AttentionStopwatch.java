package io.darkroom.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.darkroom.torchscript.AttentionForm;
import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.AttentionShape;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;

/** Times attention on random numbers. */
final class AttentionStopwatch implements AttentionTuner.Stopwatch {
  private static final String CONVERT = "convert";
  private static final String WHOLE = "whole";

  private final NDManager manager;
  private final Precision.Format format;

  /**
   * Prepares to time.
   *
   * @param manager whose device computes
   * @param format of the arithmetic
   */
  AttentionStopwatch(NDManager manager, Precision.Format format) {
    this.manager = manager;
    this.format = format;
  }

  @Override
  public double seconds(AttentionShape shape, AttentionForm form) {
    try (NDManager scratch = manager.newSubManager();
        LoadedModule module =
            LoadedModule.load(script(shape), scratch, (name, own) -> own.create(0));
        EngineValue queries = random(module, shape, shape.queries(), scratch);
        EngineValue keys = random(module, shape, shape.keys(), scratch);
        EngineValue values = random(module, shape, shape.keys(), scratch);
        EngineValue block = EngineValue.of((long) form.queries());
        EngineValue heads = EngineValue.of((long) form.heads());
        EngineValue width = EngineValue.of((long) form.width())) {
      Runnable call =
          form.equals(AttentionForm.WHOLE)
              ? () -> module.call(WHOLE, queries, keys, values).close()
              : () ->
                  module
                      .call(AttentionForms.BLOCKS, queries, keys, values, block, heads, width)
                      .close();
      call.run(); // libtorch makes and keeps what it needs for these sizes
      long start = System.nanoTime();
      call.run();
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private Script script(AttentionShape shape) {
    Script script = new Script(Precision.of(format));
    script.raw(AttentionForms.NONE.source());
    int channels = (int) (shape.heads() * shape.width());
    Method convert = script.method(CONVERT);
    convert.returns(convert.tensor("x", channels).copiedTo(format));
    Method whole = script.method(WHOLE);
    Tensor queries = whole.tensor("q", channels);
    whole.returns(queries.attention(whole.tensor("k", channels), whole.tensor("v", channels)));
    return script;
  }

  private static EngineValue random(
      LoadedModule module, AttentionShape shape, long length, NDManager scratch) {
    try (NDArray numbers =
            scratch.randomNormal(
                0, 1, new Shape(1, shape.heads(), length, shape.width()), DataType.FLOAT32);
        EngineValue plain = EngineValue.of(numbers)) {
      return module.call(CONVERT, plain);
    }
  }
}
