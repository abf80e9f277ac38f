package io.darkroom.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.engine.EngineException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;

class ProcessLimitsTest {
  private static final String LIMITS =
      """
      Limit                     Soft Limit           Hard Limit           Units
      Max processes             63                   unlimited            processes
      Max open files            24                   24                   files
      Max address space         4096000000           4096000000           bytes
      """;

  private static void assertTold(String message, Throwable failure, String limits) {
    Throwable told = ProcessLimits.explained(failure, limits);
    assertEquals(message, FailureMessage.of(told));
    assertEquals(ExitStatus.OUT_OF_MEMORY, ExitStatus.of(told));
    assertSame(failure, told.getCause(), "--verbose shows where");
  }

  @Test
  void theLimitIsToldByItsName() {
    Throwable files =
        new EngineException(
            "Folder not exist!", new FileSystemException("/x", null, "Too many open files"));
    assertTold(
        "the process may open no more files: the limit is 24; raise the limit, for example with"
            + " ulimit -n 1024",
        files,
        LIMITS);
    assertTold(
        "the process may open no more files; raise the limit, for example with ulimit -n 1024",
        files,
        "");
    Throwable space =
        new EngineException(
            "Failed to load PyTorch native library",
            new UnsatisfiedLinkError("libtorch_cpu.so: failed to map segment from shared object"));
    assertTold(
        "libtorch does not fit into the process's address space, which is limited to 4.1 GB;"
            + " raise the limit, for example with ulimit -v unlimited",
        space,
        LIMITS);
    assertTold(
        "libtorch does not fit into the process's address space; raise the limit, for example"
            + " with ulimit -v unlimited",
        space,
        LIMITS.replace("4096000000 ", "unlimited  "));
    assertTold(
        "the process may start no more threads: its user may have 63 of them; raise the limit, for"
            + " example with ulimit -u unlimited or in the container's settings",
        new OutOfMemoryError("unable to create native thread: possibly out of memory"),
        LIMITS);
  }

  @Test
  void otherFailuresStayWhatTheyAre() {
    for (Throwable failure :
        new Throwable[] {
          new EngineException(
              "Failed to load PyTorch native library", new UnsatisfiedLinkError("x")),
          new OutOfMemoryError("Java heap space"),
          new RuntimeException((String) null)
        }) {
      assertSame(failure, ProcessLimits.explained(failure, LIMITS));
    }
  }
}
