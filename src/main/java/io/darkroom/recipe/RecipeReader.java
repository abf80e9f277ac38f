package io.darkroom.recipe;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.darkroom.image.GenerationParameters;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Finds the recipe among the texts of a PNG, whichever tool wrote it. */
public final class RecipeReader {
  /** The keyword under which ComfyUI writes the graph that it ran. */
  static final String GRAPH_KEYWORD = "prompt";

  /** A large graph has some thousand; each costs some hundred bytes of memory. */
  private static final int MOST_VALUES = 500_000;

  private RecipeReader() {}

  /**
   * Reads the most telling text: Darkroom's own, else that of AUTOMATIC1111's form, else ComfyUI's
   * graph. A text that is broken counts as none.
   *
   * @param texts keyword to text, as {@link io.darkroom.image.PngReader} gives them
   * @return the recipe, if there is one
   */
  public static Optional<Recipe> read(Map<String, String> texts) {
    return Stream.of(
            recipe(texts, Recipe.KEYWORD, RecipeReader::readOwn),
            recipe(texts, GenerationParameters.KEYWORD, WebUiReader::read),
            recipe(texts, GRAPH_KEYWORD, ComfyReader::read))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<Recipe> recipe(
      Map<String, String> texts, String keyword, Function<String, Optional<Recipe>> reader) {
    return Optional.ofNullable(texts.get(keyword)).flatMap(reader);
  }

  private static Optional<Recipe> readOwn(String text) {
    return object(text)
        .map(
            json -> {
              Recipe.Builder recipe = new Recipe.Builder(Tool.DARKROOM);
              for (Detail detail : Detail.values()) {
                if (recipe.offer(detail, json.get(detail.jsonName()))) {
                  json.remove(detail.jsonName());
                }
              }
              // What is left is of a version to come, or damaged.
              json.asMap().forEach((name, value) -> recipe.setting(name, plain(value)));
              return recipe.build();
            });
  }

  /**
   * Reads a JSON object.
   *
   * @param text any text
   * @return the object, if the text is one
   */
  static Optional<JsonObject> object(String text) {
    if (text.chars().filter(c -> c == ',' || c == '[' || c == '{').count() > MOST_VALUES) {
      return Optional.empty();
    }
    try {
      JsonElement element = JsonParser.parseString(text);
      return element.isJsonObject() ? Optional.of(element.getAsJsonObject()) : Optional.empty();
    } catch (JsonParseException e) {
      return Optional.empty();
    }
  }

  /** A value as text: a string without its quotes. */
  static String plain(JsonElement value) {
    return value.isJsonPrimitive() ? value.getAsString() : value.toString();
  }
}
