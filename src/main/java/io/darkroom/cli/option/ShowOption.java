package io.darkroom.cli.option;

import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.TerminalView;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.InvalidRequestException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Pictures in the terminal itself. */
@Command(optionListHeading = "%nTerminal:%n")
public final class ShowOption {
  @Option(
      names = "--show",
      description =
          "Draw each finished picture in the terminal. The terminal's best way is taken: the "
              + "protocol of kitty or of iTerm2, sixels, or half blocks. The variable "
              + "DARKROOM_GRAPHICS chooses another one: kitty, iterm2, sixel, blocks or none. "
              + "Nothing is drawn where standard error is no terminal.")
  private boolean show;

  @Option(names = "--preview", description = "Draw a preview of the picture every few steps.")
  private boolean preview;

  @Option(
      names = "--preview-vae",
      paramLabel = "PATH",
      description =
          "Make the previews with a tiny autoencoder (TAESD). PATH is a file, or a diffusers "
              + "folder. Such previews are sharp, but take longer.")
  private Optional<Path> previewDecoder = Optional.empty();

  /**
   * Checks the options against each other.
   *
   * @throws InvalidRequestException if they do not fit together
   */
  public void check() {
    if (previewDecoder.isPresent() && !preview) {
      throw new InvalidRequestException("--preview-vae needs --preview, too");
    }
  }

  /**
   * Adds what previews need to what is opened.
   *
   * @param compute how the model is opened
   * @param surroundings tells the folder that paths start from
   * @return the same with the tiny autoencoder, if there is one
   */
  public ComputeOptions addTo(ComputeOptions compute, Surroundings surroundings) {
    return compute.withPreviewDecoder(previewDecoder.map(surroundings.folder()::resolve));
  }

  /**
   * The place where pictures are drawn.
   *
   * @param surroundings the terminal's size and the environment
   * @param messages share the terminal
   * @return a view that draws nothing where nothing is to be shown
   */
  public TerminalView view(Surroundings surroundings, Messages messages) {
    return new TerminalView(show, preview, surroundings, messages);
  }
}
