package io.darkroom.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.Sha256;
import io.darkroom.cli.CommandRun;
import io.darkroom.cli.FakePipeline;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraHash;
import io.darkroom.lora.LoraStrength;
import io.darkroom.pipeline.ComputeOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    ink = Files.write(folder.resolve("loras/ink.safetensors"), safetensors("{}", 1));
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

          @Override
          public List<LoraHash> loraHashes() {
            return loras().stream().map(lora -> LoraHash.of(lora.file())).toList();
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
    assertTrue(!command.err().contains("a different one"), command.err());
  }

  @Test
  void theFileTellsWhichFilesWereMerged() throws IOException {
    String directory = folder.resolve("loras").toString();
    assertEquals(
        0, command.run("--lora-dir", directory, "-o", "it.png", "a <lora:ink>"), command.err());
    String parameters = command.read("it.png").text().get("parameters");
    // SHA-256 of the byte 1, which is all that follows the header.
    String tensors = "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a";
    String expected = "Lora hashes: \"ink: " + tensors.substring(0, 12) + "\"";
    assertTrue(parameters.contains(expected), parameters);
    String recipe = command.read("it.png").text().get("darkroom");
    assertTrue(recipe.contains("\"lora_hashes\":\"ink: " + Sha256.of(ink) + "\""), recipe);
    // The same tensors under another header, which may give them other layers.
    Files.write(ink, safetensors("{\"__metadata__\":{}}", 1));
    assertAgain(3, "another file of the name ink", "--lora-dir", directory);
    Files.write(ink, safetensors("{}", 1));
    assertAgain(0, "", "--lora-dir", directory);
    assertTrue(!command.err().contains("another"), command.err());
    Files.write(ink, safetensors("{}", 2));
    assertAgain(3, "another file of the name ink", "--lora-dir", directory);
    assertAgain(0, "will be a different one", "--lora", ink.toString());
  }

  @Test
  void theWebUisHashIsHeldAgainstTheFile() throws IOException {
    String directory = folder.resolve("loras").toString();
    String text =
        "a <lora:ink:1>\nSteps: 3, Sampler: DDIM, CFG scale: 7, Seed: 1, Size: 16x8, Model: scenes,"
            + " Lora hashes: \"ink: %s\", Version: v1.10.1";
    for (String hash : List.of("4bf5122f3445", "4bf5122f3446")) {
      start();
      Files.createDirectories(command.work());
      try (OutputStream out = Files.newOutputStream(command.work().resolve("it.png"))) {
        RgbImage image = new RgbImage(16, 8, new byte[3 * 16 * 8]);
        new PngWriter(out).write(new Png(image, Map.of("parameters", text.formatted(hash))));
      }
      boolean same = hash.endsWith("5");
      assertAgain(same ? 0 : 3, same ? "" : "another file", "--lora-dir", directory);
    }
  }

  /** By its hash a LoRA is found under another name, whether the prompt or an option named it. */
  @Test
  void aRenamedFileIsFoundByItsHash() throws IOException {
    String directory = folder.resolve("loras").toString();
    for (String[] how :
        new String[][] {{"--lora-dir", directory, "a <lora:ink>"}, {"--lora", ink + ":1", "a"}}) {
      start();
      assertEquals(0, command.run(how[0], how[1], "-o", "it.png", how[2]), command.err());
      Path renamed = Files.move(ink, ink.resolveSibling("other.safetensors"));
      Files.write(ink, safetensors("{}", 9));
      assertAgain(0, "", "--lora-dir", directory);
      assertTrue(!command.err().contains("another"), command.err());
      LoraChoice found = opened.get(opened.size() - 1).loras().get(0);
      assertEquals(renamed, found.file());
      assertEquals("ink", found.name());
      Files.delete(ink);
      assertAgain(0, "", "--lora-dir", directory);
      Files.move(renamed, ink);
    }
  }

  @Test
  void strengthsAreToldApartEverywhere() throws IOException {
    String directory = folder.resolve("loras").toString();
    LoraStrength apart = new LoraStrength(0.8, 0.5, java.util.OptionalInt.empty());
    String[] prompt = {"--lora-dir", directory, "-o", "it.png", "a <lyco:INK.safetensors:0.8:0.5>"};
    assertEquals(0, command.run(prompt), command.err());
    assertEquals(List.of(new LoraChoice(ink, apart)), opened.get(0).loras());
    String recipe = command.read("it.png").text().get("darkroom");
    assertTrue(recipe.contains("<lora:ink:0.8:0.5>"), recipe);
    String parameters = command.read("it.png").text().get("parameters");
    assertTrue(parameters.startsWith("a <lyco:INK.safetensors:0.8:0.5>\n"), parameters);
    assertAgain(0, "", "--lora-dir", directory);
    start();
    assertEquals(0, command.run("--lora", ink + ":0.8:0.5", "a"), command.err());
    assertEquals(List.of(new LoraChoice(ink, apart)), opened.get(opened.size() - 1).loras());
  }

  @Test
  void aFolderOfDiffusersIsALora() throws IOException {
    Path oil = Files.createDirectories(folder.resolve("loras/oil"));
    Path file = Files.createFile(oil.resolve("pytorch_lora_weights.safetensors"));
    LoraChoice expected = new LoraChoice(file, "oil", LoraStrength.of(0.5));
    assertEquals(0, command.run("--lora", oil + ":0.5", "a"), command.err());
    start();
    String directory = folder.resolve("loras").toString();
    assertEquals(0, command.run("--lora-dir", directory, "a <lora:oil:0.5>"), command.err());
    assertEquals(List.of(expected), opened.get(0).loras());
    assertEquals(List.of(expected), opened.get(1).loras());
    start();
    assertEquals(3, command.run("--lora", directory, "a"));
    assertTrue(command.err().contains("is a folder without pytorch_lora_weights"), command.err());
  }

  private void assertAgain(int status, String message, String... options) throws IOException {
    start();
    List<String> arguments =
        new ArrayList<>(List.of("again", "-m", "other", "it.png", "-o", "b.png"));
    arguments.addAll(List.of(options));
    Files.createDirectories(command.work().resolve("other"));
    assertEquals(status, command.run(arguments.toArray(String[]::new)), command.err());
    assertTrue(command.err().contains(message), command.err());
  }

  /** A file of the form of safetensors with one byte behind its header. */
  private static byte[] safetensors(String header, int last) {
    return ByteBuffer.allocate(Long.BYTES + header.length() + 1)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length())
        .put(header.getBytes(StandardCharsets.UTF_8))
        .put((byte) last)
        .array();
  }

  @Test
  void badInputIsOneLine() throws IOException {
    String directory = folder.resolve("loras").toString();
    assertFails(3, "there is no file", "--lora", "nowhere.safetensors", "a");
    assertFails(3, "there is no file", "--lora", "nowhere.safetensors:0.5", "a");
    assertFails(2, "is not a number", "--lora", ink + ":strong", "a");
    assertFails(2, "is not a number", "--lora", ink + ":NaN", "a");
    assertFails(2, "from -1000 to 1000", "--lora", ink + ":1e39", "a");
    assertFails(2, "from -1000 to 1000", "--lora-dir", directory, "a <lora:ink:-1e39>");
    assertFails(2, "with --lora FILE:0.8 or --lora-dir DIR", "a <lora:ink:0.8>");
    assertFails(2, "names a path", "--lora-dir", directory, "a <lora:../ink:1>");
    assertFails(2, "is not a number", "--lora-dir", directory, "a <lora:ink:x>");
    assertFails(3, "there is no none.safetensors", "--lora-dir", directory, "a <lora:none:1>");
    assertFails(3, "there are two files", "--lora-dir", directory, "a <lora:twin:1>");
    assertFails(3, "there is no folder", "--lora-dir", directory + "x", "a <lora:ink:1>");
    assertFails(2, "is given twice", "--lora", ink + ":0.5", "a <lora:ink:1>");
    assertEquals(List.of(), opened);
  }

  @Test
  void aBatchSharesTheLorasGivenByOption() throws IOException {
    Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a cat\na dog\n");
    assertEquals(
        0, command.run("batch", "--lora", ink + ":0.8", prompts.toString()), command.err());
    assertEquals(List.of(new LoraChoice(ink, 0.8)), opened.get(0).loras());
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
