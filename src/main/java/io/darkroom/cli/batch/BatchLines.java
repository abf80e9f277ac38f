package io.darkroom.cli.batch;

import io.darkroom.batch.Batch;
import io.darkroom.batch.BatchPicture;
import io.darkroom.batch.BatchSettings;
import io.darkroom.batch.PromptEntry;
import io.darkroom.cli.console.Messages;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The lines of a prompt file: tells of each that makes no sense, and ends the command unless such
 * lines are to be left out.
 *
 * @param name the file as the user named it
 * @param options whether lines are left out
 * @param messages told of the lines
 */
record BatchLines(String name, BatchOptions options, Messages messages) {
  /**
   * Reads the file.
   *
   * @param prompts the file
   * @param settings read the pictures that a line names
   * @return its lines
   * @throws InvalidRequestException if one makes no sense, as far as that shows without a model
   * @throws IOException if the file cannot be read
   */
  List<PromptEntry> read(PromptFile prompts, BatchSettings settings) throws IOException {
    List<PromptEntry> entries =
        prompts.read().stream().map(entry -> entry.checked(settings::require)).toList();
    List<PromptEntry> bad = entries.stream().filter(entry -> entry.line().isEmpty()).toList();
    bad.forEach(entry -> complain(entry, entry.fault()));
    requireValid(bad.size());
    return entries;
  }

  /**
   * Plans what the lines ask for.
   *
   * @param batch plans each
   * @param entries the lines
   * @return the pictures, at least one
   * @throws InvalidRequestException if this model cannot make what a line asks for
   * @throws IOException if the batch's folder cannot be looked into
   */
  List<BatchPicture> plan(Batch batch, List<PromptEntry> entries) throws IOException {
    List<BatchPicture> pictures = new ArrayList<>();
    int bad = 0;
    for (PromptEntry entry : entries) {
      if (entry.line().isPresent()) {
        try {
          pictures.addAll(batch.plan(entry));
        } catch (InvalidRequestException e) {
          complain(entry, e.getMessage());
          bad++;
        }
      }
    }
    requireValid(bad);
    if (pictures.isEmpty()) {
      throw new InvalidRequestException("no line of " + name + " is valid");
    }
    return pictures;
  }

  private void complain(PromptEntry entry, String fault) {
    messages.complain(name + ":" + entry.number() + ": " + fault);
  }

  private void requireValid(int bad) {
    if (bad > 0 && !options.skipInvalid()) {
      throw new InvalidRequestException(
          (bad == 1 ? "1 line is invalid" : bad + " lines are invalid")
              + ", so nothing was made; correct "
              + (bad == 1 ? "it" : "them")
              + ", or make the other lines with --skip-invalid");
    }
  }
}
