package io.darkroom.text;

import java.nio.file.Path;

/**
 * A textual inversion that prompts may name.
 *
 * @param name what a prompt calls it
 * @param file where it is
 */
public record EmbeddingChoice(String name, Path file) {

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
}
