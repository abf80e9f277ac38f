package io.darkroom.hub;

import io.darkroom.base.OneLine;
import io.darkroom.model.HubEnvironment;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where the hub and its cache are. The variables are those of the hub's own tools: <a
 * href="https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables">
 * environment variables</a>.
 *
 * @param endpoint the server's address, without a slash at its end
 * @param cache the folder of the cache
 * @param token proves who the user is; never to be shown
 * @param offline whether nothing may be asked of the server
 * @param proxies how a server is reached
 * @param retry how long to put up with failures
 */
public record HubSettings(
    URI endpoint,
    Path cache,
    Optional<String> token,
    boolean offline,
    ProxySelector proxies,
    RetryPolicy retry) {
  private static final String ENDPOINT = "https://huggingface.co";
  private static final long LONGEST_TOKEN_FILE = 10_000;

  /**
   * Reads the settings of a process.
   *
   * @param environment its variables
   * @param home the user's home folder
   * @return the settings
   * @throws IllegalArgumentException if a variable makes no sense; the message names it
   * @throws IOException if the file with the token cannot be read
   */
  public static HubSettings of(Map<String, String> environment, Path home) throws IOException {
    HubEnvironment variables = new HubEnvironment(environment, home);
    return new HubSettings(
        endpoint(variables.text("HF_ENDPOINT").orElse(ENDPOINT)),
        variables.cache(),
        token(variables),
        variables.flag("HF_HUB_OFFLINE") || variables.flag("TRANSFORMERS_OFFLINE"),
        EnvironmentProxies.of(environment),
        RetryPolicy.USUAL);
  }

  private static URI endpoint(String address) {
    try {
      URI uri = new URI(address.replaceFirst("/+$", ""));
      boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getQuery() == null && uri.getUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "HF_ENDPOINT is "
            + OneLine.of(address)
            + ", which is not the address of a server such as "
            + ENDPOINT);
  }

  private static Optional<String> token(HubEnvironment variables) throws IOException {
    Optional<String> token =
        variables.text("HF_TOKEN").or(() -> variables.text("HUGGING_FACE_HUB_TOKEN"));
    Path file = variables.path("HF_TOKEN_PATH").orElse(variables.home().resolve("token"));
    if (token.isEmpty() && Files.isRegularFile(file) && Files.size(file) < LONGEST_TOKEN_FILE) {
      token = Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
    }
    if (token.isPresent() && !token.get().chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new IllegalArgumentException(
          "the token (HF_TOKEN or "
              + file
              + ") has characters that cannot be in a token; copy"
              + " it again");
    }
    return token;
  }

  /** Everything but the token. */
  @Override
  public String toString() {
    return "HubSettings[" + endpoint + ", " + cache + "]";
  }
}
