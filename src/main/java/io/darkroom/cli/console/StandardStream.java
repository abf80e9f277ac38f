package io.darkroom.cli.console;

import java.util.Set;

/** A standard stream of the process, by the names that the command line has for it. */
public enum StandardStream {
  /** Standard input. */
  INPUT("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"),
  /** Standard output. */
  OUTPUT("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1");

  private final Set<String> names;

  StandardStream(String... names) {
    this.names = Set.of(names);
  }

  /**
   * Tells whether a word on the command line names the stream.
   *
   * @param name {@code -}, or the path that the operating system has for the stream
   * @return whether it does
   */
  public boolean is(String name) {
    return names.contains(name);
  }
}
