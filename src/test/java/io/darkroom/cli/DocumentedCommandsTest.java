package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.cli.console.Surroundings;
import io.darkroom.hub.FakeHub;
import io.darkroom.testing.Golden;
import io.darkroom.testing.MarkdownPage;
import io.darkroom.testing.MarkdownPage.Block;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.PytorchWriter.Tensor;
import io.darkroom.testing.RawSafetensors;
import io.darkroom.testing.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The commands that the documentation prints work as they stand there. Each page has a folder of
 * its own, in which bash runs the page's blocks from top to bottom; {@code darkroom} and {@code
 * scripts/darkroom} are the program. Where the documentation names somebody else's model, a small
 * one stands in its place, and the hub is a server on the loopback interface.
 *
 * <p>A comment right before a block tells what else it needs. {@code <!-- needs: program jq -->}:
 * it runs where that program is. {@code <!-- needs: minutes -->} and the other words of {@link
 * #NEVER_RUN}: it does not run here, but the program must understand its options. {@code <!-- run
 * by: FILE -->}: that file has these very lines. Without a comment a block must run.
 */
@Tag("slow")
@EnabledOnOs(OS.LINUX)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class DocumentedCommandsTest {
  private static final Set<String> NEVER_RUN =
      Set.of("network", "minutes", "a GPU", "another system", "a build of the distribution");

  /** Written from the definitions of the options, with examples that do not build on each other. */
  private static final Path GENERATED = Path.of("docs/options.md");

  /** Languages of blocks that are no commands. */
  private static final Set<String> NO_COMMANDS =
      Set.of("text", "json", "csv", "yaml", "properties");

  private static final String MODEL_OF_THE_HUB = "stable-diffusion-v1-5/stable-diffusion-v1-5";

  /**
   * The program's place on the PATH. A small model's sizes are not those of its family, so that a
   * file that stands in for a large one needs a config, which the program finds by itself for the
   * large one.
   */
  private static final String START =
      """
      #!/bin/bash
      last= config=()
      for argument; do
        [ "$last" != -m ] || [ ! -e "$argument.sizes" ] || config=(--config "$argument.sizes")
        last=$argument
      done
      case " $* " in *" --config "*) config=() ;; esac
      exec %s "$@" "${config[@]}"
      """;

  /** In the program's place where a block does not run: it keeps the arguments. */
  private static final String RECORD =
      """
      #!/bin/bash
      printf '%%s\\0' "$@" $'\\n' >>'%s'
      """;

  @TempDir private static Path scratch;
  private static FakeHub hub;

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      List<Path> pages =
          docs.filter(page -> page.toString().endsWith(".md"))
              .sorted()
              .collect(Collectors.toList());
      pages.add(0, Path.of("README.md"));
      return pages.stream();
    }
  }

  @BeforeAll
  static void prepare() throws IOException {
    hub = new FakeHub(MODEL_OF_THE_HUB).with(TestModels.directory("tiny-sd1"));
    // Readers may have defaults of their own, such as fewer steps: a picture is sooner there.
    Files.writeString(
        Files.createDirectories(scratch.resolve("home/.config/darkroom"))
            .resolve("config.properties"),
        "steps = 4\n");
    Path models = Files.createDirectories(scratch.resolve("home/models"));
    copy(models.resolve("stable-diffusion-v1-5"), TestModels.directory("tiny-sd1"));
    copy(models.resolve("stable-diffusion-2-1"), TestModels.directory("tiny-sd2"));
    copy(models.resolve("stable-diffusion-2-base"), TestModels.directory("tiny-sd2"));
    copy(models.resolve("ldm-super-resolution"), TestModels.directory("tiny-ldm-sr"));
    for (String name : List.of("v1-5.safetensors", "v1-5-pruned-emaonly.safetensors")) {
      copy(models.resolve(name), TestModels.directory("tiny-sd1.safetensors"));
      copy(models.resolve(name + ".sizes"), TestModels.directory("tiny-sd1"));
    }
    writeFiles(Files.createDirectory(scratch.resolve("files")));
  }

  @AfterAll
  static void close() {
    hub.close();
  }

  private static void copy(Path copy, Path source) throws IOException {
    try (Stream<Path> paths = Files.walk(source)) {
      for (Path path : paths.toList()) {
        Files.copy(path, copy.resolve(source.relativize(path).toString()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void thePagesCommandsRun(Path page) throws Exception {
    Path folder = scratch.resolve(page.getFileName());
    copy(folder, scratch.resolve("files"));
    List<String> failures = new ArrayList<>();
    for (Block block : MarkdownPage.read(page).blocks()) {
      if (!NO_COMMANDS.contains(block.language())) {
        String failure =
            page.equals(GENERATED) ? misunderstood(block, folder) : failureOf(block, folder);
        if (!failure.isEmpty()) {
          failures.add(page + ":" + block.line() + ": " + failure + "\n" + block.text());
        }
      }
    }
    assertTrue(failures.isEmpty(), () -> String.join("\n", failures));
  }

  /** What a reader of the pages has at hand: downloads, mostly. */
  private static void writeFiles(Path folder) throws IOException {
    Path sd2 = TestModels.directory("tiny-sd2");
    Path xl = TestModels.directory("tiny-sdxl");
    Map<String, Object> weights = new LinkedHashMap<>();
    Golden stored = Golden.open(TestModels.directory("tiny-sd2.safetensors"));
    for (String name : stored.names()) {
      if (stored.type(name).startsWith("F")) {
        weights.put(name, Tensor.of(stored.floats(name), stored.shape(name)));
      }
    }
    PytorchWriter.write(folder.resolve("model.ckpt"), Map.of("state_dict", weights));
    copy(folder.resolve("better-vae.safetensors"), TestModels.weights(sd2, "vae"));
    copy(folder.resolve("unet.safetensors"), TestModels.weights(xl, "unet"));
    copy(folder.resolve("unet.safetensors.sizes"), xl);
    copy(folder.resolve("clip_l.safetensors"), TestModels.weights(xl, "text_encoder"));
    copy(folder.resolve("clip_g.safetensors"), TestModels.weights(xl, "text_encoder_2"));
    copy(folder.resolve("sdxl_vae.safetensors"), TestModels.weights(xl, "vae"));
    copy(
        folder.resolve("RealESRGAN_x4plus.pth"),
        TestModels.directory("tiny-esrgan").resolve("x4_middle.pth"));
    Path lora = TestModels.directory("tiny-sd1-lora").resolve("kohya.safetensors");
    copy(folder.resolve("ink.safetensors"), lora);
    copy(folder.resolve("detail.safetensors"), lora);
    copy(Files.createDirectory(folder.resolve("loras")).resolve("ink.safetensors"), lora);
    float[] vectors = new float[2 * 32];
    Arrays.fill(vectors, 0.01f);
    new RawSafetensors()
        .floats("emb_params", vectors, 2, 32)
        .write(folder.resolve("easynegative.safetensors"));
    PytorchWriter.write(
        folder.resolve("learned_embeds.bin"), Map.of("<token>", Tensor.of(vectors, 2, 32)));
  }

  /** Runs a block, or looks at it; gives what is wrong, else nothing. */
  private static String failureOf(Block block, Path folder) throws Exception {
    if (!block.language().equals("sh") && !block.language().equals("bash")) {
      return "a block of code begins with ```sh, or with one of " + NO_COMMANDS;
    }
    if (block.note().startsWith("run by: ")) {
      List<String> lines = Files.readAllLines(Path.of(block.note().substring("run by: ".length())));
      return lines.containsAll(block.text().lines().toList())
          ? ""
          : "is not what " + block.note() + " has";
    }
    if (!block.note().isEmpty() && !block.note().startsWith("needs: ")) {
      return "nothing is known of the comment " + block.note();
    }
    boolean runs = block.language().equals("sh");
    for (String need : block.note().replaceFirst("needs: ", "").split(", *", 0)) {
      if (need.startsWith("program ")) {
        runs &= isOnPath(need.substring("program ".length()));
      } else if (NEVER_RUN.contains(need)) {
        runs = false;
      } else if (!need.isEmpty()) {
        return "nothing is known of the need " + need;
      }
    }
    return runs ? run(block, folder) : misunderstood(block, folder);
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static String run(Block block, Path folder) throws Exception {
    ProcessBuilder program = new ProgramProcess(folder).command(Darkroom.class);
    install(
        folder,
        START.formatted(
            program.command().stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "))));
    ProgramProcess.Result result = bash("set -euo pipefail\n" + block.text(), folder, PATH);
    return result.status() == 0
        ? ""
        : "status " + result.status() + ": " + result.err().strip() + "\n" + result.outText();
  }

  private static final String PATH = System.getenv("PATH");

  /** What the program does not understand of a block that cannot run here. */
  private static String misunderstood(Block block, Path folder) throws Exception {
    Path calls = Files.createTempFile(scratch, "calls", "");
    install(folder, RECORD.formatted(calls));
    // Nothing else is found, so that nothing else happens.
    bash(block.text(), folder, "");
    for (String call : Files.readString(calls).split("\n\0", 0)) {
      String[] arguments = call.isEmpty() ? new String[0] : call.split("\0", 0);
      try {
        new Darkroom(Surroundings.ofProcess(), (model, options) -> null)
            .describeModelCommands()
            .parseArgs(arguments);
      } catch (RuntimeException e) {
        return String.join(" ", arguments) + ": " + e.getMessage();
      }
    }
    return "";
  }

  private static void install(Path folder, String script) throws IOException {
    for (Path place : List.of(folder.resolve("bin"), folder.resolve("scripts"))) {
      Path file = Files.createDirectories(place).resolve("darkroom");
      Files.writeString(file, script);
      assertTrue(file.toFile().setExecutable(true));
    }
  }

  private static ProgramProcess.Result bash(String script, Path folder, String path)
      throws Exception {
    ProgramProcess program = new ProgramProcess(folder);
    ProcessBuilder builder = program.command(Darkroom.class).command("/bin/bash", "-c", script);
    Map<String, String> environment = builder.environment();
    environment
        .keySet()
        .removeIf(
            name ->
                name.startsWith("HF_") || name.startsWith("XDG_") || name.startsWith("DARKROOM_"));
    environment.put("HOME", scratch.resolve("home").toString());
    environment.put("HF_HOME", folder.resolve("hub").toString());
    environment.put("HF_ENDPOINT", hub.endpoint().toString());
    environment.put("no_proxy", "*");
    environment.put("PATH", folder.resolve("bin") + ":" + path);
    return program.finish(program.start(builder));
  }

  /** Links within the project lead to a file, and to a heading of it. */
  @ParameterizedTest
  @MethodSource("pages")
  void thePagesLinksLeadSomewhere(Path page) throws IOException {
    for (String link : MarkdownPage.read(page).links()) {
      if (!link.startsWith("https://") && !link.startsWith("http://")) {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        assertTrue(Files.exists(target), () -> page + " links to " + link);
        if (parts.length > 1) {
          Set<String> anchors = assertDoesNotThrow(() -> MarkdownPage.read(target)).anchors();
          assertTrue(anchors.contains(parts[1]), () -> page + ": " + link + " not in " + anchors);
        }
      }
    }
  }

  /** The test itself sees what is wrong. */
  @Test
  void aCommandThatFailsIsFound() throws Exception {
    Path folder = Files.createDirectories(scratch.resolve("failing"));
    assertFalse(failureOf(block("", "darkroom --stepps 3 a red house"), folder).isEmpty());
    assertFalse(failureOf(block("", "no-such-program"), folder).isEmpty());
    assertFalse(failureOf(block("needs: luck", "true"), folder).isEmpty());
    assertFalse(
        failureOf(block("needs: minutes", "darkroom bench --no-such-option"), folder).isEmpty());
    assertFalse(failureOf(block("run by: .ci/run", "mvn verify-nothing"), folder).isEmpty());
    assertFalse(failureOf(new Block(1, "", "", "true\n"), folder).isEmpty());
    assertEquals("", failureOf(block("", "darkroom --version"), folder));
    assertEquals("", failureOf(block("needs: minutes", "darkroom bench --steps 5 | jq ."), folder));
  }

  private static Block block(String note, String command) {
    return new Block(1, "sh", note, command + "\n");
  }
}
