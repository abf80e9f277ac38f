package io.darkroom.cli.output;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.darkroom.base.PlainNumber;
import io.darkroom.cli.console.Version;
import io.darkroom.image.Fit;
import io.darkroom.image.GenerationParameters;
import io.darkroom.image.GreyImage;
import io.darkroom.image.InputPicture;
import io.darkroom.image.PictureFormat;
import io.darkroom.image.Png;
import io.darkroom.image.RgbImage;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.Recipe;
import io.darkroom.recipe.RecipeReader;
import io.darkroom.recipe.Tool;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Puts into an enlarged picture's file what its source told, and how it was enlarged. */
public final class UpscaledMetadata {
  /** AUTOMATIC1111's names. */
  private static final String FACTOR = "Postprocess upscale by";

  private static final String UPSCALER = "Postprocess upscaler";
  private static final String PREFIX = "upscale_";
  private static final int OPAQUE = 255;

  /** What JPEG and WebP have room for: the name of an element of XML. */
  private static final Pattern XML_NAME = Pattern.compile("[A-Za-z_][\\w.-]*");

  private UpscaledMetadata() {}

  /**
   * How a picture was enlarged.
   *
   * @param factor of each side
   * @param name the upscaler's
   * @param hash the first digits of the SHA-256 of its weights
   * @param details what else the result depends on
   */
  public record Enlargement(
      int factor, String name, String hash, Map<String, JsonPrimitive> details) {}

  /**
   * The file's content.
   *
   * @param source the small picture
   * @param texts the texts of its file
   * @param enlarged the large picture
   * @param how how it was made
   * @param format of the file
   * @return the picture with its source's opacity and texts, extended
   */
  public static Png png(
      InputPicture source,
      Map<String, String> texts,
      RgbImage enlarged,
      Enlargement how,
      PictureFormat format) {
    Map<String, String> all = new LinkedHashMap<>();
    texts.forEach(
        (keyword, text) -> {
          boolean fits = format == PictureFormat.PNG || XML_NAME.matcher(keyword).matches();
          if (fits && Png.canHold(keyword, text)) {
            all.put(keyword, text);
          }
        });
    Optional<Recipe> known = RecipeReader.read(texts);
    boolean isOwn = known.filter(recipe -> recipe.tool() == Tool.DARKROOM).isPresent();
    // A text in a form that counts more than that of another tool would hide what it says.
    if (known.isEmpty() || all.containsKey(GenerationParameters.KEYWORD)) {
      all.put(
          GenerationParameters.KEYWORD,
          parameters(all.getOrDefault(GenerationParameters.KEYWORD, ""), how));
    }
    if (known.isEmpty() || isOwn) {
      all.put(Recipe.KEYWORD, recipe(Optional.ofNullable(all.get(Recipe.KEYWORD)), how));
    }
    Optional<GreyImage> opacity =
        source
            .opacity()
            .filter(grey -> !grey.isAtLeast(OPAQUE))
            .map(grey -> Fit.STRETCH.apply(grey, enlarged.width(), enlarged.height()));
    return new Png(enlarged, opacity, all);
  }

  /** Of a picture that was enlarged before, the factors are multiplied. */
  private static String parameters(String before, Enlargement how) {
    GenerationParameters old = GenerationParameters.parse(before);
    Map<String, String> settings = new LinkedHashMap<>(old.settings());
    double earlier =
        Optional.ofNullable(settings.get(FACTOR))
            .flatMap(PlainNumber::parse)
            .map(Number::doubleValue)
            .orElse(1.0);
    settings.put(FACTOR, PlainNumber.of(earlier * how.factor()));
    settings.put(UPSCALER, how.name());
    if (!settings.containsKey("Version")) {
      settings.put("Version", Version.text());
    }
    return new GenerationParameters(old.prompt(), old.negativePrompt(), settings).text();
  }

  private static String recipe(Optional<String> before, Enlargement how) {
    JsonObject recipe = before.flatMap(UpscaledMetadata::object).orElseGet(JsonObject::new);
    if (before.isEmpty()) {
      recipe.addProperty(Detail.VERSION.jsonName(), Version.text());
    }
    int earlier =
        Optional.ofNullable(recipe.get(Detail.UPSCALE_FACTOR.jsonName()))
            .filter(value -> value instanceof JsonPrimitive number && number.isNumber())
            .map(value -> value.getAsInt())
            .orElse(1);
    recipe.addProperty(Detail.UPSCALE_FACTOR.jsonName(), earlier * how.factor());
    recipe.addProperty(Detail.UPSCALER.jsonName(), how.name());
    recipe.addProperty(Detail.UPSCALER_HASH.jsonName(), how.hash());
    how.details().forEach((name, value) -> recipe.add(PREFIX + name, value));
    return recipe.toString();
  }

  private static Optional<JsonObject> object(String text) {
    try {
      return Optional.of(JsonParser.parseString(text))
          .filter(element -> element.isJsonObject())
          .map(element -> element.getAsJsonObject());
    } catch (JsonParseException e) {
      return Optional.empty();
    }
  }
}
