package io.darkroom.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.ModelException;
import io.darkroom.base.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoraFolderTest {
  @TempDir Path start;
  private LoraFolder folder;

  @BeforeEach
  void prepare() throws IOException {
    for (String file :
        new String[] {
          "ink.safetensors",
          "sub/wash.pt",
          "sub/Chalk.safetensors",
          "twin.safetensors",
          "sub/twin.safetensors",
          "v1.5.safetensors",
          "oil/pytorch_lora_weights.safetensors",
          "sub/peft/adapter_model.bin",
          "readme.txt",
        }) {
      Path path = start.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, file);
    }
    folder = new LoraFolder(start);
  }

  @ParameterizedTest
  @CsvSource({
    "ink, ink.safetensors",
    "INK, ink.safetensors",
    "ink.safetensors, ink.safetensors",
    "Ink.SafeTensors, ink.safetensors",
    "wash, sub/wash.pt",
    "sub/wash, sub/wash.pt",
    "sub\\wash, sub/wash.pt",
    "Sub/Wash.safetensors, sub/wash.pt",
    "chalk, sub/Chalk.safetensors",
    "sub/twin, sub/twin.safetensors",
    "v1.5, v1.5.safetensors",
    "oil, oil/pytorch_lora_weights.safetensors",
    "peft, sub/peft/adapter_model.bin",
    "nk, ",
    "readme, ",
    "readme.txt, ",
    "sub, ",
  })
  void aNameFindsItsFile(String name, String file) {
    assertEquals(Optional.ofNullable(file).map(start::resolve), folder.find(name));
    assertEquals(Optional.ofNullable(file).map(start::resolve), folder.find(name));
  }

  @Test
  void aNameOfTwoIsRefusedUnlessOneHasItsVeryCase() throws IOException {
    String message = assertThrows(ModelException.class, () -> folder.find("twin")).getMessage();
    assertTrue(message.contains("there are two files") && message.contains("FOLDER/NAME"), message);
    Files.writeString(start.resolve("chalk.safetensors"), "x");
    assertEquals(
        Files.exists(start.resolve("CHALK.safetensors")) ? 0 : 1,
        folder.find("chalk").filter(start.resolve("chalk.safetensors")::equals).stream().count());
    assertThrows(ModelException.class, () -> new LoraFolder(start.resolve("none")).find("a"));
  }

  @Test
  void aHashFindsAFileOfAnyName() throws IOException {
    Path wash = start.resolve("sub/wash.pt");
    assertEquals(Optional.of(wash), folder.withHash(Sha256.of(wash)));
    assertEquals(Optional.of(wash), folder.withHash(LoraHash.of(wash).webUi()));
    assertEquals(Optional.empty(), folder.withHash("0".repeat(64)));
  }

  @Test
  void aFolderIsALoraByItsOwnName() {
    LoraStrength half = LoraStrength.of(0.5);
    LoraChoice oil = LoraFolder.resolve(start.resolve("oil"), half).orElseThrow();
    assertEquals("<lora:oil:0.5>", oil.tag());
    assertEquals(start.resolve("oil/pytorch_lora_weights.safetensors"), oil.file());
    assertEquals(Optional.empty(), LoraFolder.resolve(start, half));
    assertEquals(
        "ink", LoraFolder.resolve(start.resolve("ink.safetensors"), half).orElseThrow().name());
  }
}
