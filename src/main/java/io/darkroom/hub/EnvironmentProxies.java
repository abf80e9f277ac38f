package io.darkroom.hub;

import io.darkroom.checkpoint.OneLine;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Proxies as the variables {@code https_proxy}, {@code http_proxy}, {@code all_proxy} and {@code
 * no_proxy} tell them, in small or capital letters. Proxies that want a password are not supported.
 */
final class EnvironmentProxies extends ProxySelector {
  private static final int DEFAULT_PORT = 80;

  private final Optional<Proxy> forHttps;
  private final Optional<Proxy> forHttp;
  private final List<String> direct;

  private EnvironmentProxies(
      Optional<Proxy> forHttps, Optional<Proxy> forHttp, List<String> direct) {
    this.forHttps = forHttps;
    this.forHttp = forHttp;
    this.direct = direct;
  }

  /**
   * Reads the variables.
   *
   * @param environment the process's
   * @return the proxies
   * @throws IOException if an address makes no sense
   */
  static EnvironmentProxies of(Map<String, String> environment) throws IOException {
    Optional<Proxy> all = proxy(environment, "all_proxy");
    String exceptions = text(environment, "no_proxy").orElse("");
    return new EnvironmentProxies(
        proxy(environment, "https_proxy").or(() -> all),
        proxy(environment, "http_proxy").or(() -> all),
        Stream.of(exceptions.toLowerCase(Locale.ROOT).split("[,\\s]+"))
            .map(host -> host.replaceFirst("^\\*?\\.", ""))
            .filter(host -> !host.isEmpty())
            .toList());
  }

  private static Optional<Proxy> proxy(Map<String, String> environment, String name)
      throws IOException {
    Optional<String> address = text(environment, name);
    if (address.isEmpty()) {
      return Optional.empty();
    }
    String text = address.get().contains("://") ? address.get() : "http://" + address.get();
    try {
      URI uri = URI.create(text);
      if ("http".equals(uri.getScheme()) && uri.getHost() != null && uri.getUserInfo() == null) {
        int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
        return Optional.of(
            new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(uri.getHost(), port)));
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    // A password may be in it: only what stands behind it is shown.
    throw new IOException(
        name
            + " is "
            + OneLine.of(text.replaceFirst("//.*@", "//"))
            + ", but only proxies of the form http://host:port, without a password, are supported");
  }

  private static Optional<String> text(Map<String, String> environment, String name) {
    return Stream.of(name, name.toUpperCase(Locale.ROOT))
        .map(key -> environment.getOrDefault(key, "").strip())
        .filter(value -> !value.isEmpty())
        .findFirst();
  }

  @Override
  public List<Proxy> select(URI uri) {
    String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    boolean isDirect =
        direct.stream()
            .anyMatch(
                entry ->
                    entry.equals("*")
                        || entry.equals(host)
                        || host.endsWith("." + entry)
                        || entry.equals(host + ":" + uri.getPort()));
    Optional<Proxy> proxy = "https".equals(uri.getScheme()) ? forHttps : forHttp;
    return List.of(isDirect ? Proxy.NO_PROXY : proxy.orElse(Proxy.NO_PROXY));
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    // the request itself fails, and says so
  }
}
