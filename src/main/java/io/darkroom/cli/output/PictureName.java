package io.darkroom.cli.output;

/**
 * What a picture's file name is made of.
 *
 * @param prompt the whole prompt
 * @param seed the picture's own seed
 * @param index the picture's place among those of the command, from 1
 */
public record PictureName(String prompt, long seed, int index) {}
