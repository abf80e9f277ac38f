package io.darkroom.cli.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.ModelException;
import io.darkroom.cli.CommandRun;
import io.darkroom.cli.FakePipeline;
import io.darkroom.lora.LoraChoice;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.ImageRequest;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches whose lines name LoRAs. */
@Tag("slow")
class BatchLoraTest {
  private static final Path MODELS = Path.of("src/test/resources/models").toAbsolutePath();
  private static final List<String> PROMPTS =
      List.of(
          "a house",
          "a house <lora:kohya:0.8>",
          "a boat",
          "a house <lora:peft:0.5><lora:kohya:0.3>",
          "a tree <lora:kohya:0.8>",
          "a <lora:kohya> tree");

  @TempDir private Path folder;
  private final List<String> merges = new ArrayList<>();
  private CommandRun run;
  private Path loras;

  @BeforeEach
  void prepare() throws IOException {
    loras = Files.createDirectories(folder.resolve("loras/sub")).getParent();
    for (String name : List.of("kohya", "peft")) {
      Path file = MODELS.resolve("tiny-sd1-lora/" + name + ".safetensors");
      Files.copy(file, loras.resolve(file.getFileName().toString()));
    }
    again();
  }

  private void again() throws IOException {
    run = new CommandRun(folder);
    run.opener = (model, options) -> watched(DiffusionPipeline.open(model, options));
    merges.clear();
    Files.writeString(run.work().resolve("prompts.txt"), String.join("\n", PROMPTS) + "\n");
  }

