package io.darkroom.batch;

import io.darkroom.pipeline.RequestChoices;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the user says of a whole batch.
 *
 * @param source the prompt file's name, by which a folder knows its batch; {@code -} for a stream
 * @param folder where the pictures and their manifest go
 * @param choices for lines that do not choose themselves
 * @param images pictures a line, for lines that do not say
 * @param seed the batch's seed; else the folder's, else a random one
 * @param dtype the precision as the user said it, {@code auto} if not: part of what shapes a
 *     picture
 * @param shard the share that this process makes
 * @param retryFailed whether to try what failed before once more
 */
public record BatchSettings(
    String source,
    Path folder,
    RequestChoices choices,
    int images,
    Optional<Long> seed,
    String dtype,
    Shard shard,
    boolean retryFailed) {}
