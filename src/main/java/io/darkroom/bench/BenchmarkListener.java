package io.darkroom.bench;

/** Told how a measurement goes on. */
public interface BenchmarkListener {
  /**
   * A part begins that may take minutes.
   *
   * @param what one line
   */
  void onPart(String what);

  /**
   * Something within a part begins. The listener may end the work by a {@link
   * java.util.concurrent.CancellationException}.
   *
   * @param what a few words
   */
  void onProgress(String what);

  /**
   * Something that makes the numbers mean something else.
   *
   * @param message one line
   */
  void onWarning(String message);
}