  /** The real thing, whose merges are written down. */
  private TextToImage watched(DiffusionPipeline pipeline) {
    return (TextToImage)
        Proxy.newProxyInstance(
            TextToImage.class.getClassLoader(),
            new Class<?>[] {TextToImage.class},
            (proxy, method, arguments) -> {
              try {
                if (method.getName().equals("merge") && !arguments[0].equals(pipeline.loras())) {
                  merges.add(tags((List<?>) arguments[0]));
                }
                return method.invoke(pipeline, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static String tags(List<?> loras) {
    return String.join("", loras.stream().map(lora -> ((LoraChoice) lora).tag()).toList());
  }

  private int batch(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("batch", "--lora-dir", loras.toString(), "-s", "5"));
    arguments.addAll(List.of("--batch-size", "1")); // together they may differ in the last bit
    arguments.addAll(picture());
    arguments.addAll(List.of(more));
    return run.run(arguments.toArray(String[]::new));
  }

  private static List<String> picture() {
    return List.of(
        "-m",
        MODELS.resolve("tiny-sd1").toString(),
        "--steps",
        "2",
        "-W64",
        "-H64",
        "--dtype",
        "fp32",
        "--device",
        "cpu");
  }

  private Map<String, byte[]> pictures(String output) throws IOException {
    Map<String, byte[]> pictures = new TreeMap<>();
    try (Stream<Path> files = Files.list(run.work().resolve(output))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".png")).toList()) {
        pictures.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return pictures;
  }

  @Test
  void eachPictureIsThatOfASingleRunWithTheSameTags() throws IOException {
    assertEquals(0, batch("prompts.txt"), run.err());
    assertTrue(run.err().contains("4 sets of LoRAs"), run.err());
    // The first line's come first, then each other set once.
    assertEquals(
        List.of("<lora:kohya:0.8>", "<lora:peft:0.5><lora:kohya:0.3>", "<lora:kohya:1>"), merges);
    Map<String, byte[]> batch = pictures("prompts");
    assertEquals(PROMPTS.size(), batch.size());
    List<String> names = List.copyOf(batch.keySet());
    for (int i = 0; i < PROMPTS.size(); i++) {
      assertTrue(names.get(i).startsWith("000" + (i + 1) + "-a-"), names.get(i));
      List<String> arguments =
          new ArrayList<>(List.of("--lora-dir", loras.toString(), "-s", "" + (5 + i)));
      arguments.addAll(picture());
      arguments.addAll(List.of("-o", "single" + i + ".png", PROMPTS.get(i)));
      assertEquals(0, run.run(arguments.toArray(String[]::new)), run.err());
      assertArrayEquals(
          Files.readAllBytes(run.work().resolve("single" + i + ".png")),
          batch.get(names.get(i)),
          PROMPTS.get(i));
    }
  }

  @Test
  void aSecondRunMakesWhatChangedAndNothingElse() throws IOException {
    assertEquals(0, batch("prompts.txt", "--shard", "1/2"), run.err());
    assertEquals(3, run.out().lines().count(), run.out());
    again();
    assertEquals(0, batch("prompts.txt", "--shard", "2/2"), run.err());
    assertEquals(3, run.out().lines().count(), run.out());
    Map<String, byte[]> before = pictures("prompts");
    again();
    assertEquals(0, batch("prompts.txt"), run.err());
    assertEquals("", run.out());
    assertEquals(List.of(), merges);
    again();
    // Another file under the name: the lines that name it are others now.
    Files.copy(
        MODELS.resolve("tiny-sd1-lora/diffusers.safetensors"),
        Files.createDirectories(loras.resolve("sub")).resolve("x.safetensors"));
    Files.delete(loras.resolve("peft.safetensors"));
    Files.move(loras.resolve("sub/x.safetensors"), loras.resolve("peft.safetensors"));
    assertEquals(0, batch("prompts.txt", "--dry-run"), run.err());
    assertEquals(List.of("<lora:peft:0.5><lora:kohya:0.3>"), merges);
    again();
    assertEquals(0, batch("prompts.txt"), run.err());
    assertEquals(1, run.out().lines().count(), run.out());
    Map<String, byte[]> after = pictures("prompts");
    assertEquals(before.size() + 1, after.size());
    before.forEach((name, bytes) -> assertArrayEquals(bytes, after.get(name), name));
  }

  @Test
  void aStreamIsMadeInItsOrder() throws IOException {
    run.standardInput(String.join("\n", PROMPTS) + "\na <lora:none:1> cat\na cat <lora:x:y>\n");
    assertEquals(4, batch("-", "-o", "out"), run.err());
    List<String> made = run.out().lines().map(line -> line.replaceFirst(".*/", "")).toList();
    assertEquals(made.stream().sorted().toList(), made);
    assertEquals(PROMPTS.size(), made.size());
    assertTrue(run.err().contains("-:7: there is no none.safetensors"), run.err());
    assertTrue(run.err().contains("-:8: <lora:x:y>"), run.err());
    assertEquals(PROMPTS.size() - 1, merges.size(), merges.toString());
    Map<String, byte[]> stream = pictures("out");
    again();
    assertEquals(0, batch("prompts.txt"), run.err());
    pictures("prompts").forEach((name, bytes) -> assertArrayEquals(bytes, stream.get(name), name));
  }

  @Test
  void aLineThatNamesWhatIsNotThereIsNotBegun() throws IOException {
    Files.copy(
        MODELS.resolve("tiny-sd1/unet/diffusion_pytorch_model.safetensors"),
        loras.resolve("no-lora.safetensors"));
    Files.writeString(
        run.work().resolve("bad.txt"),
        "a <lora:no-lora:1>\nb <lora:none:1>\nc <lora:kohya:x>\nd\n");
    assertEquals(2, batch("bad.txt"), run.err());
    assertTrue(run.err().contains("bad.txt:2: there is no none.safetensors"), run.err());
    assertTrue(run.err().contains("bad.txt:3: <lora:kohya:x>"), run.err());
    assertTrue(run.err().contains("bad.txt:1: "), run.err());
    assertTrue(run.err().contains("is not a LoRA"), run.err());
    assertFalse(Files.exists(run.work().resolve("bad")));
    again();
    assertEquals(0, batch("bad.txt", "--skip-invalid"), run.err());
    assertEquals(1, run.out().lines().count(), run.out());
    again();
    List<String> arguments = new ArrayList<>(List.of("batch", "prompts.txt"));
    arguments.addAll(picture());
    assertEquals(2, run.run(arguments.toArray(String[]::new)), run.err());
    assertTrue(run.err().contains("with --lora FILE:0.8 or --lora-dir DIR"), run.err());
  }

  // ---------------------------------------------------------------- what may fail

  /** Paints with what is merged, and nothing else. */
  private static class Merging extends FakePipeline {
    private List<LoraChoice> merged = List.of();

    @Override
    public List<LoraChoice> loras() {
      return merged;
    }

    @Override
    public void merge(List<LoraChoice> loras) {
      merged = List.of();
      if (!loras.isEmpty()) {
        refuse(loras.get(0));
      }
      merged = loras;
    }

    void refuse(LoraChoice unused) {}

    @Override
    public List<RenderedImage> generate(List<ImageRequest> requests, PipelineListener listener) {
      for (ImageRequest request : requests) {
        if (request.prompt().contains("<lora:") == merged.isEmpty()) {
          throw new IllegalStateException(request.prompt() + " with " + merged);
        }
      }
      return super.generate(requests, listener);
    }
  }

  @Test
  void aFileThatIsGoneCostsItsPicturesAlone() throws IOException {
    run.opener =
        (model, options) ->
            new Merging() {
              @Override
              void refuse(LoraChoice lora) {
                if (lora.name().equals("peft")) {
                  throw new ModelException("peft.safetensors: is gone");
                }
              }
            };
    assertEquals(4, run.run("batch", "prompts.txt", "--lora-dir", loras.toString()), run.err());
    assertEquals(PROMPTS.size() - 1, run.out().lines().count(), run.out());
    assertTrue(run.err().contains("line 4, picture 4: peft.safetensors: is gone"), run.err());
    assertTrue(run.err().contains("1 picture failed"), run.err());
  }

  @Test
  void aDeviceThatCannotMergeLeavesItsPicturesToTheOthers() throws IOException {
    Files.writeString(run.work().resolve("prompts.txt"), "a <lora:kohya:1>\n".repeat(12));
    CountDownLatch failures = new CountDownLatch(3);
    AtomicInteger opened = new AtomicInteger();
    run.opener =
        (model, options) -> opened.getAndIncrement() == 0 ? broken(failures) : patient(failures);
    int status =
        run.run(
            "batch",
            "prompts.txt",
            "--lora-dir",
            loras.toString(),
            "--workers",
            "2",
            "--batch-size",
            "1");
    assertEquals(0, status, run.err());
    assertEquals(12, run.out().lines().count(), run.out());
    again();
    run.opener = (model, options) -> broken(failures);
    assertEquals(
        1, run.run("batch", "prompts.txt", "--lora-dir", loras.toString(), "-o", "b"), run.err());
    assertTrue(run.err().contains("no device works any more"), run.err());
  }

  private static Merging broken(CountDownLatch failures) {
    return new Merging() {
      @Override
      void refuse(LoraChoice lora) {
        failures.countDown();
        throw new IllegalStateException("no such kernel");
      }
    };
  }

  /** Leaves the first pictures to the other. */
  private static Merging patient(CountDownLatch failures) {
    return new Merging() {
      @Override
      void refuse(LoraChoice lora) {
        try {
          failures.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }
}
