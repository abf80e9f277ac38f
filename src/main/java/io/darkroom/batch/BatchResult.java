package io.darkroom.batch;

/**
 * What a run of a batch came to.
 *
 * @param made pictures that are on disk now and were not before
 * @param failed pictures that could not be made
 */
public record BatchResult(int made, int failed) {}
