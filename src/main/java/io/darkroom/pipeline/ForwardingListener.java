package io.darkroom.pipeline;

import io.darkroom.image.RgbImage;

/** Told of a part of a work, tells of the whole. What it hears goes on as it is, but for steps. */
interface ForwardingListener extends PipelineListener {
  /** {@return who hears of the whole} */
  PipelineListener whole();

  @Override
  default void onWork() {
    whole().onWork();
  }

  @Override
  default void onPreview(RgbImage preview) {
    whole().onPreview(preview);
  }

  @Override
  default void onWarning(String message) {
    whole().onWarning(message);
  }

  @Override
  default void onDetail(String message) {
    whole().onDetail(message);
  }
}
