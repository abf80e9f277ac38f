package io.darkroom.hub;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * A server on the loopback interface that answers as the hub does. Weights are "large files": the
 * hub, 127.0.0.1, sends their callers on to another host, localhost.
 */
public final class FakeHub implements AutoCloseable {
  public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  /** One request as it arrived. */
  public record Request(
      String method,
      String path,
      String host,
      String authorization,
      String range,
      String proxyAuthorization) {}

  /** Does something else with a request than to answer it as it should be. */
  public interface Fault {
    void answer(HttpExchange exchange, byte[] content) throws IOException;
  }

  final Map<String, byte[]> files = new TreeMap<>();
  final Map<String, byte[]> extra = new HashMap<>();
  final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, Queue<Fault>> faults = new ConcurrentHashMap<>();
  private final Map<String, byte[]> large = new ConcurrentHashMap<>();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final String repository;

  /** Whether the listing tells of checksums, as the hub's does and some mirrors' does not. */
  boolean tellsBlobs = true;

  /** What the listing has in place of the true size. */
  final Map<String, Long> wrongSizes = new HashMap<>();

  /** What the listing has in place of the true checksum. */
  final Map<String, String> wrongChecksums = new HashMap<>();

  String commit = COMMIT;

  public FakeHub(String repository) throws IOException {
    this.repository = repository;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Fills the repository with a folder's files. */
  public FakeHub with(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path file : paths.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return this;
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** The next request whose path ends so meets this fault; several wait in line. */
  void fault(String pathEnd, Fault fault) {
    faults.computeIfAbsent(pathEnd, end -> new ConcurrentLinkedDeque<>()).add(fault);
  }

  /** Answers with a status and headers and nothing else. */
  static Fault status(int status, String... headers) {
    return (exchange, content) -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  /** Promises all of the content, or the rest from the range's start, and cuts it off. */
  static Fault cutAfter(int count) {
    return (exchange, content) -> {
      byte[] part = part(exchange, content);
      exchange.sendResponseHeaders(part.length < content.length ? 206 : 200, part.length);
      exchange.getResponseBody().write(part, 0, Math.min(count, part.length));
      exchange.getResponseBody().flush();
      throw new IOException("cut");
    };
  }

  /** What a listing that never ends begins with. */
  private static final byte[] ENDLESS_LIST =
      ("{\"x\":[" + "1,".repeat(1 << 20)).getBytes(StandardCharsets.UTF_8);

  /** Gives the content in small pieces and runs something after each, until the caller is gone. */
  static Fault drip(int size, Runnable then) {
    return (exchange, content) -> {
      byte[] part = content == null ? ENDLESS_LIST : part(exchange, content);
      exchange.sendResponseHeaders(part.length < length(content) ? 206 : 200, part.length);
      for (int from = 0; from < part.length; from += size) {
        exchange.getResponseBody().write(part, from, Math.min(size, part.length - from));
        exchange.getResponseBody().flush();
        then.run();
      }
    };
  }

  private static int length(byte[] content) {
    return content == null ? 0 : content.length;
  }

  /** Gives some bytes, runs something, and gives nothing more, without an end. */
  static Fault stallAfter(int count, Runnable then) {
    return (exchange, content) -> {
      exchange.sendResponseHeaders(200, content == null ? 0 : content.length);
      exchange.getResponseBody().write(content == null ? ENDLESS_LIST : content, 0, count);
      exchange.getResponseBody().flush();
      then.run();
      waitForTheEnd();
    };
  }

  /** Until the hub is closed. */
  private static void waitForTheEnd() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many requests had such a path. */
  public int count(String pathEnd) {
    return requestsOf(pathEnd).size();
  }

  /** Whether a request had what only a proxy may know. */
  public boolean sawProxyAuthorization() {
    return requestsOf("").stream().anyMatch(request -> request.proxyAuthorization() != null);
  }

  /** Which part of a file was asked for last. */
  public String lastRange(String pathEnd) {
    List<Request> all = requestsOf(pathEnd);
    return String.valueOf(all.get(all.size() - 1).range());
  }

  /** The next request of such a path gets some bytes, and then nothing more. */
  public void stall(String pathEnd) {
    fault(pathEnd, stallAfter(1000, () -> {}));
  }

  List<Request> requestsOf(String pathEnd) {
    synchronized (requests) {
      return requests.stream().filter(request -> request.path().endsWith(pathEnd)).toList();
    }
  }

  private void answer(HttpExchange exchange) {
    String path = exchange.getRequestURI().getPath();
    requests.add(
        new Request(
            exchange.getRequestMethod(),
            path,
            exchange.getRequestHeaders().getFirst("Host"),
            exchange.getRequestHeaders().getFirst("Authorization"),
            exchange.getRequestHeaders().getFirst("Range"),
            exchange.getRequestHeaders().getFirst("Proxy-Authorization")));
    try (exchange) {
      answer(exchange, path);
    } catch (IOException | RuntimeException e) {
      // the caller went away, or is to see a cut connection
    }
  }

  private void answer(HttpExchange exchange, String path) throws IOException {
    String resolve = "/" + repository + "/resolve/" + commit + "/";
    byte[] content =
        path.startsWith(resolve)
            ? files.get(path.substring(resolve.length()))
            : path.startsWith("/cdn/") ? large.get(path) : null;
    for (Map.Entry<String, Queue<Fault>> fault : faults.entrySet()) {
      Fault next = path.endsWith(fault.getKey()) ? fault.getValue().poll() : null;
      if (next != null) {
        next.answer(exchange, content);
        return;
      }
    }
    if (path.startsWith("/api/models/")) {
      list(exchange, path.substring("/api/models/".length()));
    } else if (content == null) {
      status(404, "X-Error-Code", "EntryNotFound").answer(exchange, null);
    } else if (path.startsWith(resolve)) {
      resolve(exchange, path.substring(resolve.length()), content);
    } else {
      give(exchange, content);
    }
  }

  private void list(HttpExchange exchange, String what) throws IOException {
    String[] parts = what.split("/revision/", 0);
    if (!parts[0].equals(repository)) {
      boolean known = exchange.getRequestHeaders().containsKey("Authorization");
      status(known ? 404 : 401, "X-Error-Code", "RepoNotFound").answer(exchange, null);
      return;
    }
    if (!parts[1].equals("main") && !parts[1].equals(commit) && !parts[1].equals("refs/pr/1")) {
      status(404, "X-Error-Code", "RevisionNotFound").answer(exchange, null);
      return;
    }
    JsonArray siblings = new JsonArray();
    Map<String, byte[]> all = new TreeMap<>(files);
    all.putAll(extra);
    all.forEach((path, content) -> siblings.add(sibling(path, content)));
    JsonObject answer = new JsonObject();
    answer.addProperty("id", repository);
    answer.addProperty("sha", commit);
    answer.add("siblings", siblings);
    byte[] body = answer.toString().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
  }

  private JsonObject sibling(String path, byte[] content) {
    JsonObject sibling = new JsonObject();
    sibling.addProperty("rfilename", path);
    if (tellsBlobs) {
      sibling.addProperty("size", wrongSizes.getOrDefault(path, (long) content.length));
      sibling.addProperty("blobId", isLarge(path) ? gitHash(content) : etag(path, content));
      if (isLarge(path)) {
        JsonObject lfs = new JsonObject();
        lfs.addProperty("sha256", etag(path, content));
        lfs.addProperty("size", wrongSizes.getOrDefault(path, (long) content.length));
        lfs.addProperty("pointerSize", 134);
        sibling.add("lfs", lfs);
      }
    }
    return sibling;
  }

  private void resolve(HttpExchange exchange, String path, byte[] content) throws IOException {
    String etag = "\"" + etag(path, content) + "\"";
    exchange.getResponseHeaders().set("X-Repo-Commit", commit);
    if (isLarge(path)) {
      String place = "/cdn/" + path;
      large.put(place, content);
      exchange.getResponseHeaders().set("X-Linked-Etag", etag);
      exchange.getResponseHeaders().set("X-Linked-Size", "" + content.length);
      exchange
          .getResponseHeaders()
          .set("Location", "http://localhost:" + server.getAddress().getPort() + place);
      exchange.sendResponseHeaders(302, -1);
    } else {
      exchange.getResponseHeaders().set("ETag", etag);
      give(exchange, content);
    }
  }

  private static void give(HttpExchange exchange, byte[] content) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", "" + content.length);
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    byte[] part = part(exchange, content);
    boolean isPart = exchange.getRequestHeaders().containsKey("Range");
    exchange.sendResponseHeaders(isPart ? 206 : 200, part.length == 0 ? -1 : part.length);
    try (OutputStream body = exchange.getResponseBody()) {
      body.write(part);
    }
  }

  private static byte[] part(HttpExchange exchange, byte[] content) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    if (range == null) {
      return content;
    }
    int from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    return Arrays.copyOfRange(content, from, content.length);
  }

  private static boolean isLarge(String path) {
    return path.endsWith(".safetensors") || path.endsWith(".bin");
  }

  /** What a file's content is called in the cache. */
  public String etag(String path) {
    return etag(path, files.get(path));
  }

  private String etag(String path, byte[] content) {
    return wrongChecksums.getOrDefault(
        path, isLarge(path) ? hash("SHA-256", content) : gitHash(content));
  }

  private static String gitHash(byte[] content) {
    byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(head, head.length + content.length);
    System.arraycopy(content, 0, all, head.length, content.length);
    return hash("SHA-1", all);
  }

  private static String hash(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }

  /** For faults that are to be met again and again. */
  void faults(String pathEnd, int count, Fault fault) {
    new ArrayDeque<>(Collections.nCopies(count, fault)).forEach(each -> fault(pathEnd, each));
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
