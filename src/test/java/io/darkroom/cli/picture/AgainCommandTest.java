package io.darkroom.cli.picture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.ModelException;
import io.darkroom.cli.CommandRun;
import io.darkroom.cli.FakePipeline;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.AutoencoderFacts;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.Requests;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgainCommandTest {
  private static final ImageRequest FIRST =
      Requests.of("a \"boat\"\n家", "fog", 7, 24, 40, 12, 0.1, "ddpm", 0.5);

  private CommandRun command;
  private final List<String> opened = new ArrayList<>();

  @BeforeEach
  void prepare(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
    Files.createDirectories(folder.resolve("home/models/fake"));
    command.opener =
        (model, options) -> {
          opened.add(model.model().getFileName() + " " + options.device() + " " + options.dtype());
          return command.pipeline;
        };
    int status =
        command.run(
            "-q",
            FIRST.prompt(),
            "-n",
            "fog",
            "-s7",
            "-W24",
            "-H40",
            "--steps=12",
            "-g0.1",
            "--sampler=DDPMScheduler",
            "--eta=0.5",
            "-o",
            "a.png");
    assertEquals(0, status, command::err);
    forget();
  }

  @Test
  void theSamePictureIsPaintedIntoAFileOfItsOwn() throws IOException {
    assertEquals(0, command.run("again", "a.png"), command::err);
    assertEquals(List.of(List.of(FIRST)), command.pipeline.batches);
    assertEquals(List.of("a-boat-家-7.png", "a.png"), command.files());
    assertArrayEquals(bytes("a.png"), bytes("a-boat-家-7.png"));
    assertEquals(command.work().resolve("a-boat-家-7.png") + "\n", command.out());
    assertEquals("darkroom: fake on cpu in fp32, seed 7\n", command.err());
    assertEquals(List.of("fake auto fp32"), opened);
  }

  @Test
  void anotherAutoencoderIsNoticed() throws IOException {
    String hash = "0123456789abcdef".repeat(4);
    command.pipeline = withAutoencoder("bright", hash);
    assertEquals(0, command.run("again", "-q", "a.png", "-o", "b.png"), command::err);
    Map<String, String> text = command.read("b.png").text();
    String parameters = text.get("parameters");
    assertTrue(parameters.contains("VAE hash: 0123456789, VAE: bright"), parameters);
    String recipe = text.get("darkroom");
    assertTrue(recipe.contains("\"vae\":\"bright\",\"vae_hash\":\"" + hash + "\""), recipe);
    forget();
    assertEquals(0, command.run("again", "a.png", "-o", "c.png"), command::err);
    assertTrue(command.err().contains("but now it is the autoencoder bright (hash 0123456789)"));
    forget();
    assertEquals(0, command.run("again", "b.png", "-o", "c.png"), command::err);
    assertFalse(command.err().contains("autoencoder"), command::err);
    forget();
    command.pipeline = withAutoencoder("bright", "f" + hash.substring(1));
    assertEquals(0, command.run("again", "b.png", "-o", "c.png"), command::err);
    assertTrue(
        command.err().contains("(hash f123456789): the picture will be a different one"),
        command::err);
    forget();
    command.pipeline = new FakePipeline();
    assertEquals(3, command.run("again", "b.png", "-o", "c.png"), command::err);
    assertTrue(command.err().contains("give its file with --vae"), command::err);
    // What other tools write tells the first digits.
    forget();
    command.pipeline = withAutoencoder("bright", hash);
    Png own = new Png(command.read("b.png").image(), Map.of("parameters", parameters));
    try (OutputStream out = Files.newOutputStream(command.work().resolve("b.png"))) {
      new PngWriter(out).write(own);
    }
    assertEquals(0, command.run("again", "b.png", "-o", "c.png"), command::err);
    assertFalse(command.err().contains("autoencoder"), command::err);
  }

  private static FakePipeline withAutoencoder(String name, String hash) {
    return new FakePipeline() {
      @Override
      public Optional<AutoencoderFacts> separateAutoencoder() {
        return Optional.of(new AutoencoderFacts(name, hash));
      }
    };
  }

  /** Whatever goes wrong while the model is held against the file, its memory is given back. */
  @Test
  void aModelThatCannotBeComparedIsClosed() {
    for (RuntimeException failure :
        List.of(new ModelException("gone"), new UnsupportedOperationException("odd"))) {
      FakePipeline broken =
          new FakePipeline() {
            @Override
            public Optional<AutoencoderFacts> separateAutoencoder() {
              throw failure;
            }
          };
      command.pipeline = broken;
      command.run("again", "-q", "a.png", "-o", "b.png");
      assertTrue(broken.closed, failure::toString);
      assertEquals(List.of("a.png"), command.files());
    }
  }

  /** Nor is it left open where it cannot tell what else there is to know. */
  @Test
  void aModelThatCannotTellOfItselfIsClosed() {
    FakePipeline broken =
        new FakePipeline() {
          @Override
          public List<String> warnings() {
            throw new UnsupportedOperationException("odd");
          }

          @Override
          public String device() {
            throw new UnsupportedOperationException("odd");
          }
        };
    command.pipeline = broken;
    assertEquals(1, command.run("again", "-q", "a.png", "-o", "b.png"), command::err);
    assertTrue(broken.closed);
    broken.closed = false;
    assertEquals(1, command.run("-q", "a boat", "-o", "b.png"), command::err);
    assertTrue(broken.closed);
  }

  @Test
  void standardInputAndOutputWillDo() throws IOException {
    command.in = new ByteArrayInputStream(bytes("a.png"));
    assertEquals(0, command.run("again", "-", "-o", "-"), command::err);
    assertArrayEquals(bytes("a.png"), command.out.toByteArray());
  }

  @Test
  void optionsWin() {
    int status =
        command.run(
            "again",
            "-q",
            "a.png",
            "--prompt",
            "a ship",
            "-n",
            "",
            "-s8",
            "-W32",
            "--steps",
            "5",
            "-g7",
            "--sampler",
            "ddim",
            "--eta=0",
            "--device=cpu",
            "--dtype=bf16",
            "-N2");
    assertEquals(0, status, command::err);
    assertEquals(
        List.of(
            List.of(
                Requests.withEmptyNegative(Requests.of("a ship", "", 8, 32, 40, 5, 7, "ddim", 0)),
                Requests.withEmptyNegative(Requests.of("a ship", "", 9, 32, 40, 5, 7, "ddim", 0)))),
        command.pipeline.batches);
    assertEquals(List.of("fake cpu bf16"), opened);
    assertEquals(0, command.run("again", "a.png", "--dtype", "auto", "--json"));
    assertEquals("fake auto auto", opened.get(1));
    assertTrue(command.out().contains("\"steps\":12"), command::out);
  }

  @Test
  void theFilesModelCountsMoreThanTheEnvironments() throws IOException {
    command.environment.put("DARKROOM_MODEL", "other");
    assertEquals(0, command.run("again", "a.png"), command::err);
    Files.delete(command.folder.resolve("home/models/fake"));
    forget();
    assertEquals(3, command.run("again", "a.png"));
    assertEquals(
        "darkroom: a.png was made with the model fake, which is not a bundled one; give its"
            + " folder or file with --model\n",
        command.err());
    Path elsewhere = Files.createDirectories(command.folder.resolve("models/fake"));
    command.environment.put("DARKROOM_MODEL", elsewhere.toString());
    assertEquals(0, command.run("again", "a.png"), command::err);
    assertEquals(0, command.run("again", "a.png", "-m", "other"), command::err);
    assertEquals(List.of("fake auto fp32", "other auto fp32"), opened);
  }

  @Test
  void otherWeightsAreAnErrorUnlessChosen() {
    command.pipeline =
        new FakePipeline() {
          @Override
          public String modelHash() {
            return "9999999999";
          }
        };
    assertEquals(3, command.run("again", "a.png"));
    assertEquals(
        "darkroom: a.png was made with other weights (hash 0123456789) than those of fake"
            + " (9999999999); choose a model with --model\n",
        command.err());
    assertTrue(command.pipeline.closed);
    assertEquals(List.of(), command.pipeline.batches);
    forget();
    assertEquals(0, command.run("again", "a.png", "-m", "fake"));
    assertTrue(command.err().contains("warning: a.png was made with other weights"));
  }

  @Test
  void anotherDeviceIsSaid() {
    command.pipeline =
        new FakePipeline() {
          @Override
          public String device() {
            return "cuda:1";
          }
        };
    assertEquals(0, command.run("again", "a.png"));
    assertEquals(
        """
        darkroom: a.png was made on cpu, but now it is cuda: the pictures will differ a little
        darkroom: fake on cuda:1 in fp32, seed 7
        """,
        command.err());
  }

  @Test
  void aPictureOfAnotherToolIsPaintedAsWellAsMayBe() throws IOException {
    write("b.png", "parameters", "a\nb\nSteps: 3, Sampler: DDIM, Seed: 4294967338, CFG scale: 2");
    assertEquals(0, command.run("again", "b.png", "-m", "other"), command::err);
    assertEquals(
        List.of(
            List.of(
                Requests.withEmptyNegative(Requests.of("a\nb", "", 42, 16, 8, 3, 2, "ddim", 0)))),
        command.pipeline.batches);
    assertEquals(
        "darkroom: warning: b.png was made by AUTOMATIC1111's web UI or its like: the picture"
            + " will be similar at best\n"
            + "darkroom: fake on cpu in fp32, seed 42\n",
        command.err());

    write("c.png", "parameters", "just words");
    forget();
    assertEquals(0, command.run("again", "c.png", "-m", "other"), command::err);
    assertTrue(command.err().contains("does not contain its seed"), command::err);
  }

  /** What Darkroom cannot do is said one by one, what it can is done. */
  @Test
  void whatOtherToolsDidIsTakenOrToldAsLeftOut() throws IOException {
    write(
        "b.png",
        "parameters",
        "a fox\nSteps: 3, Sampler: DPM2 a Karras, Schedule type: Beta, Seed: 1, CFG scale: 2,"
            + " Variation seed: 7, Variation seed strength: 0.1, Hires upscale: 2, VAE: soft.pt,"
            + " ADetailer model: face.pt, Clip skip: 2");
    assertEquals(0, command.run("again", "b.png", "-m", "other"), command::err);
    assertEquals(
        """
        darkroom: warning: b.png was made by AUTOMATIC1111's web UI or its like: the picture \
        will be similar at best
        darkroom: warning: b.png: left out: the variation seed (Variation seed: 7, Variation seed \
        strength: 0.1)
        darkroom: warning: b.png: left out: ADetailer (ADetailer model: face.pt)
        darkroom: warning: b.png: Darkroom has no sampler 'DPM2 a Karras'; it uses the nearest one, \
        euler-a
        darkroom: warning: b.png: left out: the autoencoder soft.pt; give its file with --vae
        darkroom: fake on cpu in fp32, seed 1
        """,
        command.err());
    ImageRequest painted = command.pipeline.batches.get(0).get(0);
    assertEquals("euler-a", painted.settings().sampler().optionName());
    assertEquals("karras", painted.settings().schedule().optionName());
    assertEquals(2, painted.settings().clipSkip());
  }

  @Test
  void theLorasOfAGraphJoinThePrompt() throws IOException {
    String graph =
        """
        {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a"}},
         "2": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "ink.safetensors",
           "strength_model": 0.5, "model": ["1", 0]}},
         "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "embedding:glow.pt a fox"}},
         "4": {"class_type": "KSampler", "inputs": {"seed": 1, "model": ["2", 0],
           "positive": ["3", 0]}}}""";
    write("b.png", "prompt", graph);
    assertEquals(2, command.run("again", "b.png", "-m", "other"));
    assertTrue(command.err().contains("names the LoRA ink"), command::err);
    assertTrue(command.err().contains("--lora-dir DIR"), command::err);
    List<List<LoraChoice>> loras = new ArrayList<>();
    command.opener =
        (model, options) -> {
          loras.add(options.loras());
          return command.pipeline;
        };
    Path file = Files.createFile(command.work().resolve("ink.safetensors"));
    String folder = command.work().toString();
    command.err.reset();
    assertEquals(
        0, command.run("again", "b.png", "-m", "other", "--lora-dir", folder), command::err);
    assertEquals(List.of(List.of(new LoraChoice(file, 0.5))), loras);
    assertTrue(
        command.err().contains("left out: the embedding glow; give its file with --embedding"),
        command::err);
    assertEquals(0, command.run("again", "b.png", "-m", "other", "--prompt", "x"), command::err);
    assertEquals(List.of(), loras.get(1));
  }

  /** Not the picture's own, which is 7. */
  @Test
  void minusOneIsARandomSeed() {
    assertEquals(0, command.run("again", "a.png", "-s", "-1"), command::err);
    assertEquals(0, command.run("again", "a.png", "-s", "-1"), command::err);
    List<Long> seeds = command.pipeline.batches.stream().map(batch -> batch.get(0).seed()).toList();
    assertNotEquals(seeds.get(0), seeds.get(1));
  }

  /** Pictures from before there was a choice do not tell it. */
  @Test
  void textsAreReadAsTheyWere() throws IOException {
    String recorded = "{\"prompt\":\"(x)\",\"model\":\"fake\",\"seed\":1";
    write("b.png", "darkroom", recorded + "}");
    write("c.png", "darkroom", recorded + ",\"prompt_syntax\":\"weighted\"}");
    write("d.png", "darkroom", recorded + ",\"prompt_syntax\":\"plain\"}");
    write("e.png", "parameters", "(x)\nSteps: 3, Sampler: DDIM, Seed: 1, CFG scale: 2");
    write("f.png", "parameters", "(x)\nSteps: 3, Sampler: DDIM, Seed: 1, Emphasis: None");
    for (String file : List.of("b", "c", "d", "e", "f")) {
      assertEquals(0, command.run("again", file + ".png", "-m", "fake"), command::err);
    }
    assertEquals(0, command.run("again", "b.png", "--prompt-syntax=weighted"), command::err);
    assertEquals(
        List.of("plain", "weighted", "plain", "weighted", "plain", "weighted"),
        command.pipeline.batches.stream()
            .map(batch -> batch.get(0).promptSyntax().optionName())
            .toList());
    write("g.png", "darkroom", recorded + ",\"prompt_syntax\":\"fancy\"}");
    assertEquals(2, command.run("again", "g.png"));
    assertTrue(command.err().endsWith("choose one with --prompt-syntax\n"), command::err);
  }

  @Test
  void theEmbeddingsOfAPictureMustBeThere() throws IOException {
    write(
        "b.png",
        "darkroom",
        "{\"prompt\":\"x\",\"model\":\"fake\",\"seed\":1,"
            + "\"embeddings\":\"a, b: c: 0123456789ab, style: aaaaaaaaaaaa\"}");
    assertEquals(3, command.run("again", "b.png"));
    assertEquals(
        "darkroom: b.png was made with the embedding a, b: c (hash 0123456789ab); give its"
            + " file with --embedding\n",
        command.err());
    assertTrue(command.pipeline.closed);
    command.pipeline = withEmbeddings(Map.of("a, b: c", "0123456789ab", "style", "bbbbbbbbbbbb"));
    assertEquals(3, command.run("again", "b.png"));
    assertTrue(
        command
            .err()
            .endsWith(
                "the embedding style (hash aaaaaaaaaaaa), not with the one of hash bbbbbbbbbbbb;"
                    + " give its file with --embedding\n"),
        command::err);
    command.pipeline = withEmbeddings(Map.of("a, b: c", "0123456789ab", "style", "aaaaaaaaaaaa"));
    assertEquals(0, command.run("again", "b.png"), command::err);
  }

  @Test
  void theEmbeddingsOfAWebUisPictureAreMissed() throws IOException {
    write(
        "b.png",
        "parameters",
        "x\nSteps: 3, Sampler: DDIM, Seed: 1, TI hashes: \"a bc: 0123456789ab, style:"
            + " aaaaaaaaaaaa\"");
    command.pipeline = withEmbeddings(Map.of("a, b:c", "0123456789ab", "style", "bbbbbbbbbbbb"));
    assertEquals(0, command.run("again", "b.png", "-m", "fake"), command::err);
    assertTrue(
        command
            .err()
            .contains(
                "b.png was made with the embedding style (hash aaaaaaaaaaaa), not with the one"
                    + " of hash bbbbbbbbbbbb; give its file with --embedding\n"),
        command::err);
    assertFalse(command.err().contains("embedding a bc"), command::err);
  }

  private static FakePipeline withEmbeddings(Map<String, String> embeddings) {
    return new FakePipeline() {
      @Override
      public Map<String, String> embeddings() {
        return embeddings;
      }
    };
  }

  @Test
  void scheduleRescaleAndClipSkipComeBack() throws IOException {
    String[] line = {
      "x",
      "-s1",
      "-o",
      "k.png",
      "--sampler=DPM++ 2M Karras",
      "--guidance-rescale=0.7",
      "--clip-skip=2"
    };
    assertEquals(0, command.run(line), command::err);
    forget();
    assertEquals(0, command.run("again", "k.png"), command::err);
    ImageRequest first =
        special(Requests.of("x", "", 1, 16, 8, 4, 7.5, "dpm++2m", 0), "karras", 0.7, 2);
    assertEquals(List.of(List.of(first)), command.pipeline.batches);
    forget();
    assertEquals(
        0,
        command.run("again", "k.png", "--sampler=ddim", "--guidance-rescale=0", "--clip-skip=1"),
        command::err);
    assertEquals(
        List.of(List.of(special(Requests.of("x", "", 1, 16, 8, 4, 7.5, "ddim", 0), "model", 0, 1))),
        command.pipeline.batches);
    assertTrue(command.err().contains("the sampler has no schedule 'karras'"), command::err);
    forget();
    assertEquals(0, command.run("again", "k.png", "--sampler=euler"), command::err);
    assertEquals(
        "karras", command.pipeline.batches.get(0).get(0).settings().schedule().optionName());
  }

  @Test
  void whatSavesWorkComesBackFromEitherText() throws IOException {
    assertEquals(
        0, command.run("x", "-s1", "-o", "k.png", "--guidance-interval=0.3:5.5", "--deep-cache=2"));
    String forOthers = command.read("k.png").text().get("parameters");
    ImageRequest plain = Requests.of("x", "", 1, 16, 8, 4, 7.5, "ddim", 0);
    ImageRequest saving = plain.withSettings(Requests.settings(plain.settings(), "0.3:5.5", 2));
    forget();
    assertEquals(0, command.run("again", "k.png"), command::err);
    assertEquals(List.of(List.of(saving)), command.pipeline.batches);
    write("w.png", "parameters", forOthers);
    forget();
    assertEquals(0, command.run("again", "w.png"), command::err);
    assertEquals(saving.settings(), command.pipeline.batches.get(0).get(0).settings());
    forget();
    assertEquals(0, command.run("again", "k.png", "--guidance-interval=:", "--deep-cache=1"));
    assertEquals(List.of(List.of(plain)), command.pipeline.batches);
    write("bad.png", "parameters", "x\nSteps: 3, Guidance interval: often, Seed: 4");
    forget();
    assertEquals(2, command.run("again", "bad.png"));
    assertTrue(
        command
            .err()
            .endsWith(
                "bad.png: guidance interval 'often' is not LOW:HIGH, such as 0.3:5.5, 0.3: or :5.5;"
                    + " choose one with --guidance-interval\n"),
        command::err);
  }

  private static ImageRequest special(
      ImageRequest request, String schedule, double guidanceRescale, int clipSkip) {
    return request.withSettings(
        Requests.settings(request.settings(), schedule, guidanceRescale, clipSkip));
  }

  @ParameterizedTest
  @CsvSource({
    "DPM++ 2M, Automatic, dpm++2m, karras",
    "DPM++ 2M SDE, Automatic, dpm++2m-sde, exponential",
    "Euler a, Automatic, euler-a, model",
    "DPM++ 2M, Exponential, dpm++2m, exponential",
    "DPM++ SDE Karras, , dpm++sde, karras",
    "UniPC, Beta, unipc, model",
    "LCM, SGM Uniform, lcm, model"
  })
  void theWebUisSamplersAreKnown(String name, String type, String sampler, String schedule)
      throws IOException {
    String kind = type == null ? "" : ", Schedule type: " + type;
    write("w.png", "parameters", "a\nSteps: 3, Sampler: " + name + kind + ", Seed: 4");
    assertEquals(0, command.run("again", "w.png", "-m", "other"), command::err);
    ImageRequest request = command.pipeline.batches.get(0).get(0);
    assertEquals(sampler, request.settings().sampler().optionName());
    assertEquals(schedule, request.settings().schedule().optionName());
  }

  @Test
  void whatALaterVersionWroteIsSaid() throws IOException {
    write("b.png", "darkroom", "{\"prompt\":\"x\",\"model\":\"fake\",\"mood\":2}");
    assertEquals(0, command.run("again", "b.png", "-s1"));
    assertTrue(command.err().contains("does not know: mood\n"), command::err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "3|{\"prompt\":\"x\"}|does not name its model; choose one with --model",
        "3|{\"prompt\":\"x\",\"model\":\"\"}|--model",
        "3|{\"prompt\":\"x\",\"model\":\"../fake\"}|--model",
        "3|{\"prompt\":\"x\",\"model\":\"a\\u0000b\"}|--model",
        "2|{\"model\":\"fake\"}|does not contain its prompt; give one with --prompt",
        "2|{\"prompt\":\"x\",\"model\":\"fake\",\"sampler\":\"dpm2\"}|b.png: there is no sampler"
            + " 'dpm2'; use one of ddim, ddpm, euler, euler-a, heun, pndm, lms, dpm++2m,"
            + " dpm++2m-sde, dpm++sde, unipc, lcm; choose one with --sampler",
        "2|{\"prompt\":\"x\",\"model\":\"fake\",\"eta\":7}|b.png: eta must be 0 to 1",
        "2|{\"prompt\":\"x\",\"model\":\"fake\",\"width\":9}|width 9 is no multiple of 8",
      })
  void whatAFileLacksIsOneLine(int status, String recipe, String part) throws IOException {
    write("b.png", "darkroom", recipe);
    assertEquals(status, command.run("again", "-q", "b.png", "-s1"), command::err);
    assertEquals(1, command.err().lines().count(), command::err);
    assertTrue(command.err().contains(part), command::err);
    assertEquals(List.of(), command.pipeline.batches);
    assertEquals("", command.out());
    String[] chosen = {"--sampler=ddim", "--eta=0", "-W16", "-mother", "--prompt=y"};
    List<String> line = new ArrayList<>(List.of("again", "b.png", "-q", "-s1"));
    line.addAll(List.of(chosen));
    assertEquals(0, command.run(line.toArray(String[]::new)), command::err);
  }

  @Test
  void aFileThatTellsNothingIsStatus1() {
    assertEquals(1, command.run("again", "no.png"));
    assertEquals("darkroom: no.png: no such file or folder\n", command.err());
    assertEquals(1, command.run("again", "."));
    assertEquals(List.of(), opened);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "again|FILE",
        "again a.png b.png|b.png",
        "again a.png --steps 0|steps must be 1 to 10000",
        "again a.png --dtype int8|--dtype",
        "again a.png -N 2 -o x.png|{seed}",
        "again a.png --frobnicate|--frobnicate",
        "-s 5 again a.png|--seed goes after the command's name: darkroom again --seed",
      })
  void wrongUsageIsOneLineAndStatus2(String line, String part) {
    assertEquals(2, command.run(line.split(" ")));
    assertEquals(1, command.err().lines().count(), command::err);
    assertTrue(command.err().contains(part), command::err);
    assertEquals(List.of(), opened);
  }

  @Test
  void aPromptMayBeginWithTheCommandsNameBehindADash() {
    assertEquals(0, command.run("--", "again", "and", "again"), command::err);
    assertEquals("again and again", command.pipeline.batches.get(0).get(0).prompt());
    assertEquals(0, command.run("once", "again", "inspect"), command::err);
    assertEquals("once again inspect", command.pipeline.batches.get(1).get(0).prompt());
    assertFalse(command.err().contains("after"), command::err);
  }

  private void forget() {
    command.out.reset();
    command.err.reset();
    command.pipeline.batches.clear();
    opened.clear();
  }

  private byte[] bytes(String file) throws IOException {
    return Files.readAllBytes(command.work().resolve(file));
  }

  private void write(String file, String keyword, String text) throws IOException {
    try (OutputStream out = Files.newOutputStream(command.work().resolve(file))) {
      new PngWriter(out).write(new Png(new RgbImage(16, 8, new byte[384]), Map.of(keyword, text)));
    }
  }
}
