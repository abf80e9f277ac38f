package io.darkroom.cli.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.cli.CommandRun;
import io.darkroom.hub.FakeHub;
import io.darkroom.testing.Golden;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.TestModels;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ModelsCommandTest {
  private static final String SNAPSHOT =
      "models--org--tiny/snapshots/0123456789abcdef0123456789abcdef01234567";

  private CommandRun command;
  private FakeHub hub;
  private Path cache;
  private final List<Path> opened = new ArrayList<>();

  @BeforeEach
  void prepare(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
    hub = new FakeHub("org/tiny").with(TestModels.directory("tiny-sd1"));
    cache = folder.resolve("cache");
    command.environment.put("HF_HUB_CACHE", cache.toString());
    command.environment.put("HF_HOME", folder.toString());
    command.environment.put("HF_ENDPOINT", hub.endpoint().toString());
    command.opener =
        (model, options) -> {
          opened.add(model.model());
          return command.pipeline;
        };
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private String run(int status, String... arguments) {
    command.out.reset();
    command.err.reset();
    assertEquals(status, command.run(arguments), command::err);
    return command.out();
  }

  @Test
  void aCommandThatIsNotThereIsSaidWithThoseThatAre() {
    assertEquals(2, command.run("models", "rm", "a/b"));
    assertEquals(
        "darkroom: there is no command 'rm'; the commands are pull, list, show, verify, remove, help"
            + " (darkroom models --help shows the usage)\n",
        command.err());
  }

  @Test
  void aPulledModelIsListedShownVerifiedAndRemoved() throws IOException {
    assertEquals(cache.resolve(SNAPSHOT) + "\n", run(0, "models", "pull", "org/tiny"));
    List<String> lines = command.err().lines().toList();
    assertTrue(
        lines
            .get(0)
            .matches("darkroom: downloading org/tiny \\(commit 01234567\\), .*: \\d+ files, .*"),
        lines::toString);
    assertTrue(
        lines.contains("darkroom: downloaded unet/diffusion_pytorch_model.safetensors, 2.2 MB")
            || lines.stream().anyMatch(line -> line.contains("downloaded unet/diffusion")),
        lines::toString);
    assertFalse(command.err().contains("\r"), "no progress line where there is no terminal");

    String list = run(0, "models", "list");
    assertTrue(list.matches("org/tiny  main  \\d\\.\\d MB  Stable Diffusion 1 or 2\n"), list);
    JsonObject listed =
        JsonParser.parseString(run(0, "models", "list", "--json")).getAsJsonObject();
    assertEquals("org/tiny", listed.get("id").getAsString());
    assertTrue(listed.get("complete").getAsBoolean());
    assertTrue(listed.get("supported").getAsBoolean());

    JsonObject pulled =
        JsonParser.parseString(run(0, "models", "pull", "--json", "org/tiny")).getAsJsonObject();
    assertEquals(0, pulled.get("downloaded_bytes").getAsLong());
    assertEquals(listed.get("bytes"), pulled.get("bytes"));
    assertEquals(1, command.err().lines().count(), command::err);

    assertEquals("", run(0, "models", "verify", "org/tiny"));
    assertTrue(command.err().contains("org/tiny is whole"), command::err);

    JsonObject removed =
        JsonParser.parseString(run(0, "models", "remove", "--json", "org/tiny")).getAsJsonObject();
    assertTrue(removed.get("freed_bytes").getAsLong() >= listed.get("bytes").getAsLong());
    assertTrue(command.err().contains("removed org/tiny"), command::err);
    try (Stream<Path> left = Files.walk(cache)) {
      assertEquals(List.of(), left.filter(Files::isRegularFile).toList());
    }
    assertEquals("", run(0, "models", "list"));
    assertTrue(command.err().contains("there is no diffusion model"), command::err);
    assertEquals(0, command.opened);
  }

  @Test
  void onATerminalThereIsOneProgressLine() {
    command.columns = OptionalInt.of(80);
    run(0, "models", "pull", "org/tiny");
    assertTrue(command.err().contains("\r\u001b[Kdownloading ["), command::err);
    assertFalse(command.err().contains("downloaded "), command::err);
    assertTrue(command.err().endsWith("\r\u001b[K"), "the line is taken away");
    run(0, "models", "remove", "-q", "org/tiny");
    assertEquals("", command.err());
    run(0, "models", "pull", "-q", "org/tiny");
    assertEquals("", command.err());
  }

  @Test
  void aBundledModelAndAFolderAreShown() throws IOException {
    Path model = TestModels.directory("tiny-sd1").toAbsolutePath();
    String text = run(0, "models", "show", model.toString());
    assertTrue(text.contains("family "), text);
    assertTrue(text.contains("Stable Diffusion 1 or 2"), text);
    assertTrue(text.matches("(?s).*unet +[\\d,]+ parameters, fp16, \\d.*"), text);

    Files.createDirectories(command.folder.resolve("home/models/tiny"));
    Files.delete(command.folder.resolve("home/models/other"));
    TestModels.copy("tiny-sd1", command.folder.resolve("home/models/tiny"));
    Files.writeString(
        command.folder.resolve("home/models/tiny/README.md"),
        "---\ntags:\n- x\nlicense: \"openrail++\"\n---\n# Tiny\n");
    Files.writeString(
        command.folder.resolve("home/models/tiny/darkroom.json"),
        "{\"sampler\": \"ddpm\", \"width\": 96}");
    JsonObject shown =
        JsonParser.parseString(run(0, "models", "show", "--json", "tiny")).getAsJsonObject();
    assertEquals("openrail++", shown.get("licence").getAsString());
    assertEquals("ddpm", shown.get("sampler").getAsString());
    assertEquals(96, shown.get("width").getAsInt());
    assertEquals(3, shown.getAsJsonArray("components").size());
    JsonObject unet = shown.getAsJsonArray("components").get(0).getAsJsonObject();
    assertEquals("unet", unet.get("name").getAsString());
    assertEquals("fp16", unet.get("dtype").getAsString());
    assertEquals(unetParameters(), unet.get("parameters").getAsLong());
  }

  @Test
  void aCheckpointFileIsShown() throws IOException {
    Path file = TestModels.directory("tiny-sd2.safetensors").toAbsolutePath();
    String text = run(0, "models", "show", file.toString());
    for (String row :
        List.of(
            "family +Stable Diffusion 2\\.x",
            "path +\\Q" + file + "\\E",
            "size +3\\.\\d MB",
            "pictures +768x768",
            "sampler +ddim",
            "steps +50",
            "guidance +7\\.5",
            "predicts +the velocity \\(v_prediction\\): the file does not say; .*",
            "unet +[\\d,]+ parameters, fp16, \\d.*",
            "vae +[\\d,]+ parameters, fp16, \\d.*",
            "text encoder +[\\d,]+ parameters, fp16, \\d.*",
            "tokenizer +not in the file, not beside it and not in the cache; it is downloaded"
                + " when needed")) {
      assertTrue(text.lines().anyMatch(line -> line.strip().matches(row)), row + "\n" + text);
    }
    assertFalse(text.contains("licence"), text);
    assertEquals(0, hub.count(""), "nothing is asked of the hub");
    assertEquals(0, command.opened);

    // The same numbers as its directory, for what both have.
    for (String model : List.of("tiny-sd1", "tiny-sdxl")) {
      JsonObject single = show(TestModels.directory(model + ".safetensors"));
      JsonObject folder = show(TestModels.directory(model));
      assertEquals(
          folder.getAsJsonArray("components").size(), single.getAsJsonArray("components").size());
      for (int i = 0; i < single.getAsJsonArray("components").size(); i++) {
        JsonObject one = single.getAsJsonArray("components").get(i).getAsJsonObject();
        JsonObject other = folder.getAsJsonArray("components").get(i).getAsJsonObject();
        for (String key : List.of("name", "parameters", "dtype")) {
          assertEquals(other.get(key), one.get(key), model + " " + other.get("name") + " " + key);
        }
      }
      assertTrue(single.get("supported").getAsBoolean());
      assertTrue(single.get("complete").getAsBoolean());
      assertFalse(single.get("tokenizer_there").getAsBoolean());
      assertFalse(folder.has("tokenizer_there"));
    }
  }

  @Test
  void whatAModelWillBePaintedWithIsShown() throws IOException {
    Path turbo = command.folder.resolve("sd_turbo.safetensors");
    Files.copy(TestModels.directory("tiny-sd1.safetensors"), turbo);
    JsonObject shown = show(turbo);
    assertEquals("euler", shown.get("sampler").getAsString());
    assertEquals(4, shown.get("steps").getAsInt());
    assertEquals(1, shown.get("guidance_scale").getAsInt());
    assertEquals(512, shown.get("width").getAsInt());

    Path folder = command.folder.resolve("model");
    Files.createDirectories(folder);
    TestModels.copy("tiny-sdxl", folder);
    Path scheduler = folder.resolve("scheduler/scheduler_config.json");
    Files.writeString(
        scheduler, "{\"_class_name\": \"EDMEulerScheduler\", \"prediction_type\": \"epsilon\"}");
    String text = run(0, "models", "show", folder.toString());
    assertTrue(text.contains("sampler         euler\n"), text);
    assertTrue(text.contains("predicts        EDM's (epsilon)\n"), text);

    Files.writeString(scheduler, "{\"_class_name\": \"TomorrowsScheduler\"}");
    text = run(0, "models", "show", folder.toString());
    assertTrue(text.contains(" ddim, in place of TomorrowsScheduler, which is not known\n"), text);

    Files.writeString(scheduler, "{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\"}");
    shown = show(folder);
    assertFalse(shown.has("sampler"));
    assertTrue(shown.get("refused").getAsString().contains("flow matching"), shown::toString);
  }

  private JsonObject show(Path model) {
    return JsonParser.parseString(
            run(0, "models", "show", "--json", model.toAbsolutePath().toString()))
        .getAsJsonObject();
  }

  @Test
  void whatAFileSaysOfItselfIsShown() throws IOException {
    Path file = command.folder.resolve("own.safetensors");
    Golden stored = Golden.open(TestModels.directory("tiny-sd1.safetensors"));
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (String name : stored.names()) {
      if (!name.matches("first_stage_model\\..*|model_ema\\..*")
          && !name.endsWith("position_ids")) {
        tensors.put(name, TensorData.of(stored.floats(name), stored.shape(name)));
      }
    }
    new SafetensorsWriter(StoredType.F32)
        .write(file, tensors, Map.of("modelspec.license", "CreativeML\nOpen RAIL-M"));
    Files.copy(
        TestModels.directory("tiny-sd1").resolve("tokenizer/vocab.json"),
        command.folder.resolve("vocab.json"));
    Files.copy(
        TestModels.directory("tiny-sd1").resolve("tokenizer/merges.txt"),
        command.folder.resolve("merges.txt"));
    JsonObject shown = show(file);
    assertEquals("CreativeML\\u000aOpen RAIL-M", shown.get("licence").getAsString());
    assertEquals("Stable Diffusion 1.x", shown.get("family").getAsString());
    assertEquals("pndm", shown.get("sampler").getAsString());
    assertEquals("epsilon", shown.get("prediction_type").getAsString());
    assertEquals(512, shown.get("width").getAsInt());
    assertFalse(shown.get("complete").getAsBoolean(), "it has no autoencoder");
    assertEquals(2, shown.getAsJsonArray("components").size());
    assertTrue(shown.get("tokenizer_there").getAsBoolean());
    String text = run(0, "models", "show", file.toString());
    assertTrue(text.contains("missing       vae"), text);
    assertTrue(text.contains(" parameters, fp32, "), text);

    Files.writeString(file, "{}");
    assertTrue(run(3, "models", "show", file.toString()).isEmpty());
    assertEquals(1, command.err().lines().count(), command::err);
  }

  @Test
  void aFolderWithPicklesIsShownAsTheLoaderSeesIt() throws IOException {
    Path model = command.folder.resolve("pickled");
    Files.createDirectories(model);
    TestModels.copy("tiny-sd1", model);
    Files.delete(TestModels.weights(model, "unet"));
    PytorchWriter.write(
        model.resolve("unet/diffusion_pytorch_model.bin"),
        Map.of("x", PytorchWriter.Tensor.of(new float[6], 2, 3)));
    JsonObject shown = show(model);
    assertTrue(shown.get("complete").getAsBoolean());
    JsonObject unet = shown.getAsJsonArray("components").get(0).getAsJsonObject();
    assertEquals(6, unet.get("parameters").getAsInt());
    assertEquals("fp32", unet.get("dtype").getAsString());
    Files.delete(model.resolve("unet/diffusion_pytorch_model.bin"));
    shown = show(model);
    assertFalse(shown.get("complete").getAsBoolean());
    assertEquals(2, shown.getAsJsonArray("components").size());
  }

  /** Counted by another reader: the test's own. */
  private static long unetParameters() {
    var weights = io.darkroom.testing.Golden.open(TestModels.weights("tiny-sd1", "unet"));
    long count = 0;
    for (String name : weights.names()) {
      long product = 1;
      for (long dimension : weights.shape(name)) {
        product *= dimension;
      }
      count += product;
    }
    return count;
  }

  @Test
  void aDamagedFileIsFound() throws IOException {
    run(0, "models", "pull", "org/tiny");
    Path unet = cache.resolve(SNAPSHOT).resolve("unet/diffusion_pytorch_model.safetensors");
    byte[] content = Files.readAllBytes(unet);
    content[content.length - 5] ^= 4;
    Files.write(unet.toRealPath(), content, StandardOpenOption.TRUNCATE_EXISTING);
    Files.delete(cache.resolve(SNAPSHOT).resolve("vae/config.json").toRealPath());
    String out = run(3, "models", "verify", "org/tiny");
    assertEquals(2, out.lines().count(), out);
    assertTrue(
        out.contains("/unet/diffusion_pytorch_model.safetensors: its checksum is wrong"), out);
    assertTrue(out.contains("/vae/config.json: its content is missing"), out);
    assertTrue(command.err().contains("org/tiny is damaged"), command::err);
    JsonObject json =
        JsonParser.parseString(run(3, "models", "verify", "--json", "org/tiny")).getAsJsonObject();
    assertEquals(2, json.getAsJsonArray("faults").size());
    assertTrue(run(0, "models", "list").contains("incomplete"), command::out);

    // The missing file comes back; the damaged one is not looked at by pull.
    run(0, "models", "pull", "org/tiny");
    assertTrue(run(3, "models", "verify", "org/tiny").contains("unet"), command::out);
  }

  @Test
  void aRevisionAloneIsRemovedWithWhatNoOtherHas() throws IOException {
    run(0, "models", "pull", "org/tiny");
    Path repository = cache.resolve("models--org--tiny");
    String other = "f".repeat(40);
    Path own = Files.writeString(repository.resolve("blobs/" + "a".repeat(40)), "own");
    Path snapshot = Files.createDirectories(repository.resolve("snapshots").resolve(other));
    Files.createSymbolicLink(snapshot.resolve("x"), Path.of("../../blobs", "a".repeat(40)));
    Path index = cache.resolve(SNAPSHOT).resolve("model_index.json").toRealPath();
    Files.createSymbolicLink(
        snapshot.resolve("model_index.json"), Path.of("../../blobs").resolve(index.getFileName()));
    Files.writeString(Files.createDirectories(repository.resolve("refs")).resolve("v1"), other);
    assertEquals(2, run(0, "models", "list").lines().count());
    run(0, "models", "remove", "org/tiny@v1");
    assertTrue(command.err().contains("org/tiny@v1: 43 bytes"), command::err); // own and the ref
    assertFalse(Files.exists(own));
    assertFalse(Files.exists(snapshot));
    run(0, "models", "verify", "org/tiny");
    assertEquals(1, run(0, "models", "list").lines().count());
    run(3, "models", "remove", "org/tiny@v1");
    run(0, "models", "remove", "org/tiny@main");
    assertFalse(Files.exists(repository));
  }

  @Test
  void aModelThatAnotherToolHasDownloadedIsUsedAtOnce() throws IOException {
    Path repository = cache.resolve("models--org--tiny");
    Path source = TestModels.directory("tiny-sd1");
    int number = 0;
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path blob = repository.resolve("blobs").resolve("b" + number++);
        Files.createDirectories(blob.getParent());
        Files.copy(file, blob);
        Path link = cache.resolve(SNAPSHOT).resolve(source.relativize(file).toString());
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, link.getParent().relativize(blob));
      }
    }
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/main"), FakeHub.COMMIT);
    hub.close();
    run(0, "-q", "-m", "org/tiny", "x", "-o", "a.png");
    run(0, "-q", "-m", "org/tiny@" + FakeHub.COMMIT, "x", "-o", "b.png");
    command.environment.put("DARKROOM_MODEL", "org/tiny");
    run(0, "-q", "x", "-o", "c.png");
    Files.writeString(command.work().resolve("prompts.txt"), "a house\n");
    run(0, "batch", "-q", "prompts.txt");
    run(0, "again", "-q", "a.png", "-m", "org/tiny");
    for (Path model : opened) {
      assertEquals(cache.resolve(SNAPSHOT), model);
    }
    assertEquals(5, opened.size());
  }

  @Test
  void paintingDownloadsWhatIsMissing() throws IOException {
    run(0, "-m", "org/tiny", "x", "-o", "a.png");
    assertTrue(command.err().startsWith("darkroom: downloading org/tiny"), command::err);
    assertEquals(List.of(cache.resolve(SNAPSHOT)), opened);
    Files.delete(cache.resolve(SNAPSHOT).resolve("tokenizer/vocab.json"));
    run(0, "-m", "org/tiny", "x", "-o", "b.png");
    assertTrue(Files.exists(cache.resolve(SNAPSHOT).resolve("tokenizer/vocab.json")));

    hub.close();
    run(1, "models", "pull", "-q", "org/other");
    assertTrue(command.err().contains("127.0.0.1"), command::err);
    command.environment.put("HF_HUB_OFFLINE", "1");
    run(3, "-m", "org/other", "x");
    assertTrue(command.err().contains("HF_HUB_OFFLINE"), command::err);
  }

  @Test
  void halfPrecisionTakesTheFp16Variant() throws IOException {
    String half = "unet/diffusion_pytorch_model.fp16.safetensors";
    hub.with(TestModels.directory("tiny-sd1"));
    Path model = Files.createDirectories(command.folder.resolve("variant"));
    Files.createDirectories(model.resolve("unet"));
    Files.writeString(model.resolve(half), "half");
    hub.with(model);
    run(0, "-m", "org/tiny", "--dtype", "bf16", "x", "-o", "a.png");
    assertTrue(command.err().contains("the fp16 variant"), command::err);
    assertTrue(Files.exists(cache.resolve(SNAPSHOT).resolve(half)));
  }

  @Test
  void eachErrorIsOneLineAndItsStatus() {
    for (String[] line :
        new String[][] {
          {"2", "models"},
          {"2", "models", "pull"},
          {"2", "models", "pull", "org/tiny", "--variant", "int8"},
          {"2", "models", "list", "x"},
          {"3", "models", "pull", "tiny"},
          {"3", "models", "pull", "org/none"},
          {"3", "models", "pull", "org/tiny@none"},
          {"3", "models", "show", "none"},
          {"3", "models", "show", "org/none"},
          {"3", "models", "verify", "org/none"},
          {"3", "models", "remove", "org/none"},
          {"3", "-m", "org/none", "x"},
        }) {
      String[] arguments = java.util.Arrays.copyOfRange(line, 1, line.length);
      assertEquals("", run(Integer.parseInt(line[0]), arguments));
      assertEquals(1, command.err().lines().count(), command::err);
    }
    command.environment.put("HF_ENDPOINT", "nonsense");
    run(2, "models", "pull", "org/tiny");
    assertTrue(command.err().contains("HF_ENDPOINT is nonsense"), command::err);
    assertEquals(1, command.err().lines().count(), command::err);
  }

  @Test
  void aSecretIsNeverShown() {
    command.environment.put("HF_TOKEN", "hf_secret");
    run(3, "models", "pull", "-v", "org/none");
    assertFalse(command.err().contains("hf_secret"), command::err);
    assertTrue(new String(command.out.toByteArray(), StandardCharsets.UTF_8).isEmpty());
  }
}
