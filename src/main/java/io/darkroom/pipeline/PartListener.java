package io.darkroom.pipeline;

/**
 * Told of one part of a work, tells of the whole: parts are equally long and come one after
 * another.
 *
 * @param whole hears of the whole
 * @param part the part's number, from 0
 * @param parts how many there are
 */
record PartListener(PipelineListener whole, int part, int parts) implements ForwardingListener {
  @Override
  public void onStep(int step, int steps) {
    whole.onStep(part * steps + step, parts * steps);
  }

  @Override
  public void onPass(PassShare pass) {
    whole.onPass(
        new PassShare(
            pass.number(),
            pass.count(),
            pass.steps(),
            (part + pass.before()) / parts,
            pass.share() / parts));
  }

  /** The first picture is in the first part. */
  @Override
  public boolean wantsPreview(int step, int steps) {
    return part == 0 && whole.wantsPreview(step, parts * steps);
  }
}
