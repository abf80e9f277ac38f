package io.darkroom.base;

import com.google.gson.stream.JsonReader;
import java.io.EOFException;
import java.nio.charset.CharacterCodingException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says in a few words where a JSON text breaks off or goes wrong, from what Gson threw. */
public final class JsonFault {
  private static final Pattern PLACE = Pattern.compile("at line (\\d+) column (\\d+)");

  private JsonFault() {}

  /**
   * Describes a failure.
   *
   * @param reader the reader that failed; its place is used where the failure does not tell one
   * @param failure what it threw
   * @return such as {@code it is not valid JSON at line 3 column 17}
   */
  public static String describe(JsonReader reader, Exception failure) {
    if (failure instanceof CharacterCodingException) {
      return "it is not UTF-8 text after " + place(reader.toString());
    }
    String message = String.valueOf(failure.getMessage());
    if (failure instanceof BoundedJsonReader.TooManyValues) {
      return message;
    }
    String place = PLACE.matcher(message).find() ? place(message) : place(reader.toString());
    return failure instanceof EOFException
        ? "it ends too early, at " + place
        : "it is not valid JSON at " + place;
  }

  private static String place(String text) {
    Matcher matcher = PLACE.matcher(text);
    return matcher.find() ? "line " + matcher.group(1) + " column " + matcher.group(2) : "its end";
  }
}
