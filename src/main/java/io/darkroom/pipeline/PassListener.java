package io.darkroom.pipeline;

/**
 * Told of one pass of a plan, tells of the whole.
 *
 * @param whole hears of the whole
 * @param place of the pass in the work
 * @param before the steps of the passes before
 * @param all the steps of all passes
 */
record PassListener(PipelineListener whole, PassShare place, int before, int all)
    implements ForwardingListener {
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
}
