package io.darkroom.torchscript;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The operations whose arguments are easily mixed up, against numbers worked out by hand. */
class TensorTest {
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void functionsOfEachElement() {
    float[] x = {-2, -0.5f, 0, 1, 3};
    check(x, Tensor::silu, -0.23840584f, -0.18877032f, 0, 0.7310586f, 2.8577223f);
    check(x, Tensor::gelu, -0.04550026f, -0.15426877f, 0, 0.8413447f, 2.9959502f);
    check(x, Tensor::quickGelu, -0.06434138f, -0.14961156f, 0, 0.84579575f, 2.9819288f);
    check(x, Tensor::sigmoid, 0.11920292f, 0.37754068f, 0.5f, 0.7310586f, 0.95257413f);
    check(x, Tensor::relu, 0, 0, 0, 1, 3);
    check(x, Tensor::tanh, -0.9640276f, -0.46211717f, 0, 0.7615942f, 0.9950547f);
    check(x, t -> t.clamp(-1, 2), -1, -0.5f, 0, 1, 2);
    check(x, t -> t.times(2).plus(1), -3, 0, 1, 3, 7);
  }

  @Test
  void broadcastingKeepsTheWiderChannels() {
    NDArray image = manager.create(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, new Shape(1, 2, 2, 2));
    NDArray mask = manager.create(new float[] {1, 0, 0, 1}, new Shape(1, 1, 2, 2));
    NDArray masked =
        Evaluation.PLAIN
            .all(
                List.of(mask, image),
                (w, x) -> {
                  Tensor product = x.get(0).times(x.get(1));
                  assertEquals(2, product.channels());
                  return List.of(product);
                })
            .get(0);
    assertArrayEquals(new float[] {1, 0, 0, 4, 5, 0, 0, 8}, masked.toFloatArray());
  }

  @Test
  void groupNormTakesTheMeanOfEachGroup() {
    Evaluation evaluation =
        new Evaluation(
            Precision.FLOAT32, Map.of("n.weight", row(1, 2, 1, 1), "n.bias", row(0, 0, 10, 0)));
    NDArray image = manager.create(new float[] {1, 3, 5, 5}, new Shape(1, 4, 1, 1));
    assertClose(
        "group norm",
        new float[] {-1, 2, 10, 0},
        evaluation.of(image, (w, x) -> x.groupNorm(w.at("n"), 2, 1e-6)),
        1e-5);
  }

  @Test
  void layerNormTakesTheMeanOfTheChannels() {
    Evaluation evaluation =
        new Evaluation(Precision.FLOAT32, Map.of("n.weight", row(1, 2), "n.bias", row(0, 1)));
    NDArray sequence = manager.create(new float[] {1, 3, -4, 0}, new Shape(2, 2));
    assertClose(
        "layer norm",
        new float[] {-1, 3, -1, 3},
        evaluation.of(sequence, (w, x) -> x.layerNorm(w.at("n"), 1e-6)),
        1e-5);
  }

