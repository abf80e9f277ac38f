package io.darkroom.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoraTagTest {
  /** The order and the names are those of AUTOMATIC1111's web UI. */
  @ParameterizedTest
  @CsvSource({
    "<lora:ink>, ink, 1, 1, 0",
    "<lora:ink:0.8>, ink, 0.8, 0.8, 0",
    "<lyco:ink:0.8>, ink, 0.8, 0.8, 0",
    "<lora:ink:0.8:0.5>, ink, 0.8, 0.5, 0",
    "<lora:ink:0.8:0.5:4>, ink, 0.8, 0.5, 4",
    "<lora:ink:te=0.2>, ink, 0.2, 0.2, 0",
    "<lora:ink:unet=0.2>, ink, 1, 0.2, 0",
    "<lora:ink:0.8:unet=-1:dyn=2>, ink, 0.8, -1, 2",
    "<lora:ink:te=0:unet=0.2>, ink, 0, 0.2, 0",
    "<lora:sub/ink.safetensors:0.8>, sub/ink.safetensors, 0.8, 0.8, 0",
    "<lora:sub\\ink>, sub/ink, 1, 1, 0",
    "< lora:ink>, , 0, 0, 0",
  })
  void tagsAreReadAsInTheWebUi(String text, String name, double encoders, double unet, int rank) {
    List<LoraTag> expected =
        name == null
            ? List.of()
            : List.of(
                new LoraTag(
                    name,
                    new LoraStrength(
                        encoders, unet, rank == 0 ? OptionalInt.empty() : OptionalInt.of(rank))));
    assertEquals(expected, LoraTag.in("a " + text + " b"));
    assertEquals(
        name == null ? "a " + text + " b" : "a  b", LoraTag.removedFrom("a " + text + " b"));
  }

  @ParameterizedTest
  @CsvSource({
    "<lora:>, is not understood",
    "<lora:a:1:1:1:1>, is not understood",
    "<lora:a:b=1>, is not understood",
    "<lora:a:x>, is not a number",
    "<lora:a:1:NaN>, is not a number",
    "<lora:a:dyn=0>, not a whole number",
    "<lora:../a>, names a path",
    "<lora:b/../a>, names a path",
    "<lora:/a>, names a path",
  })
  void whatMakesNoSenseIsRefused(String tag, String says) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> LoraTag.in("a " + tag)).getMessage();
    assertTrue(message.startsWith(tag) && message.contains(says), message);
  }

  @Test
  void aChoiceIsItsTag() {
    for (String tag :
        List.of("<lora:ink:0.8>", "<lora:ink:0.8:0.5>", "<lora:ink:1:dyn=4>", "<lora:ink:0:1>")) {
      LoraTag read = LoraTag.in(tag).get(0);
      LoraChoice choice = new LoraChoice(Path.of("x/ink.safetensors"), read.strength());
      assertEquals(tag, choice.tag());
      assertEquals(read, LoraTag.in(choice.tag()).get(0));
    }
    LoraChoice ink = new LoraChoice(Path.of("x/Ink.safetensors"), 1);
    for (String name : List.of("Ink", "ink", "sub/INK", "ink.safetensors", "ink.pt")) {
      assertTrue(ink.isCalled(name), name);
    }
    for (String name : List.of("in", "inkx", "ink/x", "")) {
      assertFalse(ink.isCalled(name), name);
    }
  }
}
