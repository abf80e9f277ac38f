package io.darkroom.torchscript;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.torchscript.Precision.Format;
import io.darkroom.torchscript.Value.Shaped;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionFormsTest {
  private static final AttentionShape SHAPE = new AttentionShape(6, 37, 53, 20);

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());
  private final NDArray queries = random(2, 3, 37, 20);
  private final NDArray keys = random(2, 3, 53, 20);
  private final NDArray values = random(2, 3, 53, 20);

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray random(long... shape) {
    return manager.randomNormal(0, 2, new Shape(shape), ai.djl.ndarray.types.DataType.FLOAT32);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 0", "16, 2, 0", "16, 4, 32", "37, 6, 0", "64, 100, 24"})
  void blocksGiveWhatTheWholeGives(int block, int heads, int width) {
    Script script = new Script(Precision.FLOAT32);
    script.raw(AttentionForms.NONE.source());
    Method whole = script.method("whole");
    whole.returns(whole.tensor("q", 60).attention(whole.tensor("k", 60), whole.tensor("v", 60)));
    try (LoadedModule module = load(script);
        EngineValue q = EngineValue.of(queries);
        EngineValue k = EngineValue.of(keys);
        EngineValue v = EngineValue.of(values);
        EngineValue a = EngineValue.of((long) block);
        EngineValue b = EngineValue.of((long) heads);
        EngineValue c = EngineValue.of((long) width);
        EngineValue result = module.call(AttentionForms.BLOCKS, q, k, v, a, b, c)) {
      NDArray expected = module.callForTensor("whole", queries, keys, values);
      assertClose("blocks", expected.toFloatArray(), result.tensor(manager), 2e-6);
    }
  }

  /** The chosen form rounds the scores to bfloat16, so that its last bits tell that it ran. */
  @Test
  void theFormOfAShapeIsUsedInBfloat16Alone() {
    AttentionForms forms = new AttentionForms(Map.of(SHAPE, new AttentionForm(16, 2, 0)));
    float[] whole = attended(AttentionForms.NONE, Format.BFLOAT16);
    float[] blocks = attended(forms, Format.BFLOAT16);
    assertFalse(java.util.Arrays.equals(whole, blocks));
    assertClose("in blocks", whole, manager.create(blocks, new Shape(blocks.length)), 0.08);
    assertEquals(
        List.of(box(attended(AttentionForms.NONE, Format.FLOAT32))),
        List.of(box(attended(forms, Format.FLOAT32))));
    AttentionShape other = new AttentionShape(6, 37, 54, 20);
    AttentionForms ofOther = new AttentionForms(Map.of(other, new AttentionForm(16, 2, 0)));
    assertEquals(
        List.of(box(whole)), List.of(box(attended(ofOther, Format.BFLOAT16))), "another shape");
  }

  private static List<Float> box(float[] numbers) {
    List<Float> boxed = new java.util.ArrayList<>();
    for (float number : numbers) {
      boxed.add(number);
    }
    return boxed;
  }

  private float[] attended(AttentionForms forms, Format format) {
    Script script = new Script(Precision.FLOAT32).onSameWeights(forms, ConvolutionPadding.ZEROS);
    Method method = script.method("f");
    Tensor q = method.tensor("q", 60).to(format);
    Tensor k = method.tensor("k", 60).to(format);
    Tensor v = method.tensor("v", 60).to(format);
    method.returns(q.attention(k, v).to(Format.FLOAT32));
    try (LoadedModule module = load(script)) {
      return module.callForTensor("f", queries, keys, values).toFloatArray();
    }
  }

  @Test
  void theShapesOfAScriptAreCountedOnceAndCostTheSameInBlocks() {
    AttentionForms forms = new AttentionForms(Map.of(SHAPE, new AttentionForm(16, 2, 0)));
    OperationCounter whole = counted(AttentionForms.NONE);
    assertEquals(Set.of(SHAPE), whole.attentions());
    assertEquals(SHAPE.operations(), whole.costs().get(0).operations());
    OperationCounter blocks = counted(forms);
    assertEquals(whole.attentions(), blocks.attentions());
    assertEquals(whole.costs(), blocks.costs());
  }

  private static OperationCounter counted(AttentionForms forms) {
    Script script = new Script(Precision.FLOAT32).onSameWeights(forms, ConvolutionPadding.ZEROS);
    Method method = script.method("f");
    Tensor q = method.tensor("q", 60);
    Tensor k = method.tensor("k", 60);
    Tensor once = q.attention(k, k);
    method.returns(once.plus(q.attention(k, k)));
    OperationCounter counter = new OperationCounter(script);
    counter.count("f", Shaped.of(4, 2, 3, 37, 20), Shaped.of(4, 2, 3, 53, 20));
    return counter;
  }

  @Test
  void whatIsComputedWholeNeedsNoChoice() {
    AttentionForms forms = new AttentionForms(Map.of(SHAPE, AttentionForm.WHOLE));
    assertEquals(AttentionForms.NONE, forms);
    assertTrue(forms.chosen().isEmpty());
  }

  private LoadedModule load(Script script) {
    return LoadedModule.load(script, manager, (name, own) -> own.create(0));
  }
}
