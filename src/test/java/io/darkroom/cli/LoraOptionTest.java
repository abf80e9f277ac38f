package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.checkpoint.LoraChoice;
import io.darkroom.pipeline.ComputeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraOptionTest {
  @TempDir Path folder;

  private final List<ComputeOptions> opened = new ArrayList<>();
  private CommandRun command;
  private Path ink;

  @BeforeEach
  void prepare() throws IOException {
    Files.createDirectories(folder.resolve("loras/sub"));
    ink = Files.createFile(folder.resolve("loras/ink.safetensors"));
    Files.createFile(folder.resolve("loras/twin.safetensors"));
    Files.createFile(folder.resolve("loras/sub/twin.safetensors"));
    start();
  }

  private void start() throws IOException {
    command = new CommandRun(folder);
    command.pipeline =
        new FakePipeline() {
          @Override
          public List<LoraChoice> loras() {
            return opened.get(opened.size() - 1).loras();
          }
        };
    command.opener =
        (model, options) -> {
          opened.add(options);
          return command.pipeline;
        };
  }

  @Test
  void optionAndPromptChooseLoras() throws IOException {
    assertEquals(0, command.run("--lora", ink + ":0.8", "a", "cat"), command.err());
    assertEquals(List.of(new LoraChoice(ink, 0.8)), opened.get(0).loras());
    start();
    String directory = folder.resolve("loras").toString();
    assertEquals(
        0,
        command.run("--lora-dir", directory, "-o", "it.png", "a cat <lora:ink:-0.5>"),
        command.err());
    assertEquals(List.of(new LoraChoice(ink, -0.5)), opened.get(1).loras());
    String recipe = command.read("it.png").text().get("darkroom");
    assertTrue(recipe.contains("lora:ink:-0.5"), recipe);
    start();
    assertEquals(0, command.run("--lora", ink.toString(), "a"), command.err());
    assertEquals(List.of(new LoraChoice(ink, 1)), opened.get(2).loras());
  }

  @Test
  void theFileTellsWhatWasMergedAndAgainWantsItBack() throws IOException {
    assertEquals(0, command.run("--lora", ink + ":0.8", "-o", "it.png", "a cat"), command.err());
    String parameters = command.read("it.png").text().get("parameters");
    assertTrue(parameters.startsWith("a cat <lora:ink:0.8>\n"), parameters);
    start();
    String[] again = {"again", "--model", "other", "it.png", "-o", "new.png"};
    Files.createDirectories(command.work().resolve("other"));
    assertEquals(3, command.run(again));
    assertTrue(command.err().contains("<lora:ink:0.8>"), command.err());
    start();
    String[] same = {
      "again", "--model", "other", "it.png", "-o", "new.png", "--lora", ink + ":0.8"
    };
    assertEquals(0, command.run(same), command.err());
    assertTrue(!command.err().contains("another picture"), command.err());
  }

  @Test
  void badInputIsOneLine() throws IOException {
    String directory = folder.resolve("loras").toString();
    assertFails(3, "there is no file", "--lora", "nowhere.safetensors", "a");
    assertFails(3, "there is no file", "--lora", "nowhere.safetensors:0.5", "a");
    assertFails(2, "is not a number", "--lora", ink + ":strong", "a");
    assertFails(2, "is not a number", "--lora", ink + ":NaN", "a");
    assertFails(2, "--lora-dir", "a <lora:ink:1>");
    assertFails(2, "names a path", "--lora-dir", directory, "a <lora:../ink:1>");
    assertFails(2, "is not a number", "--lora-dir", directory, "a <lora:ink:x>");
    assertFails(3, "there is no none.safetensors", "--lora-dir", directory, "a <lora:none:1>");
    assertFails(3, "is there twice", "--lora-dir", directory, "a <lora:twin:1>");
    assertFails(3, "there is no folder", "--lora-dir", directory + "x", "a <lora:ink:1>");
    assertFails(2, "asked for twice", "--lora", ink + ":0.5", "a <lora:ink:1>");
    assertEquals(List.of(), opened);
  }

  @Test
  void aBatchSharesTheLorasGivenByOption() throws IOException {
    Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a cat\na dog\n");
    assertEquals(
        0, command.run("batch", "--lora", ink + ":0.8", prompts.toString()), command.err());
    assertEquals(List.of(new LoraChoice(ink, 0.8)), opened.get(0).loras());
    start();
    assertEquals(2, command.run("batch", "--lora-dir", folder.toString(), prompts.toString()));
    assertTrue(command.err().contains("not for a batch"), command.err());
    assertEquals(1, opened.size());
  }

  private void assertFails(int status, String message, String... arguments) throws IOException {
    start();
    assertEquals(status, command.run(arguments), command.err());
    assertTrue(command.err().contains(message), command.err());
    assertEquals(1, command.err().lines().count(), command.err());
    assertEquals(List.of(), command.files());
  }
}
