package io.darkroom.base;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * A model's settings, read by key and type. A value of the wrong type is an error that names the
 * file, the key, what was expected and what was found. A key whose value is {@code null} counts as
 * absent, as it does for diffusers.
 */
public final class JsonConfig {
  /** Configs have some kilobytes; a file this large is something else. */
  private static final long LARGEST_FILE = 16 << 20;

  /** The list of what is in which part of a model's weights has some thousand. */
  private static final int MOST_VALUES = 500_000;

  private final String source;
  private final JsonObject json;

  private JsonConfig(String source, JsonObject json) {
    this.source = source;
    this.json = json;
  }

  /**
   * Reads a file.
   *
   * @param file a JSON file with an object in it
   * @return its settings
   * @throws ModelException if there is no such file, or if it is cut off or no JSON object; the
   *     message tells the line and column
   */
  public static JsonConfig read(Path file) {
    RegularFile.require(file);
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw new ModelException(file + ": is too large for a config; check the path");
      }
    } catch (NoSuchFileException failure) {
      throw new ModelException(file + ": there is no such file; download the whole model", failure);
    } catch (IOException failure) {
      throw unreadable(file, failure);
    }
    // A decoder of its own reports malformed text; that of an InputStreamReader made from a charset
    // would replace it silently.
    try (Reader text =
        new BufferedReader(
            new InputStreamReader(
                Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder()))) {
      return new JsonConfig(file.toString(), parse(text, file));
    } catch (IOException failure) {
      throw unreadable(file, failure);
    }
  }

  private static JsonObject parse(Reader text, Path file) throws IOException {
    JsonReader reader = new BoundedJsonReader(text, MOST_VALUES);
    reader.setStrictness(Strictness.STRICT);
    try {
      if (reader.peek() != JsonToken.BEGIN_OBJECT) {
        throw new ModelException(file + ": must hold a JSON object; download it again");
      }
      JsonElement element = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new JsonParseException("text follows the object");
      }
      return element.getAsJsonObject();
    } catch (JsonParseException failure) {
      Throwable cause = failure.getCause();
      throw broken(file, reader, cause instanceof IOException io ? io : failure);
    } catch (IOException failure) {
      throw broken(file, reader, failure);
    }
  }

  private static ModelException broken(Path file, JsonReader reader, Exception failure) {
    return new ModelException(
        file + ": is broken: " + JsonFault.describe(reader, failure) + "; download it again",
        failure);
  }

  private static ModelException unreadable(Path file, IOException failure) {
    return new ModelException(
        file + ": cannot be read: " + OneLine.of(String.valueOf(failure)), failure);
  }

  /**
   * Settings that are in memory already.
   *
   * @param source what to call them in messages, such as a file's path
   * @param json the settings; not copied
   * @return the settings
   */
  public static JsonConfig of(String source, JsonObject json) {
    return new JsonConfig(source, json);
  }

  /**
   * Where the settings come from.
   *
   * @return the file's path, or what {@link #of} was told
   */
  public String source() {
    return source;
  }

  /**
   * The settings as they were read.
   *
   * @return the JSON object itself, not a copy
   */
  public JsonObject json() {
    return json;
  }

  /**
   * Tells whether a key has a value.
   *
   * @param key the key
   * @return whether it is there and not {@code null}
   */
  public boolean has(String key) {
    return json.has(key) && !json.get(key).isJsonNull();
  }

  /**
   * Reads a whole number that must be there.
   *
   * @param key the key
   * @return the number
   * @throws ModelException if it is absent or no 32-bit integer
   */
  public int integer(String key) {
    return integer(key, required(key));
  }

  /**
   * Reads a whole number.
   *
   * @param key the key
   * @param fallback what an absent key means
   * @return the number
   * @throws ModelException if it is no 32-bit integer
   */
  public int integer(String key, int fallback) {
    return has(key) ? integer(key) : fallback;
  }

  /**
   * Reads a number that must be there.
   *
   * @param key the key
   * @return the number
   * @throws ModelException if it is absent or no finite number
   */
  public double number(String key) {
    return number(key, required(key));
  }

  /**
   * Reads a number.
   *
   * @param key the key
   * @param fallback what an absent key means
   * @return the number
   * @throws ModelException if it is no finite number
   */
  public double number(String key, double fallback) {
    return has(key) ? number(key) : fallback;
  }

  /**
   * Reads a text that must be there.
   *
   * @param key the key
   * @return the text
   * @throws ModelException if it is absent or no string
   */
  public String text(String key) {
    return text(key, required(key));
  }

  /**
   * Reads a text.
   *
   * @param key the key
   * @param fallback what an absent key means
   * @return the text
   * @throws ModelException if it is no string
   */
  public String text(String key, String fallback) {
    return has(key) ? text(key) : fallback;
  }

  /**
   * Reads a truth value that must be there.
   *
   * @param key the key
   * @return the value
   * @throws ModelException if it is absent or neither {@code true} nor {@code false}
   */
  public boolean flag(String key) {
    JsonElement value = required(key);
    if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
      return primitive.getAsBoolean();
    }
    throw wrong(key, "true or false", value);
  }

  /**
   * Reads a truth value.
   *
   * @param key the key
   * @param fallback what an absent key means
   * @return the value
   * @throws ModelException if it is neither {@code true} nor {@code false}
   */
  public boolean flag(String key, boolean fallback) {
    return has(key) ? flag(key) : fallback;
  }

  /**
   * Reads a list of whole numbers that must be there.
   *
   * @param key the key
   * @return the numbers
   * @throws ModelException if it is absent or not a list of 32-bit integers
   */
  public List<Integer> integers(String key) {
    return list(key, "a list of whole numbers", element -> integer(key, element));
  }

  /**
   * Reads a list of whole numbers.
   *
   * @param key the key
   * @param fallback what an absent key means
   * @return the numbers
   * @throws ModelException if it is not a list of 32-bit integers
   */
  public List<Integer> integers(String key, List<Integer> fallback) {
    return has(key) ? integers(key) : fallback;
  }

  /**
   * Reads a whole number for each of several places; a config may give one for all or a list.
   *
   * @param key the key
   * @param count how many places there are
   * @return as many numbers
   * @throws ModelException if it is absent, neither form, or a list of another length
   */
  public List<Integer> integerForEach(String key, int count) {
    JsonElement value = required(key);
    if (!value.isJsonArray()) {
      return Collections.nCopies(count, integer(key, value));
    }
    List<Integer> numbers = integers(key);
    if (numbers.size() != count) {
      throw wrong(key, "one whole number or a list of " + count, value);
    }
    return numbers;
  }

  /**
   * Reads a whole number for each of several places; a config may give one for all or a list.
   *
   * @param key the key
   * @param count how many places there are
   * @param fallback what an absent key means, for all places
   * @return as many numbers
   * @throws ModelException if it is neither form, or a list of another length
   */
  public List<Integer> integerForEach(String key, int count, int fallback) {
    return has(key) ? integerForEach(key, count) : Collections.nCopies(count, fallback);
  }

  /**
   * Reads several whole numbers for each of several places; a config may give one for all, a list
   * with one for each place, and in it a list in place of any of these.
   *
   * @param key the key
   * @param count how many places there are
   * @param numbers how many there are of each
   * @param fallback what an absent key means, for all
   * @return a list of that many numbers for each place
   * @throws ModelException if it is none of these forms, or a list of another length
   */
  public List<List<Integer>> integersForEach(String key, int count, int numbers, int fallback) {
    if (!has(key) || !json.get(key).isJsonArray()) {
      int number = has(key) ? integer(key) : fallback;
      return Collections.nCopies(count, Collections.nCopies(numbers, number));
    }
    List<List<Integer>> all = new ArrayList<>();
    for (JsonElement place : json.getAsJsonArray(key)) {
      List<Integer> own = new ArrayList<>();
      if (place instanceof JsonArray list) {
        list.forEach(element -> own.add(integer(key, element)));
      } else {
        own.addAll(Collections.nCopies(numbers, integer(key, place)));
      }
      if (own.size() != numbers) {
        throw wrong(key, "lists of " + numbers, json.get(key));
      }
      all.add(List.copyOf(own));
    }
    if (all.size() != count) {
      throw wrong(key, "one whole number or a list of " + count, json.get(key));
    }
    return List.copyOf(all);
  }

  /**
   * Reads a list of numbers that must be there.
   *
   * @param key the key
   * @return the numbers
   * @throws ModelException if it is absent or not a list of finite numbers
   */
  public List<Double> numbers(String key) {
    return list(key, "a list of numbers", element -> number(key, element));
  }

  /**
   * Reads a list of texts that must be there.
   *
   * @param key the key
   * @return the texts
   * @throws ModelException if it is absent or not a list of strings
   */
  public List<String> texts(String key) {
    return list(key, "a list of strings", element -> text(key, element));
  }

  private <T> List<T> list(String key, String kind, Function<JsonElement, T> read) {
    if (!(required(key) instanceof JsonArray array)) {
      throw wrong(key, kind, json.get(key));
    }
    List<T> values = new ArrayList<>(array.size());
    array.forEach(element -> values.add(read.apply(element)));
    return List.copyOf(values);
  }

  private int integer(String key, JsonElement value) {
    // A bound on the text first: the integer of 1e999999999 has a billion digits.
    if (isNumber(value) && Math.abs(value.getAsDouble()) <= Integer.MAX_VALUE + 1.0) {
      try {
        return new BigDecimal(value.getAsString()).intValueExact();
      } catch (ArithmeticException | NumberFormatException fraction) {
        throw wrong(key, "a whole number", value);
      }
    }
    throw wrong(key, "a whole number", value);
  }

  private double number(String key, JsonElement value) {
    if (isNumber(value) && Double.isFinite(value.getAsDouble())) {
      return value.getAsDouble();
    }
    throw wrong(key, "a number", value);
  }

  private String text(String key, JsonElement value) {
    if (value instanceof JsonPrimitive primitive && primitive.isString()) {
      return primitive.getAsString();
    }
    throw wrong(key, "a string", value);
  }

  private static boolean isNumber(JsonElement value) {
    return value instanceof JsonPrimitive primitive && primitive.isNumber();
  }

  private JsonElement required(String key) {
    if (!has(key)) {
      throw new ModelException(
          source + ": has no \"" + key + "\"; Darkroom does not know a config of this kind");
    }
    return json.get(key);
  }

  private ModelException wrong(String key, String expected, JsonElement found) {
    return new ModelException(
        "%s: \"%s\" must be %s, not %s".formatted(source, key, expected, OneLine.of(brief(found))));
  }

  private static String brief(JsonElement found) {
    return found.isJsonObject() ? "an object" : found.toString();
  }
}
