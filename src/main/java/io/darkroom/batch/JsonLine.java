package io.darkroom.batch;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.darkroom.pipeline.GuidanceInterval;
import io.darkroom.pipeline.InvalidRequestException;
import io.darkroom.pipeline.RequestChoices;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** A line that is a JSON object. A key that is null counts as not there. */
final class JsonLine {
  private static final Set<String> KEYS =
      new LinkedHashSet<>(
          java.util.List.of(
              "prompt",
              "negative_prompt",
              "seed",
              "steps",
              "guidance_scale",
              "sampler",
              "eta",
              "width",
              "height",
              "schedule",
              "guidance_rescale",
              "guidance_interval",
              "clip_skip",
              "prompt_syntax",
              "deep_cache",
              "prediction",
              "images",
              "output",
              "id"));

  private final JsonObject json;

  private JsonLine(JsonObject json) {
    this.json = json;
  }

  /**
   * Reads a line.
   *
   * @param number its number
   * @param text its text
   * @return what it asks for
   * @throws InvalidRequestException if it makes no sense
   */
  static PromptLine parse(int number, String text) {
    JsonLine line = new JsonLine(object(text));
    return new PromptLine(
        number,
        line.text("prompt")
            .orElseThrow(() -> new InvalidRequestException("the key prompt is missing")),
        new RequestChoices(
            line.text("negative_prompt"),
            line.integer("steps"),
            line.number("guidance_scale").map(BigDecimal::doubleValue),
            line.text("sampler"),
            line.number("eta").map(BigDecimal::doubleValue),
            line.integer("width"),
            line.integer("height"),
            line.text("schedule"),
            line.number("guidance_rescale").map(BigDecimal::doubleValue),
            line.text("guidance_interval").map(GuidanceInterval::parse),
            line.integer("clip_skip"),
            line.text("prompt_syntax").map(PromptLine::syntax),
            line.integer("deep_cache"),
            line.text("prediction").map(PromptLine::prediction)),
        line.whole("seed").flatMap(PromptLine::seed),
        line.integer("images"),
        line.text("output"),
        line.id());
  }

  private static JsonObject object(String text) {
    if (!text.startsWith("{")) {
      throw new InvalidRequestException("the line is no JSON object, as the first one is");
    }
    JsonObject object = new JsonObject();
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      reader.beginObject();
      while (reader.hasNext()) {
        String key = reader.nextName();
        if (!KEYS.contains(key)) {
          throw new InvalidRequestException(
              "the key " + quoted(key) + " is unknown; there are " + String.join(", ", KEYS));
        }
        if (object.has(key)) {
          throw new InvalidRequestException("the key " + key + " is there twice");
        }
        object.add(key, value(key, reader));
      }
      reader.endObject();
      requireEnd(reader);
    } catch (IOException | JsonParseException | IllegalStateException e) {
      throw new InvalidRequestException("the line is no complete JSON object");
    }
    object.entrySet().removeIf(entry -> entry.getValue().isJsonNull());
    return object;
  }

  private static void requireEnd(JsonReader reader) {
    boolean ends;
    try {
      ends = reader.peek() == JsonToken.END_DOCUMENT;
    } catch (IOException e) {
      ends = false; // what follows is not even JSON
    }
    if (!ends) {
      throw new InvalidRequestException("there is more on the line than one JSON object");
    }
  }

  private static JsonElement value(String key, JsonReader reader) throws IOException {
    return switch (reader.peek()) {
      case STRING -> new JsonPrimitive(reader.nextString());
      case NUMBER -> new JsonPrimitive(decimal(key, reader.nextString()));
      case NULL -> {
        reader.nextNull();
        yield com.google.gson.JsonNull.INSTANCE;
      }
      case BOOLEAN -> throw wrong(key, Boolean.toString(reader.nextBoolean()));
      case BEGIN_ARRAY -> throw wrong(key, "a list");
      default -> throw wrong(key, "an object");
    };
  }

  /** A number such as 1e999999999 would take forever to become whole. */
  private static BigDecimal decimal(String key, String digits) {
    BigDecimal number;
    try {
      number = new BigDecimal(digits);
    } catch (NumberFormatException e) {
      throw wrong(key, quoted(digits)); // its exponent has more than 32 bits
    }
    if (Math.abs((long) number.scale()) > 400 || number.precision() > 400) {
      throw wrong(key, quoted(digits));
    }
    return number;
  }

  private Optional<String> text(String key) {
    JsonElement value = json.get(key);
    if (value != null && !value.getAsJsonPrimitive().isString()) {
      throw wrong(key, value.toString());
    }
    return Optional.ofNullable(value).map(JsonElement::getAsString);
  }

  /** A name may be a number. */
  private Optional<String> id() {
    return Optional.ofNullable(json.get("id")).map(JsonElement::getAsString);
  }

  private Optional<BigDecimal> number(String key) {
    JsonElement value = json.get(key);
    if (value != null && !value.getAsJsonPrimitive().isNumber()) {
      throw wrong(key, value.toString());
    }
    return Optional.ofNullable(value).map(JsonElement::getAsBigDecimal);
  }

  private Optional<Long> whole(String key) {
    try {
      return number(key).map(BigDecimal::longValueExact);
    } catch (ArithmeticException e) {
      throw wrong(key, json.get(key).toString());
    }
  }

  private Optional<Integer> integer(String key) {
    try {
      return number(key).map(BigDecimal::intValueExact);
    } catch (ArithmeticException e) {
      throw wrong(key, json.get(key).toString());
    }
  }

  private static InvalidRequestException wrong(String key, String value) {
    String kind =
        switch (key) {
          case "seed", "steps", "width", "height", "clip_skip", "deep_cache", "images" ->
              "a whole number";
          case "guidance_scale", "eta", "guidance_rescale" -> "a number";
          case "id" -> "a text or a number";
          default -> "a text";
        };
    return new InvalidRequestException(key + " must be " + kind + ", not " + quoted(value));
  }

  private static String quoted(String text) {
    return text.length() > 60 ? text.substring(0, 60) + "..." : text;
  }
}
