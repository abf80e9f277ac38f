package io.darkroom.hub;

/**
 * What a download will do.
 *
 * @param id the model
 * @param commit its commit
 * @param choice what was chosen of it, and why, in words: which precision of the weights
 * @param files how many files the model needs
 * @param bytes their size
 * @param missingFiles how many of them are not in the cache
 * @param missingBytes how many bytes are to be fetched
 */
public record DownloadPlan(
    HubId id,
    String commit,
    String choice,
    int files,
    long bytes,
    int missingFiles,
    long missingBytes) {}
