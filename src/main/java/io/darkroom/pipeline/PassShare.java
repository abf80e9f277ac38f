package io.darkroom.pipeline;

/**
 * The place of a pass in the work of a batch.
 *
 * @param number of the pass, from 1
 * @param count how many passes there are, 2 or more
 * @param steps that it makes
 * @param before the share of the work that is done before it, 0 to 1
 * @param share its own share of the work, above 0
 */
public record PassShare(int number, int count, int steps, double before, double share) {}
