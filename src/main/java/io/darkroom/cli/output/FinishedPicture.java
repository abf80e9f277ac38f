package io.darkroom.cli.output;

import io.darkroom.pipeline.RenderedImage;
import java.nio.file.Path;

/**
 * A picture that lies on disk.
 *
 * @param path its file
 * @param rendered the picture
 * @param loadSeconds how long the model took to load, once for all pictures
 * @param totalSeconds from the command's start until this picture was on disk
 */
public record FinishedPicture(
    Path path, RenderedImage rendered, double loadSeconds, double totalSeconds) {}
