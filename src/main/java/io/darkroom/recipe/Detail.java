package io.darkroom.recipe;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What a recipe may tell, under the name that it has in JSON: the same as in the line that {@code
 * darkroom --json} prints for a picture.
 */
public enum Detail {
  /** What was to be shown. */
  PROMPT(Kind.TEXT),
  /** What to steer away from. */
  NEGATIVE_PROMPT(Kind.TEXT),
  /**
   * {@code encoded} where an empty negative prompt was given, to a model that tells that from none.
   * An empty {@link #NEGATIVE_PROMPT} alone is none.
   */
  EMPTY_NEGATIVE_PROMPT(Kind.TEXT),
  /** The seed of the picture's noise, 0 to 2^64 - 1. */
  SEED(Kind.SEED),
  /** The picture's width in pixels. */
  WIDTH(Kind.COUNT),
  /** The picture's height in pixels. */
  HEIGHT(Kind.COUNT),
  /** Denoising steps. */
  STEPS(Kind.COUNT),
  /** The sampler, as its tool calls it. */
  SAMPLER(Kind.TEXT),
  /** Classifier-free guidance. */
  GUIDANCE_SCALE(Kind.NUMBER),
  /** DDIM's noise. */
  ETA(Kind.NUMBER),
  /** How the sampler spreads its noise levels, as its tool calls it. */
  SCHEDULE(Kind.TEXT),
  /** How far guidance's spread is brought back, 0 to 1. */
  GUIDANCE_RESCALE(Kind.NUMBER),
  /** The noise levels at which guidance works: {@code LOW:HIGH}. */
  GUIDANCE_INTERVAL(Kind.TEXT),
  /** The text encoder's layer that counts, from the end. */
  CLIP_SKIP(Kind.COUNT),
  /** How the prompts were read: {@code weighted} or {@code plain}. */
  PROMPT_SYNTAX(Kind.TEXT),
  /** How many evaluations share what one finds in the U-Net's deep layers. */
  DEEP_CACHE(Kind.COUNT),
  /** What the U-Net was taken to predict, where that was chosen. */
  PREDICTION(Kind.TEXT),
  /** The other seed whose noise was mixed in: {@code SEED:STRENGTH}. */
  VARIATION(Kind.TEXT),
  /** At which borders the picture goes on at the opposite one: {@code x}, {@code y}, {@code xy}. */
  SEAMLESS(Kind.TEXT),
  /** Whether the U-Net saw windows of the model's own size. */
  TILED(Kind.FLAG),
  /** The file of the picture that the run began with, as it was named. */
  INIT_IMAGE(Kind.TEXT),
  /** The SHA-256 of that picture's pixels. */
  INIT_IMAGE_HASH(Kind.TEXT),
  /** The share of the steps that were made from it. */
  STRENGTH(Kind.NUMBER),
  /** How closely a model for instructions kept to the picture. */
  IMAGE_GUIDANCE_SCALE(Kind.NUMBER),
  /** The file of the mask, as it was named. */
  MASK(Kind.TEXT),
  /** The SHA-256 of the mask's pixels. */
  MASK_HASH(Kind.TEXT),
  /** How soft the edge of the paste was, in pixels. */
  MASK_BLUR(Kind.NUMBER),
  /** Whether black was painted. */
  INVERT_MASK(Kind.FLAG),
  /** Whether the mask's greys were shares of the latents. */
  SOFT_MASK(Kind.FLAG),
  /** Whether the rest is the original's pixels. */
  PASTE_BACK(Kind.FLAG),
  /** How many pixels around the painted area the network saw, where it saw that alone. */
  MASK_AREA(Kind.WHOLE),
  /** By how many pixels the picture grew: {@code LEFT,TOP,RIGHT,BOTTOM}. */
  OUTPAINT(Kind.TEXT),
  /** How pictures of another shape were brought to the size. */
  FIT(Kind.TEXT),
  /** How large the high-resolution pass was: a factor, or a size. */
  HIRES(Kind.TEXT),
  /** How much of the enlarged picture was painted anew. */
  HIRES_STRENGTH(Kind.NUMBER),
  /** The steps of the high-resolution pass. */
  HIRES_STEPS(Kind.COUNT),
  /** How the picture was enlarged before it: {@code latent}, {@code lanczos}, or a file. */
  HIRES_UPSCALER(Kind.TEXT),
  /** The SHA-256 of that file. */
  HIRES_UPSCALER_HASH(Kind.TEXT),
  /** From which share of the way on the refiner made the steps. */
  REFINER_START(Kind.NUMBER),
  /** The embeddings that the prompts name, each with its hash: {@code name: hash, ...}. */
  EMBEDDINGS(Kind.TEXT),
  /** The model, as its tool calls it. */
  MODEL(Kind.TEXT),
  /** The first digits of the SHA-256 of the model's weights. */
  MODEL_HASH(Kind.TEXT),
  /** The LoRAs merged into the model, as tags in AUTOMATIC1111's form. */
  LORAS(Kind.TEXT),
  /**
   * The LoRAs' files, each with its SHA-256, or as AUTOMATIC1111's web UI has it: {@code name:
   * hash, ...}.
   */
  LORA_HASHES(Kind.TEXT),
  /** The autoencoder that was used in place of the model's own. */
  VAE(Kind.TEXT),
  /** The SHA-256 of its file, or its first digits. */
  VAE_HASH(Kind.TEXT),
  /** The model that went on with the latents, as its tool calls it. */
  REFINER(Kind.TEXT),
  /** The first digits of the SHA-256 of its weights. */
  REFINER_HASH(Kind.TEXT),
  /** How much larger the picture was made afterwards: the factor of each side. */
  UPSCALE_FACTOR(Kind.COUNT),
  /** The upscaler that did it. */
  UPSCALER(Kind.TEXT),
  /** The first digits of the SHA-256 of its weights. */
  UPSCALER_HASH(Kind.TEXT),
  /** What it was told that the picture shows. */
  UPSCALE_PROMPT(Kind.TEXT),
  /** What it was told to steer away from. */
  UPSCALE_NEGATIVE_PROMPT(Kind.TEXT),
  /** The seed of its noise. */
  UPSCALE_SEED(Kind.SEED),
  /** How much noise was added to the picture before. */
  UPSCALE_NOISE_LEVEL(Kind.NUMBER),
  /** Its denoising steps. */
  UPSCALE_STEPS(Kind.COUNT),
  /** Its sampler. */
  UPSCALE_SAMPLER(Kind.TEXT),
  /** Its classifier-free guidance. */
  UPSCALE_GUIDANCE_SCALE(Kind.NUMBER),
  /** How its sampler spread its noise levels. */
  UPSCALE_SCHEDULE(Kind.TEXT),
  /** DDIM's noise in it. */
  UPSCALE_ETA(Kind.NUMBER),
  /** Where it was painted, such as {@code cuda:0}. */
  DEVICE(Kind.TEXT),
  /** The precision, such as {@code fp16}. */
  DTYPE(Kind.TEXT),
  /** The tool's version. */
  VERSION(Kind.TEXT);

