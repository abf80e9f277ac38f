package io.darkroom.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a picture's file holds beside its pixels.
 *
 * @param width pixels
 * @param height pixels
 * @param text keyword to text, in the order of the file; of two with one keyword the first
 * @param orientation how the picture was held, EXIF's number from 1, upright, to 8
 * @param damage what of the file could not be read, a line each
 */
public record PictureSummary(
    int width, int height, Map<String, String> text, int orientation, List<String> damage) {
  /** Copies the texts. */
  public PictureSummary {
    text = Collections.unmodifiableMap(new LinkedHashMap<>(text));
    damage = List.copyOf(damage);
  }
}
