package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.darkroom.testing.Requests;
import io.darkroom.text.PromptSyntax;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageRequestTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-1 | 64 | 64 | 3 | 7.5 | 0 | seed -1 is not between 0 and 4294967295",
        "4294967296 | 64 | 64 | 3 | 7.5 | 0 | seed 4294967296 is not between 0 and 4294967295",
        "1 | 0 | 64 | 3 | 7.5 | 0 | width must be 1 to 65536, not 0",
        "1 | 64 | -8 | 3 | 7.5 | 0 | height must be 1 to 65536, not -8",
        "1 | 64 | 64 | 0 | 7.5 | 0 | steps must be 1 to 10000, not 0",
        "1 | 64 | 64 | 3 | -1 | 0 | guidance scale must be 0 to 1000, not -1",
        "1 | 64 | 64 | 3 | NaN | 0 | guidance scale must be a number, not ~NaN~",
        "1 | 64 | 64 | 3 | 1e39 | 0 | guidance scale must be 0 to 1000, not"
            + " 1000000000000000000000000000000000000000",
        "1 | 64 | 64 | 10001 | 1 | 0 | steps must be 1 to 10000, not 10001",
        "1 | 65537 | 64 | 3 | 1 | 0 | width must be 1 to 65536, not 65537",
        "1 | 64 | 64 | 3 | 7.5 | 1.5 | eta must be 0 to 1, not 1.5",
        "1 | 64 | 64 | 3 | 7.5 | NaN | eta must be a number, not ~NaN~"
      })
  void nonsenseIsRefused(
      long seed, int width, int height, int steps, double guidance, double eta, String message) {
    assertEquals(
        message.replace('~', '\''),
        assertThrows(
                InvalidRequestException.class,
                () -> Requests.of("", "", seed, width, height, steps, guidance, "ddim", eta))
            .getMessage());
  }

  @Test
  void soAreLayersAndStepsThatThereCannotBe() {
    PictureSettings plain = Requests.settings(64, 64, 3, 7.5, "ddim", 0);
    assertMessage(
        "clip skip must be 1 to 10000, not -1", () -> Requests.settings(plain, "model", 0, -1));
    assertMessage("deep cache must be 1 to 10000, not 0", () -> Requests.settings(plain, ":", 0));
    assertMessage(
        "guidance rescale must be 0 to 1, not 1.5",
        () -> Requests.settings(plain, "model", 1.5, 0));
  }

  @Test
  void soAreTextsThatNoFileCanKeep() {
    String half =
        ", half of a surrogate pair, which is not a character; remove it, or write both halves";
    assertMessage("the prompt contains \\ud83d" + half, () -> texts("a \uD83D", ""));
    assertMessage("the negative prompt contains \\udc00" + half, () -> texts("", "\uDC00\uD83D"));
    assertMessage("the prompt contains a NUL character", () -> texts("\0", ""));
    assertMessage("the negative prompt contains a NUL character", () -> texts("", "\0"));
    assertEquals("\uD83D\uDE00", texts("\uD83D\uDE00", "").prompt());
  }

  private static ImageRequest texts(String prompt, String negativePrompt) {
    return Requests.of(prompt, negativePrompt, 1, 64, 64, 3, 7.5, "ddim", 0);
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(InvalidRequestException.class, action::run).getMessage());
  }

  @Test
  void aCopyDiffersInOneThing() {
    ImageRequest one = Requests.of("a", "b", 1, 64, 48, 3, 7.5, "ddim", 0.5);
    ImageRequest plain = one.withPromptSyntax(PromptSyntax.PLAIN);
    assertEquals(PromptSyntax.PLAIN, plain.promptSyntax());
    assertEquals(one, plain.withPromptSyntax(PromptSyntax.WEIGHTED));
    assertEquals(
        Requests.of("a", "b", 1, 64, 48, 9, 7.5, "ddim", 0.5),
        one.withSettings(one.settings().with(Setting.STEPS, 9)));
    assertEquals(
        Requests.of("c", "", 2, 64, 48, 3, 7.5, "ddim", 0.5), one.settings().request("c", 2));
  }
}
