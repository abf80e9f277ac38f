package io.darkroom.text;

import java.nio.file.Path;

/**
 * A textual inversion that prompts may name.
 *
 * @param name what a prompt calls it
 * @param file where it is
 * @param reading when it is read
 */
public record EmbeddingChoice(String name, Path file, Reading reading) {
  /** When an embedding is read. */
  public enum Reading {
    /** As the model opens; one that cannot be used is an error. */
    AT_ONCE,
    /** When a prompt first names it; one that cannot be used is a warning, and its name text. */
    WHEN_NAMED
  }

  /**
   * A file that is read at once.
   *
   * @param name what a prompt calls it
   * @param file where it is
   */
  public EmbeddingChoice(String name, Path file) {
    this(name, file, Reading.AT_ONCE);
  }

  /**
   * A file under its own name, as in AUTOMATIC1111's web UI; what a file of diffusers calls its
   * token does not count.
   *
   * @param file where it is
   * @return the choice, with the file's name without its last ending
   */
  public static EmbeddingChoice of(Path file) {
    Path last = file.getFileName();
    String name = last == null ? "" : last.toString();
    int dot = name.lastIndexOf('.');
    return new EmbeddingChoice(dot > 0 ? name.substring(0, dot) : name, file);
  }

  /**
   * The same, read when it is named.
   *
   * @return the choice
   */
  public EmbeddingChoice whenNamed() {
    return new EmbeddingChoice(name, file, Reading.WHEN_NAMED);
  }
}
