package io.darkroom.torchscript;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.torchscript.Precision.Format;
import org.junit.jupiter.api.Test;

class PrecisionTest {
  @Test
  void weightsAreWidenedWhereTheArithmeticHasAnotherFormat() {
    assertFalse(Precision.FLOAT32.widensAtUse());
    assertFalse(Precision.of(Format.BFLOAT16).widensAtUse());
    assertTrue(new Precision(Format.BFLOAT16, Format.FLOAT32).widensAtUse());
    assertEquals(Precision.FLOAT32, Precision.of(Format.FLOAT32));
  }

  /** PyTorch writes these numbers into every archive; they never change. */
  @Test
  void formatsHavePyTorchsNumbers() {
    assertEquals(5, Format.FLOAT16.scalarType());
    assertEquals(6, Format.FLOAT32.scalarType());
    assertEquals(15, Format.BFLOAT16.scalarType());
  }
}
