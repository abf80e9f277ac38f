package io.darkroom.cli.picture;

import io.darkroom.base.FileFailure;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.image.PictureReader;
import io.darkroom.image.PictureSummary;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.Recipe;
import io.darkroom.recipe.RecipeReader;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A picture's file that tells how the picture was made.
 *
 * @param path as the user wrote it
 * @param recipe what the file tells; the size is there in any case
 * @param damage what of the file could not be read, a line each
 */
record PaintedPicture(String path, Recipe recipe, List<String> damage) {
  private static final String STANDARD_INPUT = "-";
  private static final Pattern LORA = Pattern.compile("(.+?): ([0-9a-f]{12}|[0-9a-f]{64})(?:, |$)");

  /**
   * Reads a file.
   *
   * @param path a file; {@code -} is standard input
   * @param surroundings the folder and standard input
   * @return the picture
   * @throws IOException if the file cannot be read, is no picture, or does not tell how it was
   *     made; the message names the file
   * @throws InvalidRequestException if there is no name
   */
  static PaintedPicture read(String path, Surroundings surroundings) throws IOException {
    if (path.isEmpty()) {
      throw new InvalidRequestException("the picture's file name is empty");
    }
    try {
      PictureSummary summary = summary(path, surroundings);
      return RecipeReader.read(summary.text())
          .map(recipe -> recipe.orSize(summary.width(), summary.height()))
          .map(recipe -> new PaintedPicture(path, recipe, summary.damage()))
          .orElseThrow(() -> silent(summary.damage()));
    } catch (IOException e) {
      throw new IOException(name(path) + ": " + FileFailure.reason(e), e);
    } catch (InvalidPathException e) {
      throw new IOException(name(path) + ": " + e.getReason(), e);
    }
  }

  private static IOException silent(List<String> damage) {
    String found = "it does not say what it was made with";
    return new IOException(
        damage.isEmpty()
            ? found
                + "; Darkroom and other tools write that into the file, but programs that edit"
                + " or send pictures often remove it"
            : found + ", as far as it can be read: " + String.join("; ", damage));
  }

  /**
   * Tells a person what to know of the file before its recipe is used.
   *
   * @param messages takes the warnings
   */
  void warn(Messages messages) {
    damage.forEach(fault -> messages.warn(name() + ": " + fault + "; the rest was read"));
    recipe.notes().forEach(note -> messages.note(name() + ": " + note));
  }

  /** What to call the picture in messages. */
  String name() {
    return name(path);
  }

  /** The hashes of the LoRAs that the file tells, by name; the web UI's have twelve digits. */
  Map<String, String> loraHashes() {
    Map<String, String> recorded = new HashMap<>();
    Matcher hashes = LORA.matcher(recipe.text(Detail.LORA_HASHES).orElse(""));
    while (hashes.find()) {
      recorded.put(hashes.group(1), hashes.group(2));
    }
    return recorded;
  }

  private static PictureSummary summary(String path, Surroundings surroundings) throws IOException {
    if (path.equals(STANDARD_INPUT)) {
      return new PictureReader(surroundings.in()).readSummary();
    }
    try (InputStream in = Files.newInputStream(surroundings.folder().resolve(path))) {
      return new PictureReader(in).readSummary();
    }
  }

  private static String name(String path) {
    return path.equals(STANDARD_INPUT) ? "standard input" : path;
  }
}
