package io.darkroom.batch;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.darkroom.base.OneLine;
import io.darkroom.base.PlainNumber;
import io.darkroom.request.Choices;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.SeedNumber;
import io.darkroom.request.Setting;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The fields of a line that names them: those of a JSON object, or the columns of a table. */
final class LineFields {
  private static final Set<String> KEYS = new LinkedHashSet<>();

  static {
    KEYS.add("prompt");
    Setting.ALL.forEach(setting -> KEYS.add(setting.key()));
    KEYS.addAll(List.of("seed", "images", "output", "id"));
  }

  private static final String NUMBER = "a number";
  private static final String WHOLE_NUMBER = "a whole number";

  /** The names that AUTOMATIC1111's interface and others have for some of them. */
  private static final Map<String, String> SYNONYMS =
      Map.of(
          "cfg_scale",
          "guidance_scale",
          "negative",
          "negative_prompt",
          "sampler_name",
          "sampler",
          "scheduler",
          "schedule");

  private final JsonObject json = new JsonObject();

  /** A fault that names what is wrong and what there is. */
  static InvalidRequestException unknown(String kind, String name) {
    return new InvalidRequestException(
        "the "
            + kind
            + " "
            + OneLine.of(name)
            + " is unknown; there are "
            + String.join(", ", KEYS));
  }

  /** The field that a name stands for. */
  static Optional<String> key(String name) {
    return Optional.of(SYNONYMS.getOrDefault(name, name)).filter(KEYS::contains);
  }

  /** Tells whether a field is there. */
  boolean has(String key) {
    return json.has(key);
  }

  /** Sets a field. */
  void add(String key, JsonElement value) {
    json.add(key, value);
  }

  /**
   * Sets a field from a text, which may be that of a number.
   *
   * @throws InvalidRequestException if the field is a number and the text is none
   */
  void addText(String key, String text) {
    JsonPrimitive value = new JsonPrimitive(text);
    if (List.of(NUMBER, WHOLE_NUMBER).contains(kind(key))) {
      value = new JsonPrimitive(decimal(key, text));
    } else if (kind(key).equals(Setting.Kind.FLAG.words()) && text.matches("(?i)true|false")) {
      value = new JsonPrimitive(Boolean.valueOf(text));
    }
    json.add(key, value);
  }

  /**
   * What the fields ask for. One that is null counts as not there.
   *
   * @param number the line's number
   * @throws InvalidRequestException if it makes no sense
   */
  PromptLine promptLine(int number) {
    json.entrySet().removeIf(entry -> entry.getValue().isJsonNull());
    return new PromptLine(
        number,
        text("prompt").orElseThrow(() -> new InvalidRequestException("the line has no prompt")),
        choices(),
        integer("seed", BigDecimal::toBigIntegerExact).flatMap(SeedNumber::seed),
        integer("images"),
        text("output"),
        id());
  }

  private Choices choices() {
    Choices choices = Choices.NONE;
    for (Setting<?> setting : Setting.ALL) {
      JsonElement value = json.get(setting.key());
      if (value != null) {
        requireKind(setting, value.getAsJsonPrimitive());
        choices = choices.withText(setting, value.getAsString());
      }
    }
    return choices;
  }

  private static void requireKind(Setting<?> setting, JsonPrimitive value) {
    boolean fits =
        switch (setting.kind()) {
          case TEXT -> value.isString();
          case WORD -> value.isString() || value.isNumber();
          case FLAG -> value.isBoolean();
          case WHOLE, NUMBER -> value.isNumber();
        };
    if (!fits) {
      throw wrong(setting.key(), value.toString());
    }
  }

  /** The number that a field holds. */
  static BigDecimal decimal(String key, String digits) {
    return PlainNumber.parse(digits).orElseThrow(() -> wrong(key, digits));
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

  private Optional<Integer> integer(String key) {
    return integer(key, BigDecimal::intValueExact);
  }

  private <T> Optional<T> integer(String key, Function<BigDecimal, T> exact) {
    try {
      return number(key).map(exact);
    } catch (ArithmeticException e) {
      throw wrong(key, json.get(key).toString());
    }
  }

  /** The fault of a value of the wrong kind. */
  static InvalidRequestException wrong(String key, String value) {
    return new InvalidRequestException(key + " must be " + kind(key) + ", not " + quoted(value));
  }

  private static String kind(String key) {
    return switch (key) {
      case "seed", "images" -> WHOLE_NUMBER;
      case "id" -> "a text or a number";
      default -> Setting.find(key).map(setting -> setting.kind().words()).orElse("a text");
    };
  }

  private static String quoted(String text) {
    return text.length() > 60 ? text.substring(0, 60) + "..." : text;
  }
}