  private enum Kind {
    TEXT,
    /** 1 or more. */
    COUNT,
    /** 0 or more. */
    WHOLE,
    SEED,
    NUMBER,
    FLAG
  }

  /** No number of interest is longer; parsing a longer one takes time for nothing. */
  private static final int LONGEST_NUMBER = 100;

  private final Kind kind;

  Detail(Kind kind) {
    this.kind = kind;
  }

  /**
   * The name in JSON.
   *
   * @return such as {@code negative_prompt}
   */
  public String jsonName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Finds a detail.
   *
   * @param jsonName its name in JSON
   * @return the detail, if there is one of this name
   */
  public static Optional<Detail> find(String jsonName) {
    return Arrays.stream(values()).filter(detail -> detail.jsonName().equals(jsonName)).findFirst();
  }

  /**
   * Holds a value against what this detail can be.
   *
   * @param value anything
   * @return the value in its one form: a string, a whole number, or a double; nothing if it is of
   *     another kind or out of range
   */
  Optional<JsonPrimitive> accept(JsonElement value) {
    if (!(value instanceof JsonPrimitive primitive)) {
      return Optional.empty();
    }
    if (kind == Kind.TEXT) {
      return primitive.isString() ? Optional.of(primitive) : Optional.empty();
    }
    if (kind == Kind.FLAG) {
      return primitive.isBoolean() ? Optional.of(primitive) : Optional.empty();
    }
    return primitive.isNumber() ? accept(primitive.getAsString()) : Optional.empty();
  }

  /**
   * Likewise for a value that was written as text.
   *
   * @param value anything
   * @return the value in its one form
   */
  Optional<JsonPrimitive> accept(String value) {
    if (kind == Kind.TEXT) {
      return Optional.of(new JsonPrimitive(value));
    }
    if (kind == Kind.FLAG) {
      return value.equals("true") || value.equals("false")
          ? Optional.of(new JsonPrimitive(value.equals("true")))
          : Optional.empty();
    }
    try {
      return value.length() > LONGEST_NUMBER ? Optional.empty() : accept(new BigDecimal(value));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private Optional<JsonPrimitive> accept(BigDecimal number) {
    double size = number.doubleValue();
    if (kind == Kind.NUMBER) {
      return Double.isFinite(size) ? Optional.of(new JsonPrimitive(size)) : Optional.empty();
    }
    // A bound first: the integer of 1e999999999 has a billion digits.
    boolean whole = Math.abs(size) < 1e20 && number.stripTrailingZeros().scale() <= 0;
    if (!whole) {
      return Optional.empty();
    }
    BigInteger integer = number.toBigIntegerExact();
    BigInteger least = kind == Kind.COUNT ? BigInteger.ONE : BigInteger.ZERO;
    int bits = kind == Kind.SEED ? Long.SIZE : Integer.SIZE - 1;
    return integer.compareTo(least) >= 0 && integer.bitLength() <= bits
        ? Optional.of(new JsonPrimitive(integer))
        : Optional.empty();
  }
}
