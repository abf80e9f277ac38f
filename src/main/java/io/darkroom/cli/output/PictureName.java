package io.darkroom.cli.output;

import io.darkroom.image.FileStem;

/**
 * What a picture's file name is made of.
 *
 * @param name what it is called: where it is made of another file, as that one is called
 * @param prompt the whole prompt
 * @param seed the picture's own seed
 * @param index the picture's place among those of the command, from 1
 */
public record PictureName(String name, String prompt, long seed, int index) {
  /**
   * The name of a picture that is called by its prompt.
   *
   * @param prompt the whole prompt
   * @param seed the picture's own seed
   * @param index the picture's place among those of the command, from 1
   */
  public PictureName(String prompt, long seed, int index) {
    this(FileStem.of(prompt), prompt, seed, index);
  }
}
