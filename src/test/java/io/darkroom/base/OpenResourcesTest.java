package io.darkroom.base;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenResourcesTest {
  private final List<String> closed = new ArrayList<>();

  private AutoCloseable resource(String name) {
    return () -> closed.add(name);
  }

  private AutoCloseable failing(String name, Exception failure) {
    return () -> {
      closed.add(name);
      throw failure;
    };
  }

  @Test
  void allAreClosedInReverseOrderWhateverFails() {
    RuntimeException last = new IllegalArgumentException("last");
    IOException first = new IOException("first");
    OpenResources resources = new OpenResources();
    resources.keep(failing("a", first));
    resources.keep(resource("b"));
    resources.keep(failing("c", last));
    RuntimeException thrown = assertThrows(RuntimeException.class, resources::close);
    assertEquals(List.of("c", "b", "a"), closed);
    assertSame(last, thrown);
    assertArrayEquals(new Throwable[] {first}, thrown.getSuppressed());
    resources.close(); // once is enough
    assertEquals(3, closed.size());
  }

  @Test
  void errorsDoNotStopItEither() {
    OpenResources resources = new OpenResources();
    resources.keep(resource("a"));
    resources.keep(
        () -> {
          throw new StackOverflowError();
        });
    assertThrows(StackOverflowError.class, resources::close);
    assertEquals(List.of("a"), closed);
  }

  @Test
  void aCheckedFailureIsTheCause() {
    IOException failure = new IOException("no");
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () -> OpenResources.closeAll(List.of(resource("a"), failing("b", failure))));
    assertSame(failure, thrown.getCause());
    assertEquals(List.of("b", "a"), closed);
  }

  @Test
  void whatFailedFirstStaysTheFailure() {
    OpenResources resources = new OpenResources();
    RuntimeException second = new IllegalStateException("second");
    resources.keep(resource("a"));
    resources.keep(failing("b", second));
    Exception failure = new Exception("first");
    resources.closeAfter(failure);
    assertEquals(List.of("b", "a"), closed);
    assertArrayEquals(new Throwable[] {second}, failure.getSuppressed());
  }
}
