package io.darkroom.cli.picture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.Sha256;
import io.darkroom.cli.CommandRun;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.testing.TestModels;
import io.darkroom.testing.TinyDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole pictures and what is drawn on the way, by a tiny autoencoder. */
@Tag("slow")
class TinyAutoencoderCommandTest {
  @TempDir private Path folder;
  private final TinyDecoder decoder = TinyDecoder.published();
  private CommandRun run;
  private String file;

  @BeforeEach
  void prepare() throws IOException {
    run = new CommandRun(folder);
    run.opener = DiffusionPipeline::open;
    run.environment.put("DARKROOM_GRAPHICS", "blocks");
    file = decoder.originalFile(folder.resolve("taesd_decoder.safetensors")).toString();
  }

  private int paint(String... more) {
    List<String> line = new ArrayList<>(List.of("-m"));
    line.add(TestModels.directory("tiny-sd1").toAbsolutePath().toString());
    line.addAll(
        List.of(
            "-s1",
            "--steps",
            "3",
            "--sampler",
            "ddim",
            "--device",
            "cpu",
            "--dtype",
            "fp32",
            "-W64",
            "-H64"));
    line.addAll(List.of(more));
    run.err.reset();
    return run.run(line.toArray(String[]::new));
  }

  private byte[] rgb(String name) throws IOException {
    return run.read(name).image().rgb();
  }

  @Test
  void vaeNamesAFileOrAFolder() throws IOException {
    String directory = decoder.diffusersFolder(folder.resolve("taesd")).toString();
    assertEquals(0, paint("-o", "own.png", "cat"), run.err());
    assertEquals(0, paint("-o", "file.png", "--vae", file, "cat"), run.err());
    assertEquals(0, paint("-o", "folder.png", "--vae", directory, "cat"), run.err());
    assertArrayEquals(rgb("file.png"), rgb("folder.png"));
    assertFalse(Arrays.equals(rgb("own.png"), rgb("file.png")));
    String hash = Sha256.of(Path.of(file));
    String recipe = run.read("file.png").text().get("darkroom");
    assertTrue(recipe.contains("\"vae\":\"taesd_decoder\",\"vae_hash\":\"" + hash + "\""), recipe);
    assertFalse(run.read("own.png").text().get("darkroom").contains("vae"));
  }

  @Test
  void previewsAreDrawnAndThePictureStays() throws IOException {
    run.columns = OptionalInt.of(80);
    assertEquals(0, paint("-o", "plain.png", "--preview", "cat"), run.err());
    assertEquals(2 * 8 * 4, blocks(run.err()));
    assertEquals(
        0, paint("-o", "decoded.png", "--preview", "--preview-vae", file, "cat"), run.err());
    // 64 by 64 pixels on 24 lines: 44 by 22 characters.
    assertEquals(2 * 44 * 22, blocks(run.err()));
    assertArrayEquals(rgb("plain.png"), rgb("decoded.png"));
  }

  @Test
  void whatIsNoTinyAutoencoderIsRefusedBeforeTheRun() throws IOException {
    String large = TestModels.directory("tiny-sd1").resolve("vae").toAbsolutePath().toString();
    assertEquals(3, paint("--preview", "--preview-vae", large, "cat"));
    assertTrue(run.err().endsWith("--preview-vae takes a tiny autoencoder (TAESD)\n"), run.err());
    TinyDecoder other = new TinyDecoder(TinyDecoder.PUBLISHED, 16, 8, 1);
    String taef1 = other.originalFile(folder.resolve("taef1.safetensors")).toString();
    for (String[] options :
        List.of(
            new String[] {"--vae", taef1}, new String[] {"--preview", "--preview-vae", taef1})) {
      List<String> line = new ArrayList<>(List.of(options));
      line.add("cat");
      assertEquals(3, paint(line.toArray(String[]::new)));
      assertTrue(run.err().contains("taef1.safetensors: is a tiny autoencoder"), run.err());
      assertTrue(run.err().contains("16 channels, as taef1 and taesd3"), run.err());
      assertFalse(run.err().contains("\tat "), run.err());
    }
    assertEquals(List.of(), run.files());
  }

  private static long blocks(String text) {
    return text.chars().filter(character -> character == '▀').count();
  }
}
