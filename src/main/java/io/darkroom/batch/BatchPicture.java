package io.darkroom.batch;

import io.darkroom.pipeline.ImageRequest;

/**
 * A picture that a batch is to make.
 *
 * @param id its name in the manifest
 * @param line the number of its line, from 1
 * @param request what shapes it
 * @param hash of everything that shapes it, the model included: 64 hexadecimal digits
 * @param path its file, relative to the batch's folder, parts joined by {@code /}
 * @param named whether the line itself names the file
 */
public record BatchPicture(
    String id, int line, ImageRequest request, String hash, String path, boolean named) {}
