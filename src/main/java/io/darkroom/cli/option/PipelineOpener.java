package io.darkroom.cli.option;

import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.TextToImage;

/** Makes a model ready to use. */
@FunctionalInterface
public interface PipelineOpener {
  /**
   * Opens a model.
   *
   * @param model its files
   * @param options where and in which precision it is to run
   * @return the open model; the caller closes it
   * @throws io.darkroom.base.ModelException if it cannot be used
   * @throws io.darkroom.request.InvalidRequestException if this machine has no such device
   */
  TextToImage open(ModelFiles model, ComputeOptions options);
}
