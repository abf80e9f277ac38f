package io.darkroom.batch;

import io.darkroom.lora.LoraChoice;
import io.darkroom.request.Choices;
import io.darkroom.request.Starts;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the user says of a whole batch.
 *
 * @param source where the prompts come from, by which a folder knows its batch
 * @param folder where the pictures and their manifest go
 * @param loras finds the LoRAs of a line by its prompt, the same for all lines where the prompt
 *     names none; throws {@link io.darkroom.request.InvalidRequestException} or {@link
 *     io.darkroom.base.ModelException} if there is no telling
 * @param choices for lines that do not choose themselves
 * @param starts reads the pictures that lines begin with
 * @param images pictures a line, for lines that do not say
 * @param seed the batch's seed; else the folder's, else a random one
 * @param dtype the precision as the user said it, {@code auto} if not: part of what shapes a
 *     picture
 * @param shard the share that this process makes
 * @param retryFailed whether to try what failed before once more
 */
public record BatchSettings(
    BatchSource source,
    Path folder,
    Function<String, List<LoraChoice>> loras,
    Choices choices,
    Starts starts,
    int images,
    Optional<Long> seed,
    String dtype,
    Shard shard,
    boolean retryFailed) {}