  @Test
  void linearLayersGoFromInToOut() {
    NDArray weight = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(3, 2));
    Evaluation evaluation =
        new Evaluation(Precision.FLOAT32, Map.of("l.weight", weight, "l.bias", row(100, 200, 300)));
    NDArray x = manager.create(new float[] {1, 10}, new Shape(1, 2));
    assertArrayEquals(
        new float[] {121, 243, 365},
        evaluation.of(x, (w, t) -> t.linear(w.at("l"), 3)).toFloatArray());
    assertArrayEquals(
        new float[] {21, 43, 65},
        evaluation.of(x, (w, t) -> t.linearWithoutBias(w.at("l"), 3)).toFloatArray());
  }

  @Test
  void convolutionsPadAndStride() {
    NDArray kernel =
        manager.create(new float[] {0, 0, 0, 0, 1, 10, 0, 0, 0}, new Shape(1, 1, 3, 3));
    Evaluation evaluation =
        new Evaluation(Precision.FLOAT32, Map.of("c.weight", kernel, "c.bias", row(0.5f)));
    NDArray image = manager.create(new float[] {1, 2, 3, 4}, new Shape(1, 1, 2, 2));
    assertArrayEquals(
        new float[] {21.5f, 2.5f, 43.5f, 4.5f},
        evaluation.of(image, (w, x) -> x.conv2d(w.at("c"), 1, 3)).toFloatArray());
    // Padded at the right and the bottom only, a stride of two begins at the first pixel.
    NDArray padded =
        evaluation.of(image, (w, x) -> x.padRightAndBottom().conv2d(w.at("c"), 1, 3, 2, 0));
    assertEquals(new Shape(1, 1, 1, 1), padded.getShape());
    assertArrayEquals(new float[] {4.5f}, padded.toFloatArray());
  }

  @Test
  void rowsAreLookedUp() {
    NDArray table = manager.create(new float[] {0, 1, 10, 11, 20, 21}, new Shape(3, 2));
    Evaluation evaluation = new Evaluation(Precision.FLOAT32, Map.of("table", table));
    NDArray ids = manager.create(new long[] {2, 0}, new Shape(1, 2));
    NDArray rows = evaluation.of(ids, (w, x) -> x.embedding(w.at("table"), 3, 2));
    assertEquals(new Shape(1, 2, 2), rows.getShape());
    assertArrayEquals(new float[] {20, 21, 0, 1}, rows.toFloatArray());
  }

  /** Equal rows are equal wherever they lie, in any precision. */
  @Test
  void rowsBeyondTheTableAreRoundedAsItIs() {
    float third = 1 / 3f;
    NDArray table = manager.create(new float[] {0, 1, third, 11}, new Shape(2, 2));
    for (Precision precision :
        List.of(
            Precision.FLOAT32,
            Precision.of(Precision.Format.BFLOAT16),
            new Precision(Precision.Format.BFLOAT16, Precision.Format.FLOAT32),
            new Precision(Precision.Format.FLOAT16, Precision.Format.FLOAT32))) {
      NDArray ids = manager.create(new long[] {1, 3, 0, 2}, new Shape(1, 4));
      NDArray further = manager.create(new float[] {5, 6, third, 11}, new Shape(2, 2));
      float[] rows =
          new Evaluation(precision, Map.of("table", table))
              .all(
                  List.of(ids, further),
                  (w, x) ->
                      List.of(
                          x.get(0)
                              .embedding(w.at("table"), 2, 2, x.get(1))
                              .to(Precision.Format.FLOAT32)))
              .get(0)
              .toFloatArray();
      float rounded = rows[0];
      assertEquals(third, rounded, 2e-3f, precision.toString());
      assertEquals(precision.equals(Precision.FLOAT32), rounded == third, precision.toString());
      assertArrayEquals(
          new float[] {rounded, 11, rounded, 11, 0, 1, 5, 6}, rows, precision.toString());
    }
  }

  @Test
  void numbersThatAreTooLargeBecomeZero() {
    NDArray ids = manager.create(new long[] {3, 9, 4, 10, 3}, new Shape(1, 5));
    assertArrayEquals(
        new long[] {3, 9, 4, 0, 3}, Evaluation.PLAIN.of(ids, x -> x.zeroFrom(10)).toLongArray());
    assertArrayEquals(
        new long[] {1}, Evaluation.PLAIN.of(ids, x -> x.zeroFrom(10).argmax()).toLongArray());
  }

  /** Keys all alike: what is seen is the mean of the values in sight. */
  @Test
  void causalAttentionSeesNothingThatComesLater() {
    NDArray values = manager.create(new float[] {1, 3, 8}, new Shape(1, 1, 3, 1));
    NDArray causal = Evaluation.PLAIN.of(values, x -> x.times(0).causalAttention(x.times(0), x));
    assertClose("causal", new float[] {1, 2, 4}, causal, 1e-6);
    NDArray all = Evaluation.PLAIN.of(values, x -> x.times(0).attention(x.times(0), x));
    assertClose("all", new float[] {4, 4, 4}, all, 1e-6);
  }

  @Test
  void headsAreSplitAndJoined() {
    NDArray sequence = manager.arange(24f).reshape(1, 3, 8);
    NDArray heads = Evaluation.PLAIN.of(sequence, x -> x.splitHeads(2));
    assertEquals(new Shape(1, 2, 3, 4), heads.getShape());
    assertEquals(12, heads.getFloat(0, 1, 1, 0));
    NDArray joined = Evaluation.PLAIN.of(sequence, x -> x.splitHeads(2).joinHeads());
    assertEquals(sequence, joined);
  }

  @Test
  void pixelsAreReadRowByRow() {
    NDArray image = manager.arange(12f).reshape(1, 2, 2, 3);
    NDArray sequence = Evaluation.PLAIN.of(image, Tensor::pixelsToSequence);
    assertEquals(new Shape(1, 6, 2), sequence.getShape());
    assertEquals(7, sequence.getFloat(0, 1, 1));
    NDArray back = Evaluation.PLAIN.of(image, x -> x.pixelsToSequence().sequenceToPixels(x));
    assertEquals(image, back);
  }

  @Test
  void chunksOfChannelsKnowTheirNumber() {
    NDArray image = manager.arange(4f).reshape(1, 4, 1, 1);
    List<NDArray> halves =
        Evaluation.PLAIN.all(
            List.of(image),
            (w, x) -> {
              List<Tensor> parts = x.get(0).chunk(2, 1);
              assertEquals(2, parts.get(0).channels());
              assertEquals(4, Tensor.concatenate(1, parts.get(0), parts.get(1)).channels());
              assertEquals(2, Tensor.concatenate(0, parts.get(0), parts.get(1)).channels());
              return parts;
            });
    assertArrayEquals(new float[] {0, 1}, halves.get(0).toFloatArray());
    assertArrayEquals(new float[] {2, 3}, halves.get(1).toFloatArray());
  }

  @Test
  void enlargingRepeatsPixels() {
    NDArray image = manager.create(new float[] {1, 2, 3, 4}, new Shape(1, 1, 2, 2));
    NDArray twice = Evaluation.PLAIN.of(image, Tensor::upsampleTwice);
    assertArrayEquals(
        new float[] {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}, twice.toFloatArray());
  }

  @Test
  void imagesBecomeBytes() {
    // What lies beyond -1 and 1 is black or white; 0 is 127.5, which goes to the even 128.
    float[] values = {-1, 1, -7, 7, 0, 0.5f, -0.25f, 1e-3f};
    NDArray image = manager.create(values, new Shape(1, 1, 2, 4));
    NDArray bytes = Evaluation.PLAIN.of(image, Tensor::toBytes);
    assertEquals(DataType.UINT8, bytes.getDataType());
    assertEquals(new Shape(1, 2, 4, 1), bytes.getShape());
    assertArrayEquals(
        new int[] {0, 255, 0, 255, 128, 191, 96, 128},
        bytes.toType(DataType.INT32, true).toIntArray());
  }

  @Test
  void infinityAndNaNAreNotFinite() {
    assertTrue(isFinite(1, -3e38f));
    assertFalse(isFinite(1, Float.NaN));
    assertFalse(isFinite(Float.NEGATIVE_INFINITY, 1));
  }

  private boolean isFinite(float... values) {
    return Evaluation.PLAIN.of(row(values), Tensor::isFinite).getBoolean();
  }

  private void check(float[] x, Function<Tensor, Tensor> body, float... expected) {
    assertClose("function", expected, Evaluation.PLAIN.of(row(x), body), 1e-6);
  }

  private NDArray row(float... values) {
    return manager.create(values);
  }
}
