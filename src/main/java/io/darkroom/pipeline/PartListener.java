package io.darkroom.pipeline;

import io.darkroom.image.RgbImage;

/**
 * Told of one part of a work, tells of the whole: parts are equally long and come one after
 * another.
 *
 * @param whole hears of the whole
 * @param part the part's number, from 0
 * @param parts how many there are
 */
record PartListener(PipelineListener whole, int part, int parts) implements PipelineListener {
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
