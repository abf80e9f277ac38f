package io.darkroom.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForegroundTest {
  @ParameterizedTest
  @CsvSource({
    "7 (java) S 1 7 7 34816 7 4194560, true",
    "8 (java) S 1 8 7 34816 7 4194560, false",
    "9 (java) S 1 9 9 0 -1 4194560, false",
    "7 (a ) name () S 1 7 7 34816 7 4194560, true",
    "8 (a ) S 1 7 7 () S 1 8 7 34816 7 4194560, false",
    "7 (java, false",
    "'', false",
  })
  void itsGroupMustBeTheTerminals(String stat, boolean expected) {
    assertEquals(expected, Foreground.isForeground(stat));
  }
}
