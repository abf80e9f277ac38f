package io.darkroom.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoneSurrogatesTest {
  @Test
  void halvesAreFoundAndPairsAreNot() {
    assertEquals(Optional.empty(), LoneSurrogates.first(""));
    assertEquals(Optional.empty(), LoneSurrogates.first("a \uD83D\uDE00 b"));
    assertEquals(Optional.of("\\ud83d"), LoneSurrogates.first("\uD83D"));
    assertEquals(Optional.of("\\udc00"), LoneSurrogates.first("\uD83D\uDE00\uDC00\uD83D"));
  }

  @Test
  void aHalfIsWrittenAsJsonDoes() {
    assertEquals("a\\ud83d b\\udc00", LoneSurrogates.escaped("a\uD83D b\uDC00"));
    assertEquals("\uD83D\uDE00$1\\", LoneSurrogates.escaped("\uD83D\uDE00$1\\"));
  }
}
