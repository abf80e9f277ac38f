package io.darkroom.cli;

import io.darkroom.image.PngReader;
import io.darkroom.image.PngSummary;
import io.darkroom.pipeline.InvalidRequestException;
import io.darkroom.recipe.Recipe;
import io.darkroom.recipe.RecipeReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;

/**
 * A picture's file that tells how the picture was made.
 *
 * @param path as the user wrote it
 * @param recipe what the file tells; the size is there in any case
 */
record PaintedPicture(String path, Recipe recipe) {
  private static final String STANDARD_INPUT = "-";

  /**
   * Reads a file.
   *
   * @param path a PNG file; {@code -} is standard input
   * @param surroundings the folder and standard input
   * @return the picture
   * @throws IOException if the file cannot be read, is no whole PNG, or does not tell how it was
   *     made; the message names the file
   * @throws InvalidRequestException if there is no name
   */
  static PaintedPicture read(String path, Surroundings surroundings) throws IOException {
    if (path.isEmpty()) {
      throw new InvalidRequestException("the picture's file name is empty");
    }
    try {
      PngSummary summary = summary(path, surroundings);
      return RecipeReader.read(summary.text())
          .map(recipe -> recipe.orSize(summary.width(), summary.height()))
          .map(recipe -> new PaintedPicture(path, recipe))
          .orElseThrow(
              () ->
                  new IOException(
                      "it does not tell what it was made with; Darkroom, AUTOMATIC1111's web UI"
                          + " and ComfyUI write that into a PNG"));
    } catch (IOException e) {
      throw new IOException(name(path) + ": " + FailureMessage.reason(e), e);
    } catch (InvalidPathException e) {
      throw new IOException(name(path) + ": " + e.getReason(), e);
    }
  }

  /** What to call the picture in messages. */
  String name() {
    return name(path);
  }

  private static PngSummary summary(String path, Surroundings surroundings) throws IOException {
    if (path.equals(STANDARD_INPUT)) {
      return new PngReader(surroundings.in()).readSummary();
    }
    try (InputStream in = Files.newInputStream(surroundings.folder().resolve(path))) {
      return new PngReader(in).readSummary();
    }
  }

  private static String name(String path) {
    return path.equals(STANDARD_INPUT) ? "standard input" : path;
  }
}
