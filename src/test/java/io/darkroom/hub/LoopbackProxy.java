package io.darkroom.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A proxy on the loopback interface that wants a user and password. Whatever host is asked for, it
 * leads to one server; a tunnel's encryption ends in the proxy itself, so that it sees what is said
 * in the tunnel.
 */
public final class LoopbackProxy implements AutoCloseable {
  /** The heads of all requests to the proxy. */
  public final List<String> heads = Collections.synchronizedList(new ArrayList<>());

  /** The heads of all requests that went through a tunnel. */
  public final List<String> tunnelled = Collections.synchronizedList(new ArrayList<>());

  private final ServerSocket server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final URI target;
  private final String expected;
  private final Optional<SSLContext> encryption;

  public LoopbackProxy(URI target, String user, String password, Optional<SSLContext> encryption)
      throws IOException {
    this.target = target;
    this.encryption = encryption;
    expected =
        "Basic "
            + Base64.getEncoder()
                .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::listen);
  }

  /** Where it is. */
  public String hostAndPort() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  private void listen() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        threads.execute(() -> answer(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void answer(Socket socket) {
    try (socket) {
      String head = head(socket.getInputStream());
      heads.add(head);
      if (!head.contains("\r\nProxy-Authorization: " + expected + "\r\n")) {
        say(
            socket,
            "HTTP/1.1 407 Proxy Authentication Required\r\n"
                + "Proxy-Authenticate: Basic realm=\"loopback\"\r\n"
                + "Content-Length: 0\r\nConnection: close\r\n\r\n");
      } else if (head.startsWith("CONNECT ")) {
        say(socket, "HTTP/1.1 200 Connection established\r\n\r\n");
        SSLSocket tunnel =
            (SSLSocket)
                encryption
                    .orElseThrow()
                    .getSocketFactory()
                    .createSocket(socket, null, socket.getPort(), true);
        tunnel.setUseClientMode(false);
        try (tunnel) {
          String inner = head(tunnel.getInputStream());
          tunnelled.add(inner);
          forward(inner, tunnel);
        }
      } else {
        forward(head.replaceFirst("\r\nProxy-Authorization: [^\r]*", ""), socket);
      }
    } catch (IOException e) {
      // the caller went away
    }
  }

  /** One request; the server's answer ends with the connection. */
  private void forward(String head, Socket caller) throws IOException {
    try (Socket hub = new Socket(target.getHost(), target.getPort())) {
      String closing =
          head.replaceFirst("(?i)\r\nConnection: [^\r]*", "")
              .replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n");
      say(hub, closing);
      hub.getInputStream().transferTo(caller.getOutputStream());
    }
  }

  private static void say(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the request ended");
      }
      head.write(next);
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
  }
}
