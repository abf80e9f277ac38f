package io.darkroom.batch;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.io.StringReader;

/** A line that is a JSON object. */
final class JsonLine {
  private JsonLine() {}

  /**
   * Reads a line.
   *
   * @param number its number
   * @param text its text
   * @return what it asks for
   * @throws InvalidRequestException if it makes no sense
   */
  static PromptLine parse(int number, String text) {
    if (!text.startsWith("{")) {
      throw new InvalidRequestException("the line is not a JSON object, but the first line is one");
    }
    LineFields fields = new LineFields();
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      reader.beginObject();
      while (reader.hasNext()) {
        String name = reader.nextName();
        String key = LineFields.key(name).orElseThrow(() -> LineFields.unknown("key", name));
        if (fields.has(key)) {
          throw new InvalidRequestException("the key " + key + " occurs twice");
        }
        fields.add(key, value(key, reader));
      }
      reader.endObject();
      requireEnd(reader);
    } catch (IOException | JsonParseException | IllegalStateException e) {
      throw new InvalidRequestException("the line is not a complete JSON object");
    }
    return fields.promptLine(number);
  }

  private static void requireEnd(JsonReader reader) {
    boolean ends;
    try {
      ends = reader.peek() == JsonToken.END_DOCUMENT;
    } catch (IOException e) {
      ends = false; // what follows is not even JSON
    }
    if (!ends) {
      throw new InvalidRequestException("the line contains more than one JSON object");
    }
  }

  private static JsonElement value(String key, JsonReader reader) throws IOException {
    return switch (reader.peek()) {
      case STRING -> new JsonPrimitive(reader.nextString());
      case NUMBER -> new JsonPrimitive(LineFields.decimal(key, reader.nextString()));
      case NULL -> {
        reader.nextNull();
        yield com.google.gson.JsonNull.INSTANCE;
      }
      case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
      case BEGIN_ARRAY -> throw LineFields.wrong(key, "a list");
      default -> throw LineFields.wrong(key, "an object");
    };
  }
}
