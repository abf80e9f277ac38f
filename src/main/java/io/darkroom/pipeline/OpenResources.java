package io.darkroom.pipeline;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a pipeline holds open, closed together in reverse order, also when opening fails halfway.
 */
final class OpenResources implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /**
   * Takes charge of a resource.
   *
   * @param <T> its type
   * @param resource what to close in the end
   * @return the same
   */
  <T extends AutoCloseable> T keep(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException("a resource cannot be closed", e);
      }
    }
  }
}
