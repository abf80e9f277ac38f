package io.darkroom.batch;

import io.darkroom.request.InvalidRequestException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A line of a prompt file that says something, sense or nonsense.
 *
 * @param number the line's number, from 1
 * @param index its place among all such lines, from 0; bad ones count, so that mending one moves
 *     nothing
 * @param line what it asks for; empty if that makes no sense
 * @param fault why it makes no sense; empty if it does
 */
public record PromptEntry(int number, int index, Optional<PromptLine> line, String fault) {
  /**
   * Looks closer at a line that makes sense by itself.
   *
   * @param check throws an {@link InvalidRequestException} where the line makes none
   * @return the same, or the line with that fault
   */
  public PromptEntry checked(Consumer<PromptLine> check) {
    try {
      line.ifPresent(check);
      return this;
    } catch (InvalidRequestException e) {
      return new PromptEntry(number, index, Optional.empty(), e.getMessage());
    }
  }
}
