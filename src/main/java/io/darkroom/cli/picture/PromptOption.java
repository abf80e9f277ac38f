package io.darkroom.cli.picture;

import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Another prompt than the one that a file tells. */
@Command(optionListHeading = "%nPrompt:%n")
final class PromptOption {
  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "Paint this in place of the prompt in the file.")
  private Optional<String> prompt = Optional.empty();

  /** The prompt, if the user gave one. */
  Optional<String> prompt() {
    return prompt;
  }
}
