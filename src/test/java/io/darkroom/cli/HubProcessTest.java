package io.darkroom.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.cli.ProgramProcess.Result;
import io.darkroom.hub.FakeHub;
import io.darkroom.hub.LoopbackProxy;
import io.darkroom.image.Png;
import io.darkroom.image.PngReader;
import io.darkroom.testing.TestModels;
import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process, with models from a server on the loopback interface. */
@Tag("slow")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class HubProcessTest {
  @TempDir private Path folder;
  private FakeHub hub;

  @BeforeEach
  void prepare() throws Exception {
    hub = new FakeHub("org/tiny").with(TestModels.directory("tiny-sd1"));
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private Process start(String... arguments) throws Exception {
    return builder(arguments).start();
  }

  private ProcessBuilder builder(String... arguments) {
    ProcessBuilder builder = new ProgramProcess(folder).command(Darkroom.class, arguments);
    builder.environment().keySet().removeIf(name -> name.startsWith("HF_"));
    builder.environment().put("HF_HOME", folder.resolve("hf").toString());
    builder.environment().put("HF_ENDPOINT", hub.endpoint().toString());
    builder.environment().put("no_proxy", "*");
    return builder;
  }

  private static Result finish(Process process) throws Exception {
    process.getOutputStream().close();
    byte[] out = process.getInputStream().readAllBytes();
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), out, err);
  }

  @Test
  void aModelOfTheHubPaints() throws Exception {
    Result painted =
        finish(start("-m", "org/tiny", "--steps", "2", "-s", "7", "-o", "a.png", "a red house"));
    assertEquals(0, painted.status(), painted.err());
    assertEquals("a.png\n", painted.outText());
    assertTrue(painted.err().contains("downloading org/tiny"), painted.err());
    assertTrue(painted.err().contains("org/tiny on cpu"), painted.err());
    try (InputStream in = Files.newInputStream(folder.resolve("a.png"))) {
      Png png = new PngReader(in).read();
      assertTrue(png.text().get("parameters").contains("Model: org/tiny"), png.text()::toString);
    }

    // The picture's file names the model, which is in the cache now: nothing is asked any more.
    hub.close();
    Result again = finish(start("again", "-q", "a.png", "-o", "b.png"));
    assertEquals(0, again.status(), again.err());
    assertEquals(-1, Files.mismatch(folder.resolve("a.png"), folder.resolve("b.png")));
  }

  @Test
  void weightsInHalfPrecisionAloneAreUsed() throws Exception {
    Path model = folder.resolve("model");
    Files.createDirectories(model);
    TestModels.copy("tiny-sd1", model);
    for (String name :
        List.of(
            "unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model")) {
      Files.move(model.resolve(name + ".safetensors"), model.resolve(name + ".fp16.safetensors"));
    }
    hub.close();
    hub = new FakeHub("org/tiny").with(model);
    Result painted =
        finish(start("-m", "org/tiny", "--steps", "1", "-s", "7", "-o", "a.png", "a red house"));
    assertEquals(0, painted.status(), painted.err());
    assertTrue(painted.err().contains("the only one there is"), painted.err());
  }

  @Test
  void severalProcessesFetchAModelOnce() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(start("models", "pull", "org/tiny"));
    }
    String expected = "";
    for (Process process : processes) {
      Result result = finish(process);
      assertEquals(0, result.status(), result.err());
      expected = expected.isEmpty() ? result.outText() : expected;
      assertEquals(expected, result.outText());
    }
    assertEquals(1, hub.count("cdn/unet/diffusion_pytorch_model.safetensors"));
    Result whole = finish(start("models", "verify", "org/tiny"));
    assertEquals(0, whole.status(), whole.err());
  }

  @Test
  void aKilledDownloadGoesOn() throws Exception {
    String path = "unet/diffusion_pytorch_model.safetensors";
    hub.stall("cdn/" + path);
    Process process = start("models", "pull", "org/tiny");
    // The part of this very file: others are fetched at the same time.
    File part =
        folder
            .resolve("hf/hub/models--org--tiny/blobs")
            .resolve(hub.etag(path) + ".incomplete")
            .toFile();
    while (process.isAlive() && part.length() == 0) {
      Thread.sleep(50);
    }
    ProgramProcess.send("INT", process);
    Result killed = finish(process);
    assertEquals(130, killed.status(), killed.err());
    assertTrue(killed.err().endsWith("darkroom: interrupted\n"), killed.err());
    Result pulled = finish(start("models", "pull", "org/tiny"));
    assertEquals(0, pulled.status(), pulled.err());
    assertTrue(hub.lastRange("cdn/" + path).startsWith("bytes="), "it goes on where it ended");
    assertEquals(0, finish(start("models", "verify", "org/tiny")).status());
  }

  // ---------------------------------------------------------------- a single file's tokenizer

  /** The configs of a model, without its tokenizers. */
  private Path configs(String model) throws Exception {
    Path config = folder.resolve("config");
    for (String component : List.of("unet", "vae", "text_encoder", "text_encoder_2", "scheduler")) {
      Path from = TestModels.directory(model).resolve(component);
      String name = component.equals("scheduler") ? "scheduler_config.json" : "config.json";
      if (Files.exists(from)) {
        Files.createDirectories(config.resolve(component));
        Files.copy(from.resolve(name), config.resolve(component).resolve(name));
      }
    }
    return config;
  }

  private void serveTokenizer(String model) throws Exception {
    hub.close();
    hub =
        new FakeHub("openai/clip-vit-large-patch14")
            .with(TestModels.directory(model).resolve("tokenizer"));
  }

  private String[] painting(Path file, Path config, String to, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("-m", file.toString(), "--config", config.toAbsolutePath().toString()));
    arguments.addAll(List.of("--steps", "2", "-s", "7", "-W", "64", "-H", "64", "-o", to));
    arguments.addAll(List.of(more));
    arguments.add("a red house");
    return arguments.toArray(String[]::new);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-sdxl"})
  void aSingleFilesTokenizerIsFetchedOnce(String model) throws Exception {
    serveTokenizer(model);
    Path file = TestModels.directory(model + ".safetensors").toAbsolutePath();
    Path whole = TestModels.directory(model);
    assertEquals(0, finish(start(painting(file, whole, "own.png"))).status());
    assertEquals(0, hub.count(""), "the folder of configs has a tokenizer");

    Path config = configs(model);
    Result first = finish(start(painting(file, config, "first.png")));
    assertEquals(0, first.status(), first.err());
    assertEquals("first.png\n", first.outText());
    assertTrue(
        first.err().contains("downloading openai/clip-vit-large-patch14 (commit 01234567),"),
        first.err());
    assertTrue(
        first.err().contains("the tokenizer that " + model + ".safetensors lacks"), first.err());
    assertEquals(1, hub.count("/vocab.json"));
    assertEquals(1, hub.count("/merges.txt"));
    assertEquals(3, hub.count(""), "the list of files and these two");
    assertEquals(
        -1,
        Files.mismatch(folder.resolve("own.png"), folder.resolve("first.png")),
        "the same vocabulary and padding make the same picture");

    // Where the hub's own tools look for it.
    Path repository = folder.resolve("hf/hub/models--openai--clip-vit-large-patch14");
    assertEquals(FakeHub.COMMIT, Files.readString(repository.resolve("refs/main")));
    Path snapshot = repository.resolve("snapshots").resolve(FakeHub.COMMIT);
    for (String name : List.of("vocab.json", "merges.txt")) {
      assertEquals(
          -1,
          Files.mismatch(snapshot.resolve(name), whole.resolve("tokenizer").resolve(name)),
          name);
    }

    hub.close();
    Result second = finish(start(painting(file, config, "second.png", "-q")));
    assertEquals(0, second.status(), second.err());
    assertEquals("", second.err());
    assertEquals(-1, Files.mismatch(folder.resolve("own.png"), folder.resolve("second.png")));
  }

  @Test
  void aBatchAndAPictureAgainFetchTheTokenizerToo() throws Exception {
    serveTokenizer("tiny-sd1");
    Path file = TestModels.directory("tiny-sd1.safetensors").toAbsolutePath();
    Path config = configs("tiny-sd1");
    Files.writeString(folder.resolve("two.txt"), "a red house\na green tree\n");
    String[] batch = {
      "batch",
      "--batch-size",
      "1",
      "-q",
      "-m",
      file.toString(),
      "--config",
      config.toString(),
      "--steps",
      "1",
      "-s",
      "7",
      "-W",
      "64",
      "-H",
      "64",
      "two.txt"
    };
    Result painted = finish(start(batch));
    assertEquals(0, painted.status(), painted.err());
    assertEquals("", painted.err());
    assertEquals(1, hub.count("/vocab.json"));
    Result there = finish(start(batch));
    assertEquals(0, there.status(), there.err());
    assertEquals(3, hub.count(""), "nothing is asked once more");
    String lines = Files.readString(folder.resolve("two/manifest.jsonl"));
    String name = lines.replaceFirst("(?s).*?\"path\":\"([^\"]+)\".*", "$1");

    Files.move(folder.resolve("hf"), folder.resolve("gone"));
    Result again =
        finish(
            start(
                "again",
                "two/" + name,
                "-m",
                file.toString(),
                "--config",
                config.toString(),
                "-o",
                "again.png"));
    assertEquals(0, again.status(), again.err());
    assertEquals(2, hub.count("/vocab.json"));
    assertEquals(
        -1, Files.mismatch(folder.resolve("two").resolve(name), folder.resolve("again.png")));
  }

  @Test
  void withoutATokenizerThereIsOneLineThatSaysWhatToDo() throws Exception {
    serveTokenizer("tiny-sd1");
    Path file = TestModels.directory("tiny-sd1.safetensors").toAbsolutePath();
    Path config = configs("tiny-sd1");
    ProcessBuilder offline = builder(painting(file, config, "a.png", "-q"));
    offline.environment().put("HF_HUB_OFFLINE", "1");
    assertTokenizerIsMissing(finish(offline.start()), 3, "HF_HUB_OFFLINE forbids the download");
    assertEquals(0, hub.count(""));

    hub.close();
    assertTokenizerIsMissing(
        finish(start(painting(file, config, "a.png", "-q"))), 1, "it refuses the connection");
    hub = new FakeHub("org/other");
    assertTokenizerIsMissing(
        finish(start(painting(file, config, "a.png", "-q"))),
        3,
        "there is no public repository openai/clip-vit-large-patch14");
    assertFalse(Files.exists(folder.resolve("a.png")));
  }

  // ---------------------------------------------------------------- a proxy with a password

  private void keytool(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin/keytool").toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", "changeit", "-alias", "hub"));
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), said);
  }

  /** A server's side of an encrypted connection, and the file by which a client trusts it. */
  private SSLContext encryption() throws Exception {
    keytool(
        "-genkeypair",
        "-keystore",
        "key.p12",
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-dname",
        "CN=hub.invalid",
        "-ext",
        "san=dns:hub.invalid",
        "-validity",
        "2");
    keytool("-exportcert", "-keystore", "key.p12", "-file", "hub.cer");
    keytool("-importcert", "-noprompt", "-keystore", "trust.p12", "-file", "hub.cer");
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve("key.p12"))) {
      keys.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private Result throughProxy(LoopbackProxy proxy, String password, String... arguments)
      throws Exception {
    ProcessBuilder builder = builder(arguments);
    builder
        .command()
        .addAll(
            1,
            List.of(
                "-Djavax.net.ssl.trustStore=" + folder.resolve("trust.p12"),
                "-Djavax.net.ssl.trustStorePassword=changeit"));
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
    builder.environment().put("HTTPS_PROXY", "http://me:" + password + "@" + proxy.hostAndPort());
    builder.environment().put("HF_ENDPOINT", "https://hub.invalid");
    return finish(builder.start());
  }

  @Test
  void aTunnelThroughAProxyWithAPassword() throws Exception {
    serveTokenizer("tiny-sd1");
    Path file = TestModels.directory("tiny-sd1.safetensors").toAbsolutePath();
    Path config = configs("tiny-sd1");
    try (LoopbackProxy proxy =
        new LoopbackProxy(hub.endpoint(), "me", "se%cret", Optional.of(encryption()))) {
      Result wrong = throughProxy(proxy, "mistaken", painting(file, config, "a.png", "-v"));
      assertEquals(1, wrong.status(), wrong.err());
      assertTrue(
          wrong
              .err()
              .contains("the proxy needs a valid user and password; give them in https_proxy"),
          wrong.err());
      assertFalse(wrong.err().contains("mistaken"), wrong.err());
      assertEquals(1, proxy.heads.size(), "asked once");
      assertEquals(0, hub.count(""));

      Result right = throughProxy(proxy, "se%25cret", painting(file, config, "a.png", "-v"));
      assertEquals(0, right.status(), right.err());
      assertEquals("a.png\n", right.outText());
      assertFalse(right.err().contains("cret"), right.err());
      assertEquals(3, proxy.tunnelled.size());
      assertTrue(
          proxy.heads.stream().allMatch(head -> head.startsWith("CONNECT hub.invalid:443 ")),
          proxy.heads::toString);
      for (String head : proxy.tunnelled) {
        assertFalse(head.toLowerCase(Locale.ROOT).contains("proxy-authorization"), head);
      }
    }
  }

  private static void assertTokenizerIsMissing(Result result, int status, String reason) {
    assertEquals(status, result.status(), result.err());
    assertEquals("", result.outText());
    assertEquals(1, result.err().lines().count(), result.err());
    for (String part :
        List.of(
            "tiny-sd1.safetensors: contains no tokenizer, and none could be downloaded: ",
            reason,
            "; put vocab.json and merges.txt of openai/clip-vit-large-patch14 beside it",
            "--config")) {
      assertTrue(result.err().contains(part), result.err());
    }
  }
}
