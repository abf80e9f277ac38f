package io.darkroom.cli.picture;

import io.darkroom.cli.option.Seed;
import io.darkroom.cli.output.PictureName;
import io.darkroom.pipeline.ModelDescription;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.Setting;
import io.darkroom.request.Starts;

/**
 * What a series of pictures is to show; they differ in their seeds alone.
 *
 * @param prompt what to paint
 * @param first the first picture's seed
 * @param chosen what was chosen beside, and what a run begins with; the rest is left to the model
 */
record PictureOrder(String prompt, Seed first, Starts.Chosen chosen) {
  /** Refuses what is no text before a model is opened for it. */
  PictureOrder {
    ImageRequest.requireText("prompt", prompt);
  }

  /**
   * What the pipeline is asked for.
   *
   * @param index the picture's place in the series, from 0
   * @param pipeline the model, which chooses what is left
   * @return the request
   * @throws io.darkroom.request.InvalidRequestException if a value makes no sense
   */
  ImageRequest request(int index, ModelDescription pipeline) {
    return chosen.request(prompt, first.value(), index, pipeline.defaults(), pipeline.sizeFactor());
  }

  /**
   * The seeds in words.
   *
   * @param images how many pictures there are
   * @return such as {@code seeds 7 to 9}
   */
  String seeds(int images) {
    int last = images - 1;
    return chosen
        .variation(0)
        .map(
            varied ->
                "seed %d, %s"
                    .formatted(
                        first.value(),
                        numbers("variation seed", varied.seed(), varied.plus(last).seed(), images)))
        .orElseGet(() -> numbers("seed", first.value(), chosen.seed(first.value(), last), images));
  }

  private static String numbers(String name, long from, long to, int images) {
    return images == 1 ? name + " " + from : name + "s " + from + " to " + to;
  }

  /**
   * The same with nothing chosen of a setting.
   *
   * @param setting the setting
   * @return the order
   */
  PictureOrder without(Setting<?> setting) {
    return new PictureOrder(
        prompt, first, new Starts.Chosen(chosen.start(), chosen.choices().without(setting)));
  }

  /**
   * What the file's name is made of.
   *
   * @param index the picture's place in the series, from 0
   * @return the name
   */
  PictureName name(int index) {
    return new PictureName(prompt, chosen.seed(first.value(), index), index + 1);
  }
}
