package io.darkroom.runtime;

import ai.djl.util.Platform;
import ai.djl.util.Utils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * Brings libtorch for a GPU to the place where DJL looks for it. DJL would fetch it as well, but
 * without a word, without progress, and from the beginning each time.
 *
 * <p>Source of the layout, on the server and on the disk: {@code ai.djl.pytorch.jni.LibUtils} of
 * DJL 0.35. The server has a list {@code VERSION/files.txt} of paths {@code
 * FLAVOR/PLATFORM/native/lib/NAME.gz}; the folder is {@code CACHE/VERSION-FLAVOR-PLATFORM}.
 */
public final class LibTorchDownload {
  /** Where DJL's libraries come from. */
  public static final URI SOURCE = URI.create("https://publish.djl.ai/pytorch/");

  private static final Pattern CUDA = Pattern.compile("cu(\\d{3})");
  private static final Duration SILENCE = Duration.ofSeconds(60);
  private static final int PIECE = 1 << 20;

  /**
   * Which libtorch DJL wants.
   *
   * @param version of PyTorch, such as {@code 2.7.1}
   * @param flavor {@code cpu}, or CUDA's version as the machine has it, such as {@code cu129}
   * @param platform such as {@code linux-x86_64}
   */
  public record Wanted(String version, String flavor, String platform) {
    /**
     * What DJL would look for in its cache, and download, as it starts.
     *
     * @return empty where it is pointed to a libtorch or has one on the class path
     */
    public static Optional<Wanted> here() {
      boolean isChosen =
          List.of("PYTORCH_LIBRARY_PATH", "PYTORCH_VERSION", "PYTORCH_FLAVOR").stream()
              .anyMatch(name -> Utils.getEnvOrSystemProperty(name) != null);
      if (isChosen) {
        return Optional.empty();
      }
      Platform platform = Platform.detectPlatform("pytorch");
      return platform.isPlaceholder()
          ? Optional.of(
              new Wanted(platform.getVersion(), platform.getFlavor(), platform.getClassifier()))
          : Optional.empty();
    }

    /**
     * Whether it computes on a GPU.
     *
     * @return false where there is no GPU, or no CUDA runtime
     */
    public boolean isForCuda() {
      return CUDA.matcher(flavor).matches();
    }
  }

  /**
   * What is to be downloaded.
   *
   * @param flavor CUDA's version that it is for, not above the machine's, such as {@code cu128}
   * @param folder where it goes
   * @param files the paths on the server
   * @param bytes how much is still missing, compressed; what is known of it
   */
  public record Plan(String flavor, Path folder, List<String> files, long bytes) {
    /** Copies the list. */
    public Plan {
      files = List.copyOf(files);
    }

    /**
     * The version of CUDA.
     *
     * @return such as {@code 12.8}
     */
    public String cuda() {
      return flavor.substring(2, 4) + "." + flavor.substring(4);
    }
  }

  private final HttpClient client;
  private final URI source;
  private final Path cache;
  private final Wanted wanted;

