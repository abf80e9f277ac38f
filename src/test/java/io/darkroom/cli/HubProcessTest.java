package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.cli.ProgramProcess.Result;
import io.darkroom.hub.FakeHub;
import io.darkroom.image.Png;
import io.darkroom.image.PngReader;
import io.darkroom.testing.TestModels;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process, with models from a server on the loopback interface. */
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
    ProcessBuilder builder = new ProgramProcess(folder).command(Darkroom.class, arguments);
    builder.environment().keySet().removeIf(name -> name.startsWith("HF_"));
    builder.environment().put("HF_HOME", folder.resolve("hf").toString());
    builder.environment().put("HF_ENDPOINT", hub.endpoint().toString());
    builder.environment().put("no_proxy", "*");
    return builder.start();
  }

  private static Result finish(Process process) throws Exception {
    process.getOutputStream().close();
    byte[] out = process.getInputStream().readAllBytes();
    String err = new String(process.getErrorStream().readAllBytes());
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
    hub.slow("cdn/unet/diffusion_pytorch_model.safetensors");
    Process process = start("models", "pull", "org/tiny");
    Path blobs = folder.resolve("hf/hub/models--org--tiny/blobs");
    while (process.isAlive() && !hasPart(blobs)) {
      Thread.sleep(50);
    }
    ProgramProcess.send("INT", process);
    Result killed = finish(process);
    assertEquals(130, killed.status(), killed.err());
    assertTrue(killed.err().endsWith("darkroom: interrupted\n"), killed.err());
    Result pulled = finish(start("models", "pull", "org/tiny"));
    assertEquals(0, pulled.status(), pulled.err());
    assertTrue(
        hub.lastRange("cdn/unet/diffusion_pytorch_model.safetensors").startsWith("bytes="),
        "it goes on where it ended");
    assertEquals(0, finish(start("models", "verify", "org/tiny")).status());
  }

  private static boolean hasPart(Path blobs) throws Exception {
    if (!Files.isDirectory(blobs)) {
      return false;
    }
    try (Stream<Path> files = Files.list(blobs)) {
      for (Path file : files.toList()) {
        if (file.toString().endsWith(".incomplete")
            && Files.exists(file)
            && file.toFile().length() > 50_000) {
          return true;
        }
      }
      return false;
    }
  }
}
