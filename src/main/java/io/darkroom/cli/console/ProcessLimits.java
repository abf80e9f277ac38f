package io.darkroom.cli.console;

import io.darkroom.hub.ByteCount;
import io.darkroom.runtime.OutOfMemoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The limits that a shell or a service puts on a process ({@code ulimit}): where one of them is why
 * something failed, the failure is told as that, for what the library says about it seldom helps.
 */
public final class ProcessLimits {
  private static final Path OWN = Path.of("/proc/self/limits");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");
  private static final int DEPTH = 20;

  private ProcessLimits() {}

  /**
   * The limits of this process, where there are any.
   *
   * @param addressSpace in bytes
   * @param openFiles how many files it may have open
   * @param processes how many processes and threads its user may have
   */
  public record Limits(OptionalLong addressSpace, OptionalLong openFiles, OptionalLong processes) {}

  /**
   * Reads the limits.
   *
   * @return what Linux tells; no limits on another system
   */
  public static Limits read() {
    String limits = limits();
    return new Limits(
        number(limits, "Max address space"),
        number(limits, "Max open files"),
        number(limits, "Max processes"));
  }

  private static OptionalLong number(String limits, String name) {
    return limit(limits, name).stream().mapToLong(Long::parseLong).findFirst();
  }

  /**
   * Looks for a limit behind a failure.
   *
   * @param failure what ended the work
   * @return the limit's failure, or the same where none is behind it
   */
  public static Throwable explained(Throwable failure) {
    return explained(failure, limits());
  }

  /**
   * Looks for a limit behind a failure.
   *
   * @param failure what ended the work
   * @param limits the text of Linux's {@code /proc/PID/limits}; empty where there is none
   * @return the limit's failure, or the same where none is behind it
   */
  static Throwable explained(Throwable failure, String limits) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < DEPTH; depth++) {
      String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (message.contains("too many open files")) {
        return new OutOfMemoryException(
            "the process may open no more files%s; raise the limit, for example with ulimit -n 1024"
                .formatted(
                    limit(limits, "Max open files").map(n -> ": the limit is " + n).orElse("")),
            failure);
      }
      if (cause instanceof UnsatisfiedLinkError
          && (message.contains("failed to map segment")
              || message.contains("cannot allocate memory"))) {
        return new OutOfMemoryException(
            ("libtorch does not fit into the process's address space%s; raise the limit, for"
                    + " example with ulimit -v unlimited")
                .formatted(
                    limit(limits, "Max address space")
                        .map(n -> ", which is limited to " + ByteCount.text(Long.parseLong(n)))
                        .orElse("")),
            failure);
      }
      if (cause instanceof OutOfMemoryError && message.contains("native thread")) {
        return new OutOfMemoryException(
            ("the process may start no more threads%s; raise the limit, for example with ulimit"
                    + " -u unlimited or in the container's settings")
                .formatted(
                    limit(limits, "Max processes")
                        .map(n -> ": its user may have " + n + " of them")
                        .orElse("")),
            failure);
      }
      cause = cause.getCause();
    }
    return failure;
  }

  private static Optional<String> limit(String limits, String name) {
    Matcher line = Pattern.compile("(?m)^" + name + "\\s+(\\S+)").matcher(limits);
    return line.find()
        ? Optional.of(line.group(1)).filter(NUMBER.asMatchPredicate())
        : Optional.empty();
  }

  private static String limits() {
    try {
      return Files.exists(OWN) ? Files.readString(OWN) : "";
    } catch (IOException e) {
      return ""; // such as for want of a file that may be opened
    }
  }
}
