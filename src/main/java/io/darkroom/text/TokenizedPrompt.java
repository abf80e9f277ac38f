package io.darkroom.text;

import java.util.Arrays;
import java.util.Objects;

/**
 * A prompt as the text encoder wants it.
 *
 * @param ids token numbers, as many as the tokenizer's maximal length: the beginning, the prompt,
 *     the end, then padding
 * @param length how many of them come before the padding, beginning and end included
 * @param lost the end of the prompt that found no room, as the user wrote it; empty if all did
 */
public record TokenizedPrompt(long[] ids, int length, String lost) {

  /** Keeps the numbers from being changed. */
  public TokenizedPrompt {
    Objects.requireNonNull(lost, "lost");
    ids = ids.clone();
    if (length < 2 || length > ids.length) {
      throw new IllegalArgumentException(length + " of " + ids.length + " tokens");
    }
  }

  /**
   * The token numbers.
   *
   * @return a copy of them
   */
  @Override
  public long[] ids() {
    return ids.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenizedPrompt that
        && Arrays.equals(ids, that.ids)
        && length == that.length
        && lost.equals(that.lost);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(ids) + lost.hashCode();
  }

  @Override
  public String toString() {
    return "TokenizedPrompt[ids=%s, length=%d, lost=%s]"
        .formatted(Arrays.toString(ids), length, lost);
  }
}
