package io.darkroom.cli.picture;

import io.darkroom.cli.option.OutputOption;
import io.darkroom.cli.option.PaintingOptions;
import io.darkroom.cli.option.ShowOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What the commands take that paint one series of pictures: {@code darkroom}, {@code again}. */
@Command
final class PictureOptions {
  @Mixin private final PaintingOptions painting = new PaintingOptions();
  @Mixin private final OutputOption output = new OutputOption();
  @Mixin private final ShowOption show = new ShowOption();

  /** What every command takes that paints. */
  PaintingOptions painting() {
    return painting;
  }

  /** Where the pictures go. */
  OutputOption output() {
    return output;
  }

  /** Whether they are drawn in the terminal. */
  ShowOption show() {
    return show;
  }
}
