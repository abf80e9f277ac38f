package io.darkroom.recipe;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a picture was made with, as far as its file tells. Everything may be missing.
 *
 * <p>Darkroom writes {@link #json} under the keyword {@link #KEYWORD} into each PNG, beside the
 * text for other tools, which has no room for device and precision.
 */
public final class Recipe {
  /** The keyword of the PNG text that holds Darkroom's own recipe. */
  public static final String KEYWORD = "darkroom";

  private final Tool tool;
  private final Map<Detail, JsonPrimitive> details;
  private final Map<String, String> settings;
  private final List<String> notes;
  private final List<String> leftOut;

  private Recipe(Builder builder) {
    tool = builder.tool;
    details = new EnumMap<>(builder.details);
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(builder.settings));
    notes = List.copyOf(builder.notes);
    leftOut = List.copyOf(builder.leftOut);
  }

  /**
   * Who wrote it.
   *
   * @return the tool
   */
  public Tool tool() {
    return tool;
  }

  /**
   * A detail that is a text.
   *
   * @param detail such as {@link Detail#PROMPT}
   * @return the text, if the file tells it
   */
  public Optional<String> text(Detail detail) {
    return Optional.ofNullable(details.get(detail)).map(JsonPrimitive::getAsString);
  }

  /**
   * Any detail, as JSON has it.
   *
   * @param detail such as {@link Detail#STEPS}
   * @return a text, a number, or true or false, if the file tells it
   */
  public Optional<JsonPrimitive> value(Detail detail) {
    return Optional.ofNullable(details.get(detail));
  }

  /**
   * A detail that counts something.
   *
   * @param detail width, height, steps or clip skip
   * @return 1 or more, if the file tells it
   */
  public Optional<Integer> count(Detail detail) {
    return Optional.ofNullable(details.get(detail)).map(JsonPrimitive::getAsInt);
  }

  /**
   * A detail that is a number.
   *
   * @param detail guidance scale, its rescaling or eta
   * @return a finite number, if the file tells it
   */
  public Optional<Double> number(Detail detail) {
    return Optional.ofNullable(details.get(detail)).map(JsonPrimitive::getAsDouble);
  }

  /**
   * The seed.
   *
   * @return 0 to 2^64 - 1, if the file tells it
   */
  public Optional<BigInteger> seed() {
    return Optional.ofNullable(details.get(Detail.SEED)).map(JsonPrimitive::getAsBigInteger);
  }

  /**
   * What else the tool wrote.
   *
   * @return name to value, in the tool's order and under the tool's names
   */
  public Map<String, String> settings() {
    return settings;
  }

  /**
   * What a person should know of how this was read.
   *
   * @return a line each
   */
  public List<String> notes() {
    return notes;
  }

  /**
   * What the picture was made with and Darkroom cannot do.
   *
   * @return a few words each, such as {@code ADetailer (ADetailer model: face.pt)}
   */
  public List<String> leftOut() {
    return leftOut;
  }

  /**
   * The details, without {@link #settings}.
   *
   * @return a new object, name to value in the order of {@link Detail}
   */
  public JsonObject json() {
    JsonObject json = new JsonObject();
    details.forEach((detail, value) -> json.add(detail.jsonName(), value));
    return json;
  }

  /**
   * Tells the size, too.
   *
   * @param width of the picture in pixels, used where the recipe does not tell it
   * @param height likewise
   * @return the recipe with a size
   */
  public Recipe orSize(int width, int height) {
    Builder builder = new Builder(tool);
    builder.with(Detail.WIDTH, width).with(Detail.HEIGHT, height);
    builder.details.putAll(details);
    builder.settings.putAll(settings);
    builder.notes.addAll(notes);
    builder.leftOut.addAll(leftOut);
    return builder.build();
  }

  /** Collects what a recipe tells. */
  public static final class Builder {
    private final Tool tool;
    private final Map<Detail, JsonPrimitive> details = new EnumMap<>(Detail.class);
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<String> leftOut = new LinkedHashSet<>();

    /**
     * Begins a recipe that tells nothing.
     *
     * @param tool who wrote it
     */
    public Builder(Tool tool) {
      this.tool = tool;
    }

    /**
     * Adds a detail that is a text.
     *
     * @param detail which
     * @param value the text
     * @return this
     */
    public Builder with(Detail detail, String value) {
      return with(detail, new JsonPrimitive(value));
    }

    /**
     * Adds a detail that is a number.
     *
     * @param detail which
     * @param value the number
     * @return this
     */
    public Builder with(Detail detail, Number value) {
      return with(detail, new JsonPrimitive(value));
    }

    /**
     * Adds a detail as JSON has it.
     *
     * @param detail which
     * @param value a text, a number, or true or false
     * @return this
     */
    public Builder with(Detail detail, JsonPrimitive value) {
      if (!offer(detail, value)) {
        throw new IllegalArgumentException(detail.jsonName() + " cannot be " + value);
      }
      return this;
    }

    /**
     * Adds a detail from outside.
     *
     * @return whether the value suits; else nothing is added
     */
    boolean offer(Detail detail, JsonElement value) {
      return put(detail, detail.accept(value));
    }

    /** Likewise for a value that was written as text. */
    boolean offerText(Detail detail, String value) {
      return put(detail, detail.accept(value));
    }

    private boolean put(Detail detail, Optional<JsonPrimitive> value) {
      value.ifPresent(accepted -> details.put(detail, accepted));
      return value.isPresent();
    }

    /** Adds what has no place among the details. The first value of a name stays. */
    Builder setting(String name, String value) {
      settings.putIfAbsent(name, value);
      return this;
    }

    /** Adds a value that its tool may have written as a text or as a number. */
    boolean offerEither(Detail detail, JsonElement value) {
      return value instanceof JsonPrimitive primitive && offerText(detail, primitive.getAsString());
    }

    /**
     * Adds a LoRA, as a tag in the form that a prompt has.
     *
     * @param file its name, perhaps with folders before it and an ending
     * @param weight how strongly
     */
    Builder lora(String file, double weight) {
      String name =
          file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)
              .replaceFirst("(?i)\\.(safetensors|ckpt|pt|bin)$", "")
              .strip();
      if (name.isEmpty() || name.matches(".*[<>:].*") || !Double.isFinite(weight)) {
        return leftOut("the LoRA '" + file + "', which a tag cannot name");
      }
      if (name.equalsIgnoreCase("None") || weight == 0) {
        return this;
      }
      String number = new BigDecimal(Double.toString(weight)).stripTrailingZeros().toPlainString();
      String tag = "<lora:" + name + ":" + number + ">";
      JsonPrimitive before = details.get(Detail.LORAS);
      return with(Detail.LORAS, before == null ? tag : before.getAsString() + " " + tag);
    }

    /** Adds what Darkroom cannot do. */
    Builder leftOut(String what) {
      leftOut.add(what);
      return this;
    }

    /** Tells whether a detail was added. */
    boolean has(Detail detail) {
      return details.containsKey(detail);
    }

    /** A detail that was added. */
    JsonPrimitive get(Detail detail) {
      return details.get(detail);
    }

    /** What has no place among the details so far. */
    Map<String, String> settings() {
      return settings;
    }

    /** Adds a line for a person. */
    Builder note(String note) {
      notes.add(note);
      return this;
    }

    /**
     * Ends.
     *
     * @return the recipe
     */
    public Recipe build() {
      if (tool != Tool.DARKROOM) {
        LeftOut.among(settings).forEach(this::leftOut);
      }
      return new Recipe(this);
    }
  }
}
