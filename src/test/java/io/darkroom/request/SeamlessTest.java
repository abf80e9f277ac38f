package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeamlessTest {
  @ParameterizedTest
  @CsvSource({
    "x, X, true, false",
    " Y, Y, false, true",
    "XY, XY, true, true",
    "True, XY, true, true",
    "none, NONE, false, false"
  })
  void namesTellTheBorders(String name, Seamless seamless, boolean columns, boolean rows) {
    assertEquals(seamless, Seamless.named(name));
    assertEquals(columns, seamless.joinsColumns());
    assertEquals(rows, seamless.joinsRows());
  }

  @Test
  void otherNamesAreRefusedWithTheKnownOnes() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> Seamless.named("z"));
    assertTrue(refusal.getMessage().contains("none, x, y, xy, not 'z'"), refusal.getMessage());
  }
}
