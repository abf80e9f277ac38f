package io.darkroom.cli.picture;

import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.ProgressBar;
import io.darkroom.cli.console.TerminalView;
import io.darkroom.image.RgbImage;
import io.darkroom.pipeline.PassShare;
import io.darkroom.pipeline.PipelineListener;
import java.util.HashSet;
import java.util.Set;

/** Shows each step, says each warning once, and stops the work when the process is to end. */
final class PaintingListener implements PipelineListener {
  private final ProgressBar progress;
  private final Messages messages;
  private final Interruption interruption;
  private final TerminalView view;
  private final Set<String> warnings = new HashSet<>();

  /**
   * Creates the listener.
   *
   * @param progress shows the steps
   * @param messages says the warnings
   * @param interruption ends the work
   * @param view shows previews
   */
  PaintingListener(
      ProgressBar progress, Messages messages, Interruption interruption, TerminalView view) {
    this.view = view;
    this.progress = progress;
    this.messages = messages;
    this.interruption = interruption;
  }

  @Override
  public void onStep(int step, int steps) {
    interruption.check();
    progress.step(step, steps);
    if (step == steps) {
      progress.decoding();
    }
  }

  @Override
  public void onPass(PassShare pass) {
    progress.pass(pass.number(), pass.count(), pass.steps(), pass.before(), pass.share());
  }

  @Override
  public boolean wantsPreview(int step, int steps) {
    return view.wantsPreview(step, steps);
  }

  @Override
  public void onPreview(RgbImage preview) {
    view.preview(preview);
  }

  @Override
  public void onWarning(String message) {
    if (warnings.add(message)) {
      messages.warn(message);
    }
  }

  @Override
  public void onDetail(String message) {
    messages.detail(message);
  }
}
