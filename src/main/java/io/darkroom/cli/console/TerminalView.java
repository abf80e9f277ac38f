package io.darkroom.cli.console;

import io.darkroom.image.RgbImage;
import io.darkroom.terminal.PictureProtocol;
import io.darkroom.terminal.PictureProtocol.Box;
import io.darkroom.terminal.TerminalProbe;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Pictures drawn in the terminal that standard error is; where it is none, nothing happens.
 * Finished pictures stay, a preview is drawn over the one before and then taken away. Previews are
 * coarse, so half blocks do for them, which every terminal can draw over.
 */
public final class TerminalView {
  private static final Path TERMINAL = Path.of("/dev/tty");
  private static final int PREVIEWS = 8;
  private static final int USUAL_ROWS = 24;

  private final boolean show;
  private final boolean preview;
  private final Surroundings surroundings;
  private final Messages messages;
  private Optional<PictureProtocol> protocol = Optional.empty();
  private boolean asked;
  private int previewRows;

  /**
   * Creates the view.
   *
   * @param show whether finished pictures are drawn
   * @param preview whether unfinished ones are
   * @param surroundings the terminal's size and the environment
   * @param messages share the terminal
   */
  public TerminalView(boolean show, boolean preview, Surroundings surroundings, Messages messages) {
    this.show = show;
    this.preview = preview;
    this.surroundings = surroundings;
    this.messages = messages;
  }

  /**
   * Tells when to draw a preview: some times in the course of a picture, not at its very end.
   *
   * @param step the steps done, from 1
   * @param steps all of them
   * @return whether now
   */
  public boolean wantsPreview(int step, int steps) {
    return preview
        && step < steps
        && step % Math.max(1, steps / PREVIEWS) == 0
        && protocol().isPresent();
  }

  /**
   * Draws a preview over the one before.
   *
   * @param image at its own size; it is drawn as the terminal allows
   */
  public void preview(RgbImage image) {
    Box box = box(image);
    String picture = PictureProtocol.BLOCKS.draw(image, box);
    messages.draw(up(previewRows) + picture);
    previewRows = box.rows();
  }

  /** Takes the preview away: the picture is finished, or never will be. */
  void clearPreview() {
    if (previewRows > 0) {
      messages.draw(up(previewRows) + "\033[J");
      previewRows = 0;
    }
  }

  /**
   * Draws a finished picture.
   *
   * @param image at its own size; it is drawn as the terminal allows
   */
  public void show(RgbImage image) {
    clearPreview();
    if (show) {
      protocol().ifPresent(known -> messages.draw(known.draw(image, box(image))));
    }
  }

  private static String up(int rows) {
    return rows == 0 ? "" : "\033[" + rows + "A\r";
  }

  private Box box(RgbImage image) {
    return Box.fitting(
        image,
        surroundings.terminalColumns().orElseThrow(),
        surroundings.terminalRows().orElse(USUAL_ROWS));
  }

  /** Asked of the terminal once, and only if there is one and somebody wants pictures. */
  private Optional<PictureProtocol> protocol() {
    if (!asked && messages.statusColumns().isPresent()) {
      try {
        protocol = TerminalProbe.choose(surroundings.environment(), TERMINAL);
      } catch (IllegalArgumentException e) {
        messages.warn(e.getMessage());
      }
    }
    asked = true;
    return protocol;
  }
}
