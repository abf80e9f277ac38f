package io.darkroom.cli;

import io.darkroom.pipeline.ImageRequest;
import io.darkroom.pipeline.PictureSettings;
import io.darkroom.pipeline.RequestChoices;

/**
 * What a series of pictures is to show; they differ in their seeds alone.
 *
 * @param prompt what to paint
 * @param first the first picture's seed
 * @param choices what was chosen beside; the rest is left to the model
 */
record PictureOrder(String prompt, Seed first, RequestChoices choices) {
  /** Refuses what is no text before a model is opened for it. */
  PictureOrder {
    ImageRequest.requireText("prompt", prompt);
  }

  /**
   * What the pipeline is asked for.
   *
   * @param index the picture's place in the series, from 0
   * @param defaults the model's choice where there is none here
   * @return the request
   * @throws io.darkroom.pipeline.InvalidRequestException if a value makes no sense
   */
  ImageRequest request(int index, PictureSettings defaults) {
    return choices.request(prompt, first.plus(index).value(), defaults);
  }

  /**
   * What the file's name is made of.
   *
   * @param index the picture's place in the series, from 0
   * @return the name
   */
  PictureName name(int index) {
    return new PictureName(prompt, first.plus(index).value(), index + 1);
  }
}
