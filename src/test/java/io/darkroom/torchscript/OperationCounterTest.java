package io.darkroom.torchscript;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.Value.Listed;
import io.darkroom.torchscript.Value.Numeric;
import io.darkroom.torchscript.Value.Shaped;
import java.util.List;
import org.junit.jupiter.api.Test;

class OperationCounterTest {
  private final Script script = new Script(Precision.FLOAT32);
  private final Method method = script.method("f");
  private final Weights w = WeightCatalog.ofNewModel().root();

  @Test
  void aConvolutionMultipliesEachWeightWithEachPixelOfTheResult() {
    method.returns(method.tensor("x", 3).conv2d(w.at("c"), 8, 3, 2, 1));
    // 2 * 8 * 3 * 3 * 3 operations for each of 2 * 5 * 4 pixels; x, weight, bias and result.
    assertCount(
        Shaped.of(4, 2, 8, 5, 4),
        new Cost(Kind.CONVOLUTION, 432 * 40, 4 * (2 * 3 * 10 * 8 + 8 * 27 + 8 + 2 * 8 * 20)),
        Shaped.of(4, 2, 3, 10, 8));
  }

  @Test
  void aConvolutionOfSinglePixelsIsAMatrixProduct() {
    method.returns(method.tensor("x", 3).conv2d(w.at("c"), 8, 1));
    assertCount(
        Shaped.of(4, 1, 8, 2, 2),
        new Cost(Kind.MATRIX_PRODUCT, 2 * 3 * 8 * 4, 4 * (12 + 24 + 8 + 32)),
        Shaped.of(4, 1, 3, 2, 2));
  }

  @Test
  void aLinearLayerIsAMatrixProduct() {
    method.returns(method.tensor("x", 6).linear(w.at("l"), 5));
    assertCount(
        Shaped.of(4, 2, 7, 5),
        new Cost(Kind.MATRIX_PRODUCT, 2 * 6 * 5 * 14, 4 * (14 * 6 + 30 + 5 + 14 * 5)),
        Shaped.of(4, 2, 7, 6));
  }

  @Test
  void attentionIsTwoProductsForEachHead() {
    Tensor queries = method.tensor("q", 8);
    Tensor keys = method.tensor("k", 8);
    method.returns(queries.attention(keys, method.tensor("v", 8)));
    assertCount(
        Shaped.of(4, 1, 2, 9, 4),
        new Cost(Kind.ATTENTION, 2 * 2 * 2 * 9 * 7 * 4, 4 * (72 + 56 + 56 + 72)),
        Shaped.of(4, 1, 2, 9, 4),
        Shaped.of(4, 1, 2, 7, 4),
        Shaped.of(4, 1, 2, 7, 4));
  }

  @Test
  void viewsCostNothingAndKeepTheShapesRight() {
    Tensor image = method.tensor("x", 8);
    Tensor heads = image.pixelsToSequence().splitHeads(2);
    method.returns(
        heads.joinHeads().sequenceToPixels(image).slice(1, Operand.of(0), Operand.of(4)));
    OperationCounter counter = new OperationCounter(script);
    assertEquals(Shaped.of(4, 3, 4, 5, 6), counter.count("f", Shaped.of(4, 3, 8, 5, 6)));
    assertEquals(List.of(), counter.costs());
  }

  @Test
  void chunksUpsamplingPaddingAndJoining() {
    Tensor image = method.tensor("x", 8);
    List<Tensor> halves = image.chunk(2, 1);
    Tensor twice = halves.get(0).upsampleTwice().padRightAndBottom();
    method.returns(List.of(twice, Tensor.concatenate(1, halves.get(1), image)));
    Value results = new OperationCounter(script).count("f", Shaped.of(4, 1, 8, 3, 5));
    assertEquals(
        new Listed(List.of(Shaped.of(4, 1, 4, 7, 11), Shaped.of(4, 1, 12, 3, 5))), results);
  }

  @Test
  void weightsKeptInHalfPrecisionAreReadAndWidened() {
    Script half = new Script(new Precision(Precision.Format.BFLOAT16, Precision.Format.FLOAT32));
    Method widening = half.method("f");
    widening.returns(widening.tensor("x", 2).linearWithoutBias(w.at("l"), 3));
    OperationCounter counter = new OperationCounter(half);
    counter.count("f", Shaped.of(4, 1, 2));
    assertEquals(
        List.of(
            new Cost(Kind.OTHER, 0, 6 * (2 + 4)),
            new Cost(Kind.MATRIX_PRODUCT, 2 * 6, 4 * (2 + 6 + 3))),
        counter.costs());
  }

  /** Sizes are numbers, whatever is reckoned with them. */
  @Test
  void rowsAreFoundByNumber() {
    Size step = method.integer("step");
    Tensor all = method.tensors("all").get(1, 4);
    method.returns(List.of(all.row(step), all.select(step).times(method.numbers("n").get(step))));
    assertCount(
        new Listed(List.of(Shaped.of(4, 1, 7, 4), Shaped.of(4, 7, 4))),
        new Cost(Kind.OTHER, 0, 4 * 28 * 2),
        new Numeric(2),
        new Listed(List.of(Shaped.of(4, 3), Shaped.of(4, 3, 7, 4))),
        new Numeric(0.5));
  }

  @Test
  void anotherMethodOfTheModuleCountsWhereItIsCalled() {
    Method layer = script.method("layer");
    layer.returns(layer.tensor("x", 6).linearWithoutBias(w.at("l"), 5));
    method.returns(method.callOwn(5, "layer", method.tensor("y", 6)));
    assertCount(
        Shaped.of(4, 2, 5),
        new Cost(Kind.MATRIX_PRODUCT, 2 * 6 * 5 * 2, 4 * (2 * 6 + 30 + 2 * 5)),
        Shaped.of(4, 2, 6));
  }

  @Test
  void whatNobodyUsesIsNeitherWrittenNorCounted() {
    Tensor x = method.tensor("x", 3);
    x.silu().exp();
    method.returns(x.tanh());
    assertCount(Shaped.of(4, 2, 3), new Cost(Kind.OTHER, 0, 4 * 12), Shaped.of(4, 2, 3));
    assertFalse(script.source().contains("exp"), script.source());
  }

  @Test
  void whatIsNotThereCannotBeCounted() {
    method.returns(method.tensor("x", 1).silu());
    OperationCounter counter = new OperationCounter(script);
    assertThrows(IllegalArgumentException.class, () -> counter.count("f"));
    assertThrows(IllegalArgumentException.class, () -> counter.count("g"));
  }

  private void assertCount(Value result, Cost cost, Value... arguments) {
    OperationCounter counter = new OperationCounter(script);
    assertEquals(result, counter.count("f", arguments));
    assertEquals(List.of(cost), counter.costs());
  }
}
