package io.darkroom.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {
  @Test
  void theMiddleAndTheEnds() {
    assertEquals(new Spread(3, 1, 9), Spread.of(List.of(9.0, 1.0, 3.0)));
    assertEquals(new Spread(2.5, 1, 9), Spread.of(List.of(9.0, 1.0, 3.0, 2.0)));
    assertEquals(new Spread(4, 4, 4), Spread.of(List.of(4.0)));
    assertEquals(new Spread(30, 10, 90), new Spread(3, 1, 9).map(x -> 10 * x));
  }
}
