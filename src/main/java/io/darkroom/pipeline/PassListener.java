package io.darkroom.pipeline;

import io.darkroom.image.RgbImage;

/**
 * Told of one pass of a plan, tells of the whole.
 *
 * @param whole hears of the whole
 * @param place of the pass in the work
 * @param before the steps of the passes before
 * @param all the steps of all passes
 */
record PassListener(PipelineListener whole, PassShare place, int before, int all)
    implements PipelineListener {
  @Override
  public void onStep(int step, int steps) {
    if (step == 1) {
      whole.onPass(place);
    }
    whole.onStep(before + step, all);
  }

  @Override
  public boolean wantsPreview(int step, int steps) {
    return whole.wantsPreview(before + step, all);
  }

  @Override
  public void onPreview(RgbImage preview) {
    whole.onPreview(preview);
  }

  @Override
  public void onWarning(String message) {
    whole.onWarning(message);
  }

  @Override
  public void onDetail(String message) {
    whole.onDetail(message);
  }
}
