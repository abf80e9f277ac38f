package io.darkroom.hub;

import io.darkroom.base.OneLine;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Proxies as the variables {@code https_proxy}, {@code http_proxy}, {@code all_proxy} and {@code
 * no_proxy} tell them, in small or capital letters, with user and password where they are given.
 * Neither is ever in a message.
 */
final class EnvironmentProxies extends ProxySelector {
  private static final int DEFAULT_PORT = 80;

  /**
   * A proxy.
   *
   * @param proxy its address
   * @param authorization what proves to it who the user is
   */
  private record Server(Proxy proxy, Optional<String> authorization) {
    static final Server NONE = new Server(Proxy.NO_PROXY, Optional.empty());

    /** Everything but the password. */
    @Override
    public String toString() {
      return proxy.toString();
    }
  }

  private final Server forHttps;
  private final Server forHttp;
  private final List<String> direct;

  private EnvironmentProxies(Server forHttps, Server forHttp, List<String> direct) {
    this.forHttps = forHttps;
    this.forHttp = forHttp;
    this.direct = direct;
  }

  /**
   * Reads the variables.
   *
   * @param environment the process's
   * @return the proxies
   * @throws IllegalArgumentException if an address makes no sense
   */
  static EnvironmentProxies of(Map<String, String> environment) {
    Optional<Server> all = proxy(environment, "all_proxy");
    String exceptions = text(environment, "no_proxy").orElse("");
    return new EnvironmentProxies(
        proxy(environment, "https_proxy").or(() -> all).orElse(Server.NONE),
        proxy(environment, "http_proxy").or(() -> all).orElse(Server.NONE),
        Stream.of(exceptions.toLowerCase(Locale.ROOT).split("[,\\s]+"))
            .map(host -> host.replaceFirst("^\\*?\\.", ""))
            .filter(host -> !host.isEmpty())
            .toList());
  }

  private static Optional<Server> proxy(Map<String, String> environment, String name) {
    Optional<String> given = text(environment, name);
    if (given.isEmpty()) {
      return Optional.empty();
    }
    String text = given.get().contains("://") ? given.get() : "http://" + given.get();
    // A password may have any character in it, an @ too: what stands behind the last one is shown.
    int start = text.indexOf("://") + "://".length();
    int at = text.lastIndexOf('@');
    String address = at < start ? text : text.substring(0, start) + text.substring(at + 1);
    try {
      URI uri = URI.create(address);
      if ("http".equals(uri.getScheme()) && uri.getHost() != null) {
        int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
        return Optional.of(
            new Server(
                new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(uri.getHost(), port)),
                at < start ? Optional.empty() : Optional.of(basic(text.substring(start, at)))));
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new IllegalArgumentException(
        name
            + " is "
            + OneLine.of(address)
            + ", but only proxies of the form http://host:port or http://user:password@host:port"
            + " are supported; write each character of them that is not a letter or a digit as %"
            + " and two digits");
  }

  /**
   * The value of {@code Proxy-Authorization}: <a href="https://www.rfc-editor.org/rfc/rfc7617">RFC
   * 7617</a>.
   */
  private static String basic(String userAndPassword) {
    String both = userAndPassword.contains(":") ? userAndPassword : userAndPassword + ":";
    String plain = URLDecoder.decode(both.replace("+", "%2B"), StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<String> text(Map<String, String> environment, String name) {
    return Stream.of(name, name.toUpperCase(Locale.ROOT))
        .map(key -> environment.getOrDefault(key, "").strip())
        .filter(value -> !value.isEmpty())
        .findFirst();
  }

  /**
   * What proves to a server's proxy who the user is.
   *
   * @param uri the server's address
   * @return the value of {@code Proxy-Authorization}, never to be shown; empty without a proxy or
   *     password
   */
  Optional<String> authorization(URI uri) {
    return server(uri).authorization();
  }

  /** Whether some proxy wants a password. */
  boolean havePasswords() {
    return forHttps.authorization().isPresent() || forHttp.authorization().isPresent();
  }

  @Override
  public List<Proxy> select(URI uri) {
    return List.of(server(uri).proxy());
  }

  private Server server(URI uri) {
    String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    boolean isDirect =
        direct.stream()
            .anyMatch(
                entry ->
                    entry.equals("*")
                        || entry.equals(host)
                        || host.endsWith("." + entry)
                        || entry.equals(host + ":" + uri.getPort()));
    return isDirect ? Server.NONE : "https".equals(uri.getScheme()) ? forHttps : forHttp;
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    // the request itself fails, and says so
  }
}
