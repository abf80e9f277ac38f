package io.darkroom.cli.option;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.runtime.LibTorchDownload.Wanted;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The download of libtorch for a GPU, from a server of the test's own. */
class GpuLibrariesTest {
  private static final Wanted WANTED = new Wanted("2.7.1", "cu129", "linux-x86_64");
  private static final String TORCH = System.mapLibraryName("torch");

  @TempDir private Path folder;
  private final Map<String, byte[]> files = new TreeMap<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final byte[] large = new byte[300_000];
  private HttpServer server;
  private String broken = "";
  private OptionalInt columns = OptionalInt.empty();

  @BeforeEach
  void serve() throws IOException {
    new Random(7).nextBytes(large);
    add("cpu/linux-x86_64/native/lib/" + TORCH + ".gz", "cpu");
    add("cu126/linux-x86_64/native/lib/" + TORCH + ".gz", "older");
    add("cu128/linux-x86_64/native/lib/" + TORCH + ".gz", "torch");
    files.put("cu128/linux-x86_64/native/lib/libtorch_cuda.so.gz", compressed(large));
    add("cu128/linux-x86_64/native/lib/libcudart%2B1.so.12.gz", "runtime");
    add("cu128/win-x86_64/native/lib/torch.dll.gz", "Windows");
    add("cu130/linux-x86_64/native/lib/" + TORCH + ".gz", "too new");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/pytorch/2.7.1/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void add(String path, String content) throws IOException {
    files.put(path, compressed(content.getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] compressed(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath().substring("/pytorch/2.7.1/".length());
    requests.add(exchange.getRequestMethod() + " " + path);
    byte[] content =
        path.equals("files.txt")
            ? String.join("\n", files.keySet()).getBytes(StandardCharsets.UTF_8)
            : files.get(path);
    try (exchange) {
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", "" + content.length);
        exchange.sendResponseHeaders(200, -1);
      } else if (!broken.isEmpty() && path.contains(broken)) {
        exchange.sendResponseHeaders(200, content.length);
        exchange.getResponseBody().write(content, 0, content.length / 2);
      } else {
        exchange.sendResponseHeaders(200, content.length);
        exchange.getResponseBody().write(content);
      }
    }
  }

  private URI source() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/pytorch/");
  }

  private void fetch(URI source) throws IOException {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    Surroundings surroundings =
        new Surroundings(
            new ByteArrayInputStream(new byte[0]),
            new ByteArrayOutputStream(),
            stream,
            columns,
            columns,
            Map.of("HOME", folder.toString()),
            folder,
            folder,
            false);
    new GpuLibraries(surroundings, new Messages(stream, columns))
        .fetch(source, folder.resolve("pytorch"), WANTED);
  }

  private String said() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theNewestThatFitsIsAnnouncedAndComesToDjlsPlace() throws Exception {
    fetch(source());
    Path place = folder.resolve("pytorch/2.7.1-cu128-linux-x86_64");
    assertEquals("torch", Files.readString(place.resolve(TORCH)));
    assertEquals("runtime", Files.readString(place.resolve("libcudart+1.so.12")));
    assertArrayEquals(large, Files.readAllBytes(place.resolve("libtorch_cuda.so")));
    try (var inside = Files.list(place)) {
      assertEquals(3, inside.count());
    }
    assertEquals(1, said().lines().count(), said());
    assertTrue(
        said()
            .startsWith(
                "darkroom: downloading libtorch 2.7.1 for CUDA 12.8 from 127.0.0.1, once: 3 files,"
                    + " 300.2 kB, to "
                    + place),
        said());
    assertTrue(said().contains("without a network, copy this folder"), said());
  }

  @Test
  void itIsAnnouncedBeforeAnyFileIsAskedForAndShowsItsProgress() throws Exception {
    columns = OptionalInt.of(100);
    fetch(source());
    assertTrue(requests.indexOf("GET files.txt") == 0, requests::toString);
    assertTrue(said().indexOf("libtorch 2.7.1") < said().indexOf("% of 300.2 kB"), said());
  }

  @Test
  void whatIsThereIsNotAskedForAgain() throws Exception {
    fetch(source());
    requests.clear();
    err.reset();
    fetch(source());
    assertEquals(List.of(), requests);
    assertEquals("", said());
  }

  @Test
  void aDownloadThatBrokeGoesOnWithTheFilesThatLack() throws Exception {
    broken = "libtorch_cuda";
    IOException failure = assertThrows(IOException.class, () -> fetch(source()));
    assertTrue(
        failure.getMessage().startsWith("cannot bring libtorch for CUDA from 127.0.0.1 to "));
    assertTrue(failure.getMessage().contains("docs/install.md"), failure.getMessage());
    assertFalse(Files.exists(folder.resolve("pytorch/2.7.1-cu128-linux-x86_64")));
    broken = "";
    requests.clear();
    fetch(source());
    assertFalse(requests.stream().anyMatch(each -> each.contains("cudart")), requests::toString);
    assertArrayEquals(
        large,
        Files.readAllBytes(folder.resolve("pytorch/2.7.1-cu128-linux-x86_64/libtorch_cuda.so")));
  }

  @Test
  void aMachineWithoutANetworkIsToldWhatToDo() {
    IOException failure =
        assertThrows(
            IOException.class, () -> fetch(URI.create("http://darkroom.invalid/pytorch/")));
    assertTrue(failure.getMessage().contains("the host's name is not known"), failure.getMessage());
    assertTrue(failure.getMessage().contains("--device cpu"), failure.getMessage());
    assertEquals(1, failure.getMessage().lines().count());
  }

  @Test
  void aCacheThatCannotBeWrittenIsNamed() throws Exception {
    Path file = Files.writeString(folder.resolve("pytorch"), "a file in the folder's place");
    IOException failure = assertThrows(IOException.class, () -> fetch(source()));
    assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
    assertTrue(failure.getMessage().contains("there is a file of that name"), failure.getMessage());
  }
}
