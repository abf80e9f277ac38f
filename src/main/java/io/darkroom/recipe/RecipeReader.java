package io.darkroom.recipe;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.darkroom.base.OneLine;
import io.darkroom.image.GenerationParameters;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Finds the recipe among the texts of a picture, whichever tool wrote it. */
public final class RecipeReader {
  /** The keyword under which ComfyUI writes the graph that it ran. */
  static final String GRAPH_KEYWORD = "prompt";

  /** The keyword under which NovelAI and a few others write, and a JPEG's comment. */
  static final String COMMENT_KEYWORD = "Comment";

  /** A graph of hundreds of nodes has a tenth of it; the objects of longer ones fill memories. */
  private static final int LONGEST_JSON = 1 << 22;

  private RecipeReader() {}

  /**
   * Reads the most telling text: Darkroom's own, else one that only one tool writes, else that of
   * AUTOMATIC1111's form, else ComfyUI's graph. A text that is broken counts as none.
   *
   * @param texts keyword to text, as {@link io.darkroom.image.PictureReader} gives them
   * @return the recipe, if there is one
   */
  public static Optional<Recipe> read(Map<String, String> texts) {
    Map<String, Function<String, Optional<Recipe>>> readers = new LinkedHashMap<>();
    readers.put(Recipe.KEYWORD, RecipeReader::readOwn);
    readers.put(InvokeReader.KEYWORD, InvokeReader::read);
    readers.put(InvokeReader.OLD_KEYWORD, InvokeReader::readOld);
    readers.put(InvokeReader.COMMAND_KEYWORD, InvokeReader::readCommand);
    readers.put(
        GenerationParameters.KEYWORD,
        text -> readJson(text, texts).or(() -> WebUiReader.read(text)));
    readers.put(GRAPH_KEYWORD, ComfyReader::read);
    readers.put(
        COMMENT_KEYWORD,
        text ->
            readJson(text, texts)
                .or(
                    () ->
                        WebUiReader.read(text)
                            .filter(recipe -> recipe.count(Detail.STEPS).isPresent())));
    return readers.entrySet().stream()
        .map(reader -> Optional.ofNullable(texts.get(reader.getKey())).flatMap(reader.getValue()))
        .flatMap(Optional::stream)
        .findFirst()
        .or(() -> readSingleTexts(texts));
  }

  /** Reads an object whose fields tell whose it is. */
  private static Optional<Recipe> readJson(String text, Map<String, String> texts) {
    return object(text).flatMap(json -> readJson(json, texts));
  }

  private static Optional<Recipe> readJson(JsonObject json, Map<String, String> texts) {
    if (json.get(SwarmReader.PARAMETERS) instanceof JsonObject parameters) {
      return Optional.of(SwarmReader.read(parameters));
    }
    if (json.get(GRAPH_KEYWORD) instanceof JsonObject graph) {
      return ComfyReader.read(graph.toString()); // of extensions that save as JPEG
    }
    if (FooocusReader.wrote(json, texts)) {
      return Optional.of(FooocusReader.read(json));
    }
    if (EasyDiffusionReader.wrote(json)) {
      return Optional.of(EasyDiffusionReader.read(json));
    }
    if (DrawThingsReader.wrote(json, texts)) {
      return Optional.of(DrawThingsReader.read(json));
    }
    return NovelReader.wrote(json, texts)
        ? Optional.of(NovelReader.read(json, texts))
        : Optional.empty();
  }

  /** Easy Diffusion writes a text for each setting. */
  private static Optional<Recipe> readSingleTexts(Map<String, String> texts) {
    JsonObject json = new JsonObject();
    texts.forEach(json::addProperty);
    return Optional.of(json).filter(EasyDiffusionReader::wrote).map(EasyDiffusionReader::read);
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
              if (recipe.has(Detail.UPSCALER)) {
                recipe.leftOut(
                    "the enlargement afterwards (upscaler: %s)"
                        .formatted(OneLine.of(plain(recipe.get(Detail.UPSCALER)))));
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
    if (text.length() > LONGEST_JSON || !text.stripLeading().startsWith("{")) {
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