  /**
   * Prepares a download; nothing is asked yet.
   *
   * @param source the server's folder with a folder for each version
   * @param cache DJL's folder for PyTorch
   * @param wanted which libtorch
   * @param proxies how the server is reached
   */
  public LibTorchDownload(URI source, Path cache, Wanted wanted, ProxySelector proxies) {
    this.source = source.resolve(wanted.version() + "/");
    this.cache = cache;
    this.wanted = wanted;
    client =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(20))
            .followRedirects(HttpClient.Redirect.NORMAL)
            .proxy(proxies)
            .build();
  }

  /**
   * DJL's folder for PyTorch.
   *
   * @return the folder, which need not be there
   */
  public static Path cache() {
    return Utils.getEngineCacheDir("pytorch").toAbsolutePath();
  }

  /**
   * Finds out what is missing.
   *
   * @return empty where the folder is there, or the server has none for this machine
   * @throws IOException if the server does not answer, or the cache cannot be written
   */
  public Optional<Plan> plan() throws IOException {
    if (isThere(wanted.flavor())) {
      return Optional.empty();
    }
    List<String> all = index();
    String suffix = "/" + wanted.platform() + "/";
    OptionalInt best =
        all.stream()
            .filter(line -> line.contains(suffix))
            .map(line -> CUDA.matcher(line.substring(0, line.indexOf('/'))))
            .filter(Matcher::matches)
            .mapToInt(flavor -> Integer.parseInt(flavor.group(1)))
            .filter(cuda -> cuda <= Integer.parseInt(wanted.flavor().substring(2)))
            .max();
    if (best.isEmpty() || isThere("cu" + best.getAsInt())) {
      return Optional.empty();
    }
    String flavor = "cu" + best.getAsInt();
    List<String> files = all.stream().filter(line -> line.startsWith(flavor + suffix)).toList();
    long bytes = 0;
    for (String file : files) {
      if (!Files.exists(unfinished(flavor).resolve(name(file)))) {
        bytes += size(file);
      }
    }
    return Optional.of(new Plan(flavor, folder(flavor), files, bytes));
  }

  /**
   * Downloads. What another process is downloading is waited for; what an earlier download has
   * finished stays.
   *
   * @param plan what
   * @param received told how many more bytes have arrived, compressed; may end the download by an
   *     exception
   * @throws IOException if the server breaks off, or the disk is full
   */
  public void run(Plan plan, LongConsumer received) throws IOException {
    Path lock = cache.resolve(plan.folder().getFileName() + ".lock");
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      if (!held.isValid() || isThere(plan.flavor())) {
        return;
      }
      Path unfinished = Files.createDirectories(unfinished(plan.flavor()));
      for (String file : plan.files()) {
        Path target = unfinished.resolve(name(file));
        if (!Files.exists(target)) {
          fetch(file, target, received);
        }
      }
      Files.move(unfinished, plan.folder(), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private boolean isThere(String flavor) {
    return Files.exists(folder(flavor).resolve(System.mapLibraryName("torch")));
  }

  private Path folder(String flavor) {
    return cache.resolve(wanted.version() + "-" + flavor + "-" + wanted.platform());
  }

  private Path unfinished(String flavor) {
    return cache.resolve(folder(flavor).getFileName() + ".unfinished");
  }

  /** The file's name on the disk: a name and nothing else, whatever the server says. */
  private static String name(String path) {
    String name =
        URLDecoder.decode(
            path.substring(path.lastIndexOf('/') + 1).replaceFirst("\\.gz$", ""),
            StandardCharsets.UTF_8);
    if (name.isEmpty() || name.contains("/") || name.startsWith(".")) {
      throw new UncheckedIOException(new IOException("the server lists a file without a name"));
    }
    return name;
  }

  /** The list of all files, which DJL reads from the same place. */
  private List<String> index() throws IOException {
    Files.createDirectories(cache);
    Path index = cache.resolve(wanted.version() + ".txt");
    if (!Files.exists(index)) {
      Path fresh = Files.createTempFile(cache, "files", ".tmp");
      try (InputStream body = ask("GET", "files.txt").body()) {
        Files.copy(body, fresh, StandardCopyOption.REPLACE_EXISTING);
        Files.move(fresh, index, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(fresh);
      }
    }
    return Files.readAllLines(index).stream()
        .map(String::strip)
        .filter(line -> line.indexOf('/') > 0 && line.endsWith(".gz"))
        .toList();
  }

  private long size(String file) throws IOException {
    HttpResponse<InputStream> answer = ask("HEAD", file);
    answer.body().close();
    return answer.headers().firstValueAsLong("Content-Length").orElse(0);
  }

  private void fetch(String file, Path target, LongConsumer received) throws IOException {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try (InputStream body = ask("GET", file).body();
        InputStream content = new GZIPInputStream(new Counted(body, received), PIECE);
        var out = Files.newOutputStream(part)) {
      content.transferTo(out);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(part);
      throw e;
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Tells how many bytes are read through it. */
  private static final class Counted extends java.io.FilterInputStream {
    private final LongConsumer received;

    Counted(InputStream in, LongConsumer received) {
      super(in);
      this.received = received;
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      received.accept(value < 0 ? 0 : 1);
      return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = super.read(target, offset, length);
      received.accept(Math.max(0, count));
      return count;
    }
  }

  private HttpResponse<InputStream> ask(String method, String path) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(source.resolve(path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .header("User-Agent", "darkroom")
            .timeout(SILENCE)
            .build();
    try {
      HttpResponse<InputStream> answer =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      if (answer.statusCode() != 200) {
        answer.body().close();
        throw new IOException(source.getHost() + " answers " + answer.statusCode());
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }
}
