package io.darkroom.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a PNG file holds beside its pixels.
 *
 * @param width pixels
 * @param height pixels
 * @param text keyword to text, in the order of the file; of two with one keyword the first
 */
public record PngSummary(int width, int height, Map<String, String> text) {
  /** Copies the text. */
  public PngSummary {
    text = Collections.unmodifiableMap(new LinkedHashMap<>(text));
  }
}
