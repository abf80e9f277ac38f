package io.darkroom.hub;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/**
 * Asks the hub. Redirects are followed here rather than by the JDK's client, so that the token goes
 * to the hub alone and never to the servers that it sends its callers to. For several threads.
 */
final class HubClient {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
  private static final int MOST_REDIRECTS = 8;
  private static final int ATTEMPTS_TO_REACH = 2;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int PROXY_WANTS_PASSWORD = 407;

  /** Which ways to prove oneself to a proxy the JDK leaves out before a tunnel is made. */
  private static final String TUNNELING = "jdk.http.auth.tunneling.disabledSchemes";

  private final HubSettings settings;
  private final Consumer<String> notes;
  private final HttpClient client;
  private final TimeSource time;
  private volatile boolean hasAnswered;

  /**
   * Creates a client; connections are made when they are needed.
   *
   * @param settings where the hub is
   * @param notes told of pauses
   * @param time for pauses, and to notice silence
   */
  HubClient(HubSettings settings, Consumer<String> notes, TimeSource time) {
    this.settings = settings;
    this.notes = notes;
    this.time = time;
    if (settings.proxies() instanceof EnvironmentProxies proxies
        && proxies.havePasswords()
        && System.getProperty(TUNNELING) == null) {
      // By default that is the only one there is. It is read when the client's class is loaded.
      System.setProperty(TUNNELING, "");
    }
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1) // a connection a file
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT_TIMEOUT)
            .proxy(settings.proxies())
            .build();
  }

  /**
   * Lists a repository.
   *
   * @param id the model
   * @return its files at the revision's commit
   * @throws ModelException if there is no such repository or revision, or it is not for this user
   * @throws IOException if the server cannot be reached or does not answer well
   */
  RepositoryListing list(HubId id) throws IOException {
    URI uri =
        URI.create(
            settings.endpoint()
                + "/api/models/"
                + id.repository()
                + "/revision/"
                + encode(id.revision())
                + "?blobs=true");
    return persist(
        id,
        id.toString(),
        () -> {
          try (InputStream body = ask("GET", uri, id, OptionalLong.empty()).body()) {
            return RepositoryListing.parse(body, id);
          }
        });
  }

  /**
   * Asks for what the listing of some servers does not tell of a file.
   *
   * @param id the model
   * @param commit the commit
   * @param file the file
   * @return the file with its content known
   * @throws ModelException if the server refuses it
   * @throws IOException if the server cannot be reached or does not answer well
   */
  RemoteFile describe(HubId id, String commit, RemoteFile file) throws IOException {
    return persist(
        id,
        file.path(),
        () -> {
          Answer answer =
              askOnce("HEAD", address(id, commit, file), id, OptionalLong.empty(), true);
          answer.body().close();
          String etag =
              header(answer, "X-Linked-Etag", header(answer, "ETag", ""))
                  .replaceFirst("^W/", "")
                  .replace("\"", "");
          String size = header(answer, "X-Linked-Size", header(answer, "Content-Length", ""));
          if (etag.isEmpty() || !size.matches("\\d{1,18}")) {
            throw new ModelException(
                "the server does not send the checksum and the size of "
                    + OneLine.of(file.path())
                    + "; check HF_ENDPOINT");
          }
          return file.with(new RemoteFile.Content(etag, Long.parseLong(size)));
        });
  }

  /**
   * Begins to fetch a file.
   *
   * @param id the model
   * @param commit the commit
   * @param file the file
   * @param offset the first byte wanted; the server may begin at 0 all the same, and says so by the
   *     status 200 in place of 206
   * @return the answer with status 200, 206 or 416; the caller closes its body
   * @throws ModelException if the server refuses it
   * @throws IOException if the server cannot be reached or does not answer well
   */
  Answer open(HubId id, String commit, RemoteFile file, long offset) throws IOException {
    return persist(
        id,
        file.path(),
        () ->
            ask(
                "GET",
                address(id, commit, file),
                id,
                offset == 0 ? OptionalLong.empty() : OptionalLong.of(offset)));
  }

  /** Where a failed transfer came from and how long to wait, for the one that goes on with it. */
  void pause(int failures) {
    sleep(settings.retry().pause(failures));
  }

  private URI address(HubId id, String commit, RemoteFile file) {
    StringBuilder path = new StringBuilder();
    for (String name : file.path().split("/", 0)) {
      path.append('/').append(encode(name));
    }
    return URI.create(settings.endpoint() + "/" + id.repository() + "/resolve/" + commit + path);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  // ---------------------------------------------------------------- again and again

  private interface Question<T> {
    T ask() throws IOException;
  }

  /** A failure that may be gone in a moment. */
  private static final class Passing extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient Duration asked;

    Passing(String message, Duration asked) {
      super(message);
      this.asked = asked;
    }
  }

  /** A failure that another attempt does not mend. */
  private static final class Lasting extends IOException {
    private static final long serialVersionUID = 1L;

    Lasting(String message) {
      super(message);
    }
  }

  private <T> T persist(HubId id, String what, Question<T> question) throws IOException {
    for (int failures = 1; ; failures++) {
      try {
        return question.ask();
      } catch (Lasting e) {
        throw e;
      } catch (IOException e) {
        int attempts = settings.retry().attempts();
        // A server that nothing was ever heard of is most likely not there at all.
        if (failures >= (hasAnswered ? attempts : Math.min(attempts, ATTEMPTS_TO_REACH))) {
          throw new IOException(
              "cannot get %s of %s from %s: %s (%d attempts); try again later"
                  .formatted(
                      what.equals(id.toString()) ? "the list of files" : OneLine.of(what),
                      id,
                      settings.endpoint().getHost(),
                      reason(e),
                      failures),
              e);
        }
        Duration pause = settings.retry().pause(failures);
        if (e instanceof Passing passing && passing.asked.compareTo(pause) > 0) {
          pause = passing.asked;
          if (pause.compareTo(settings.retry().longestAsked()) > 0) {
            throw new IOException(
                "%s asks to wait %d s (%s); try again later"
                    .formatted(settings.endpoint().getHost(), pause.toSeconds(), e.getMessage()),
                e);
          }
          notes.accept(e.getMessage() + ", waiting " + pause.toSeconds() + " s as it asks");
        }
        sleep(pause);
      }
    }
  }

  private void sleep(Duration pause) {
    try {
      time.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }

  /** Why a connection failed, in words: the JDK's exceptions often have none. */
  static String reason(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return "the name of the host is unknown; check the connection, and whether you need a"
            + " proxy";
      }
      if (cause instanceof HttpTimeoutException) {
        return "it does not answer";
      }
    }
    if (failure instanceof ConnectException) {
      return "it refuses the connection";
    }
    return failure.getMessage() == null ? "the connection broke" : OneLine.of(failure.getMessage());
  }

  // ---------------------------------------------------------------- one question

  /**
   * What a server answers.
   *
   * @param statusCode its status
   * @param headers its headers
   * @param body its body, watched; empty where there is none
   */
  record Answer(int statusCode, HttpHeaders headers, InputStream body) {}

  private Answer ask(String method, URI uri, HubId id, OptionalLong offset) throws IOException {
    return askOnce(method, uri, id, offset, false);
  }

  /**
   * Asks and follows redirects.
   *
   * @param isDescribed whether a redirect with the file's description is an answer, too
   */
  private Answer askOnce(
      String method, URI first, HubId id, OptionalLong offset, boolean isDescribed)
      throws IOException {
    URI uri = first;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      Answer answer = send(method, uri, offset);
      int status = answer.statusCode();
      if (status == PROXY_WANTS_PASSWORD) {
        throw refusedByProxy(answer, uri);
      }
      if (status == 200 || status == 206 || (status == 416 && offset.isPresent())) {
        return answer;
      }
      boolean redirect = status >= 300 && status < 400;
      if (redirect && isDescribed && answer.headers().firstValue("X-Linked-Etag").isPresent()) {
        return answer;
      }
      answer.body().close();
      if (!redirect) {
        throw refusal(answer, uri, id);
      }
      uri = target(uri, header(answer, "Location", ""));
    }
    throw new ModelException(
        settings.endpoint().getHost() + " redirects in a circle; check HF_ENDPOINT");
  }

  private static URI target(URI from, String location) {
    try {
      URI target = from.resolve(location);
      boolean web = "https".equals(target.getScheme()) || "http".equals(target.getScheme());
      boolean weaker = from.getScheme().equals("https") && !"https".equals(target.getScheme());
      if (web && !weaker && !location.isEmpty() && target.getHost() != null) {
        return target;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new ModelException(
        from.getHost()
            + " redirects to an address that is not valid or not encrypted; check HF_ENDPOINT");
  }

  private Answer send(String method, URI uri, OptionalLong offset) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .header("User-Agent", "darkroom")
            .header("Accept-Encoding", "identity")
            .timeout(settings.retry().silence());
    offset.ifPresent(from -> request.header("Range", "bytes=" + from + "-"));
    // The JDK's client gives this header to the proxy, and to the server behind it never.
    if (settings.proxies() instanceof EnvironmentProxies proxies) {
      proxies.authorization(uri).ifPresent(value -> request.header("Proxy-Authorization", value));
    }
    if (isHub(uri)) {
      settings.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
    }
    try {
      HttpResponse<InputStream> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      hasAnswered = true;
      // There is no body where a proxy refused a tunnel.
      InputStream body =
          answer.body() == null
              ? InputStream.nullInputStream()
              : new WatchedBody(answer.body(), settings.retry(), time);
      return new Answer(answer.statusCode(), answer.headers(), body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }

  private static IOException refusedByProxy(Answer answer, URI uri) throws IOException {
    answer.body().close();
    return new Lasting(
        "the proxy needs a valid user and password; give them in "
            + uri.getScheme()
            + "_proxy as http://user:password@host:port");
  }

  /** Whether an address is of the very server that the token is for. */
  private boolean isHub(URI uri) {
    URI hub = settings.endpoint();
    return hub.getScheme().equals(uri.getScheme())
        && hub.getHost().equalsIgnoreCase(uri.getHost())
        && hub.getPort() == uri.getPort();
  }

  private IOException refusal(Answer answer, URI uri, HubId id) {
    int status = answer.statusCode();
    String said = uri.getHost() + " answers " + status;
    if (status == TOO_MANY_REQUESTS || status >= 500 || status == 408) {
      String seconds = header(answer, "Retry-After", "0");
      boolean isNumber = seconds.matches("\\d{1,6}");
      return new Passing(said, Duration.ofSeconds(isNumber ? Long.parseLong(seconds) : 0));
    }
    if (!isHub(uri)) {
      return new Passing(said, Duration.ZERO); // the link may be too old: the hub gives a fresh one
    }
    String page = settings.endpoint() + "/" + id.repository();
    String error = header(answer, "X-Error-Code", "");
    String advice =
        switch (status) {
          case 401 ->
              settings.token().isPresent()
                  ? ("the hub does not take the token for %s: it is wrong or has expired, or"
                              + " there is no")
                          .formatted(id)
                      + " such repository; put a valid token into HF_TOKEN or the token file, from "
                      + settings.endpoint()
                      + "/settings/tokens"
                  : error.equals("GatedRepo")
                      ? "%s is gated: accept its licence at %s and set HF_TOKEN to a token from %s"
                          .formatted(id, page, settings.endpoint() + "/settings/tokens")
                      : ("there is no public repository %s on %s; a private one needs a token in"
                              + " HF_TOKEN")
                          .formatted(id.repository(), settings.endpoint().getHost());
          case 403 ->
              "%s is gated: accept its licence at %s, with the account of the token in HF_TOKEN"
                  .formatted(id, page);
          case 404 ->
              error.equals("RevisionNotFound")
                  ? "%s has no revision %s; its revisions are listed at %s"
                      .formatted(id.repository(), id.revision(), page + "/tree/main")
                  : error.equals("EntryNotFound")
                      ? "%s does not have a file that it lists; try again".formatted(id)
                      : "there is no repository %s with a revision %s on %s; check the name"
                          .formatted(id.repository(), id.revision(), settings.endpoint().getHost());
          default -> said + " when asked for " + id + "; check HF_ENDPOINT";
        };
    throw new ModelException(advice);
  }

  private static String header(Answer answer, String name, String fallback) {
    return answer.headers().firstValue(name).orElse(fallback);
  }
}
