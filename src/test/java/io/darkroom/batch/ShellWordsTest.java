package io.darkroom.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.darkroom.request.InvalidRequestException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShellWordsTest {
  @Test
  void wordsArePartedAsAShellDoes() {
    assertEquals(
        List.of("--prompt", "a 'b' \\x", "c\"d", "", "e f", "gh"),
        ShellWords.split(" --prompt  \"a 'b' \\\\x\" 'c\"d' '' e\\ f\tg'h'"));
    assertEquals(List.of("a\\nb"), ShellWords.split("\"a\\nb\""));
    assertEquals(List.of(), ShellWords.split("  "));
    assertEquals(List.of("\\"), ShellWords.split("\\"));
  }

  @Test
  void anOpenQuotationIsAnError() {
    assertThrows(InvalidRequestException.class, () -> ShellWords.split("a cat's house"));
  }
}
