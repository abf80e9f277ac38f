package io.darkroom.pipeline;

import io.darkroom.image.RgbImage;
import java.util.ArrayList;
import java.util.List;

/** Keeps the previews of the steps that it is told to look at; wants no warning. */
final class Looking implements PipelineListener {
  private final List<Integer> wanted;
  final List<RgbImage> previews = new ArrayList<>();

  Looking(Integer... wanted) {
    this.wanted = List.of(wanted);
  }

  @Override
  public boolean wantsPreview(int step, int steps) {
    return wanted.contains(step);
  }

  @Override
  public void onPreview(RgbImage preview) {
    previews.add(preview);
  }

  @Override
  public void onStep(int step, int steps) {}

  @Override
  public void onWarning(String message) {
    throw new AssertionError(message);
  }
}
