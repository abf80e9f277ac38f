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
      description = "What to paint in place of what the file says.")
  private Optional<String> prompt = Optional.empty();

  /** The prompt, if the user gave one. */
  Optional<String> prompt() {
    return prompt;
  }
}
