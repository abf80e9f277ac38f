package io.darkroom.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Pictures in the terminal itself. */
@Command(optionListHeading = "%nTerminal:%n")
final class ShowOption {
  @Option(
      names = "--show",
      description = {
        "Draw each finished picture in the terminal: by kitty's or iTerm2's protocol, in",
        "sixels or in half blocks, whichever it can; DARKROOM_GRAPHICS=kitty, iterm2, sixel,",
        "blocks or none says otherwise. Nothing where standard error is no terminal."
      })
  private boolean show;

  @Option(
      names = "--preview",
      description = "Draw a glimpse of the picture every few steps while it is painted.")
  private boolean preview;

  /**
   * The place where pictures are drawn.
   *
   * @param surroundings the terminal's size and the environment
   * @param messages share the terminal
   */
  TerminalView view(Surroundings surroundings, Messages messages) {
    return new TerminalView(show, preview, surroundings, messages);
  }
}
