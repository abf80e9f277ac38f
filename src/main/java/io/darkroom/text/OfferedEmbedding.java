package io.darkroom.text;

import io.darkroom.base.ModelException;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * An embedding that is read when a prompt first names it, out of a folder of many, or that came
 * along with a LoRA. One that cannot be used is no reason to paint nothing: its name counts as
 * text, and a warning tells why.
 *
 * <p>Safe for use by several threads.
 */
public final class OfferedEmbedding {
  private final String name;
  private final Supplier<TextualInversion> reading;
  private boolean isRead;
  private Optional<TextualInversion> embedding = Optional.empty();
  private Optional<String> warning = Optional.empty();

  /**
   * Offers an embedding.
   *
   * @param name what a prompt calls it
   * @param reading reads it, once; throws {@link ModelException} if it cannot be used
   */
  public OfferedEmbedding(String name, Supplier<TextualInversion> reading) {
    this.name = name;
    this.reading = reading;
  }

  /**
   * Its name.
   *
   * @return what a prompt calls it
   */
  public String name() {
    return name;
  }

  /**
   * Reads it, the first time.
   *
   * @return the embedding; empty if it cannot be used
   */
  public synchronized Optional<TextualInversion> take() {
    if (!isRead) {
      isRead = true;
      try {
        embedding = Optional.of(reading.get());
      } catch (ModelException e) {
        warning = Optional.of(e.getMessage() + "; its name counts as text");
      }
    }
    return embedding;
  }

  /**
   * Tells why it could not be used.
   *
   * @return the reason, once
   */
  public synchronized Optional<String> takeWarning() {
    Optional<String> told = warning;
    warning = Optional.empty();
    return told;
  }

  /**
   * Looks at it without reading it.
   *
   * @return the embedding, if a prompt has named it
   */
  public synchronized Optional<TextualInversion> taken() {
    return embedding;
  }
}
