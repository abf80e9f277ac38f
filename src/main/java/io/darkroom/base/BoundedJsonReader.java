package io.darkroom.base;

import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.Reader;

/**
 * Reads JSON that comes from outside into a tree that cannot outgrow memory. Three characters such
 * as <code>{},</code> become some hundred bytes of objects, so that a bound on the text alone is
 * not enough: the values are counted, too. How deep they may lie in each other is bounded by the
 * JSON reader itself.
 */
public final class BoundedJsonReader extends JsonReader {
  private final int most;
  private int values;

  /** There are more values than any honest text of its kind has. */
  static final class TooManyValues extends IOException {
    private static final long serialVersionUID = 1L;

    TooManyValues(int most) {
      super("it has more than " + most + " values");
    }
  }

  /**
   * Reads a text.
   *
   * @param text the text
   * @param most how many values and names it may have
   */
  public BoundedJsonReader(Reader text, int most) {
    super(text);
    this.most = most;
  }

  @Override
  public void beginArray() throws IOException {
    count();
    super.beginArray();
  }

  @Override
  public void beginObject() throws IOException {
    count();
    super.beginObject();
  }

  @Override
  public String nextName() throws IOException {
    count();
    return super.nextName();
  }

  @Override
  public String nextString() throws IOException {
    count();
    return super.nextString();
  }

  @Override
  public boolean nextBoolean() throws IOException {
    count();
    return super.nextBoolean();
  }

  @Override
  public void nextNull() throws IOException {
    count();
    super.nextNull();
  }

  private void count() throws IOException {
    if (++values > most) {
      throw new TooManyValues(most);
    }
  }
}
