package io.darkroom.recipe;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The fields of a tool's JSON, each taken once; what is left at the end are settings. */
final class Fields {
  private static final Pattern SIZE = Pattern.compile("\\D*(\\d{1,9})\\D+(\\d{1,9})\\D*");

  private final JsonObject json;
  private final Recipe.Builder recipe;

  /**
   * Begins.
   *
   * @param json the tool's object; its fields are removed as they are taken
   * @param tool who wrote it
   */
  Fields(JsonObject json, Tool tool) {
    this.json = json;
    recipe = new Recipe.Builder(tool);
  }

  /** The recipe that is being read. */
  Recipe.Builder recipe() {
    return recipe;
  }

  /** Takes a detail from the first of the names whose value suits. */
  Fields take(Detail detail, String... names) {
    for (String name : names) {
      if (!recipe.has(detail) && recipe.offerEither(detail, json.get(name))) {
        json.remove(name);
      }
    }
    return this;
  }

  /** Takes width and height from a text such as {@code 512x768} or {@code (512, 768)}. */
  Fields takeSize(String name) {
    Matcher size = SIZE.matcher(text(name).orElse(""));
    if (size.matches()
        && recipe.offerText(Detail.WIDTH, size.group(1))
        && recipe.offerText(Detail.HEIGHT, size.group(2))) {
      json.remove(name);
    }
    return this;
  }

  /** A value as text, if it is one; it stays. */
  Optional<String> text(String name) {
    return json.get(name) instanceof JsonPrimitive value
        ? Optional.of(value.getAsString())
        : Optional.empty();
  }

  /** A number, which may be written as a text; it stays. */
  Optional<Double> number(String name) {
    return text(name).flatMap(Fields::parse);
  }

  /** Likewise of any value. */
  static Optional<Double> number(JsonElement value) {
    return value instanceof JsonPrimitive primitive
        ? parse(primitive.getAsString())
        : Optional.empty();
  }

  private static Optional<Double> parse(String text) {
    return Detail.GUIDANCE_SCALE.accept(text).map(JsonPrimitive::getAsDouble);
  }

  /** An object within, whose fields can be looked at; it stays. */
  Optional<JsonObject> object(String name) {
    return json.get(name) instanceof JsonObject object ? Optional.of(object) : Optional.empty();
  }

  /** Takes a list away; a value that is none is a list of one. */
  List<JsonElement> takeList(String name) {
    JsonElement value = json.remove(name);
    if (value instanceof JsonArray array) {
      return StreamSupport.stream(array.spliterator(), false).toList();
    }
    return value instanceof JsonPrimitive ? List.of(value) : List.of();
  }

  /** Takes fields away that tell nothing. */
  Fields drop(String... names) {
    Stream.of(names).forEach(json::remove);
    return this;
  }

  /** A text that stands under the first of the names in an object. */
  static Optional<String> name(JsonElement element, String... names) {
    if (!(element instanceof JsonObject object)) {
      return Optional.empty();
    }
    return Stream.of(names)
        .map(object::get)
        .filter(value -> value instanceof JsonPrimitive)
        .map(JsonElement::getAsString)
        .findFirst();
  }

  /** Ends: all that was not taken is a setting. */
  Recipe build() {
    json.asMap().forEach((name, value) -> recipe.setting(name, RecipeReader.plain(value)));
    return recipe.build();
  }
}
