package io.darkroom.batch;

import io.darkroom.base.ModelException;
import io.darkroom.lora.LoraChoice;
import io.darkroom.request.Choices;
import io.darkroom.request.InvalidRequestException;
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
 *     names none; throws {@link InvalidRequestException} or {@link ModelException} if there is no
 *     telling
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
    boolean retryFailed) {
  /**
   * Checks a line as far as that needs no model.
   *
   * @param line the line
   * @throws InvalidRequestException if a picture that it names cannot be read, or its choices do
   *     not go together
   */
  public void require(PromptLine line) {
    start(line);
  }

  /** What the line's pictures begin with. */
  Starts.Chosen start(PromptLine line) {
    return starts.choose(line.choices().orElse(choices));
  }

  /** The line's LoRAs. One that is not there is the line's affair, not the model's. */
  List<LoraChoice> lorasOf(PromptLine line) {
    try {
      return loras.apply(line.prompt());
    } catch (ModelException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }
}
