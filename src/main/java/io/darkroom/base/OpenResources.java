package io.darkroom.base;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is held open together: closed in reverse order, all of it whatever fails, also when opening
 * fails halfway.
 */
public final class OpenResources implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /**
   * Takes charge of a resource.
   *
   * @param <T> its type
   * @param resource what to close in the end
   * @return the same
   */
  public <T extends AutoCloseable> T keep(T resource) {
    open.push(resource);
    return resource;
  }

  /**
   * Closes resources that belong together.
   *
   * @param resources in the order in which they were opened
   * @see #close
   */
  public static void closeAll(Iterable<? extends AutoCloseable> resources) {
    OpenResources all = new OpenResources();
    resources.forEach(all::keep);
    all.close();
  }

  /**
   * Closes a resource because something failed, which stays the failure to be thrown.
   *
   * @param resource what to close
   * @param failure what failed; what fails in closing is suppressed in it
   */
  public static void closeAfter(AutoCloseable resource, Throwable failure) {
    OpenResources opened = new OpenResources();
    opened.keep(resource);
    opened.closeAfter(failure);
  }

  /**
   * Closes all because something failed, which stays the failure to be thrown.
   *
   * @param failure what failed; what fails in closing is suppressed in it
   */
  public void closeAfter(Throwable failure) {
    try {
      close();
    } catch (RuntimeException | Error second) {
      failure.addSuppressed(second);
    }
  }

  /**
   * Closes all. Where several fail, the first failure is thrown and has the others suppressed in
   * it; a checked one is the cause of an {@link IllegalStateException}.
   */
  @Override
  public void close() {
    Throwable first = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception | Error failure) {
        if (first == null) {
          first = failure;
        } else if (first != failure) {
          first.addSuppressed(failure);
        }
      }
    }
    if (first instanceof RuntimeException failure) {
      throw failure;
    }
    if (first instanceof Error failure) {
      throw failure;
    }
    if (first != null) {
      throw new IllegalStateException("a resource cannot be closed", first);
    }
  }
}
