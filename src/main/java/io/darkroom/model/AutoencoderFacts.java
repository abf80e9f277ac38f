package io.darkroom.model;

/**
 * By what an autoencoder is known.
 *
 * @param name the file's or folder's name
 * @param hash SHA-256 of the weights file, 64 hexadecimal digits; of its index and parts if there
 *     are several
 */
public record AutoencoderFacts(String name, String hash) {}
