package io.darkroom.pipeline;

/**
 * By what a refiner is known.
 *
 * @param name for people: the directory's or file's name
 * @param hash the first ten hexadecimal digits of the SHA-256 of the U-Net's weights file
 */
public record RefinerFacts(String name, String hash) {}
