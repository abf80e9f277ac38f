package io.darkroom.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The tokens of a CLIP tokenizer that stand for no text, and how many tokens a prompt may have.
 *
 * @param beginning opens every prompt
 * @param end closes it
 * @param unknown stands for what the vocabulary lacks
 * @param padding fills up to the maximal length
 * @param maxLength tokens in a prompt, beginning and end included
 */
record SpecialTokens(
    SpecialToken beginning,
    SpecialToken end,
    SpecialToken unknown,
    SpecialToken padding,
    int maxLength) {

  private static final int CLIP_LENGTH = 77;

  /**
   * Beyond this a {@code model_max_length} is one of the sentinels (1e30) that mean "not known".
   */
  private static final int LONGEST = 4096;

  /**
   * A special token.
   *
   * @param content its text, by which the vocabulary lists it
   * @param isNormalized whether it is found in the normalized (lower-cased) prompt instead of the
   *     prompt itself
   */
  record SpecialToken(String content, boolean isNormalized) {}

  /**
   * Reads the settings of a tokenizer; what they do not say is as in OpenAI's CLIP.
   *
   * @param directory the tokenizer's directory
   * @return its special tokens
   * @throws ModelException if a settings file is malformed
   */
  static SpecialTokens read(Path directory) {
    JsonConfig config = readIfThere(directory.resolve("tokenizer_config.json"));
    JsonConfig map = readIfThere(directory.resolve("special_tokens_map.json"));
    // As transformers does: the map overrides configs from before added_tokens_decoder was
    // invented,
    // and is ignored beside later ones. Stable Diffusion 2 names its padding only in the map.
    JsonConfig first = config.has("added_tokens_decoder") ? config : map;
    JsonConfig second = first == config ? map : config;
    return new SpecialTokens(
        token("bos_token", first, second, new SpecialToken("<|startoftext|>", true)),
        token("eos_token", first, second, new SpecialToken("<|endoftext|>", true)),
        token("unk_token", first, second, new SpecialToken("<|endoftext|>", true)),
        token("pad_token", first, second, new SpecialToken("<|endoftext|>", false)),
        maxLength(config));
  }

  /**
   * The same with other padding.
   *
   * @param content the padding token's text
   * @return the changed tokens
   */
  SpecialTokens withPadding(String content) {
    return new SpecialTokens(beginning, end, unknown, new SpecialToken(content, false), maxLength);
  }

  /**
   * The same for prompts of another length.
   *
   * @param length tokens in a prompt, beginning and end included
   * @return the changed tokens
   */
  SpecialTokens withMaxLength(int length) {
    return new SpecialTokens(beginning, end, unknown, padding, length);
  }

  private static JsonConfig readIfThere(Path file) {
    return Files.exists(file)
        ? JsonConfig.read(file)
        : JsonConfig.of(file.toString(), new JsonObject());
  }

  private static SpecialToken token(
      String key, JsonConfig first, JsonConfig second, SpecialToken fallback) {
    return token(key, first, fallback).or(() -> token(key, second, fallback)).orElse(fallback);
  }

  /** A token is a plain string or an object with the string in it. */
  private static Optional<SpecialToken> token(
      String key, JsonConfig config, SpecialToken fallback) {
    if (!config.has(key)) {
      return Optional.empty();
    }
    JsonElement value = config.json().get(key);
    if (!value.isJsonObject()) {
      return Optional.of(new SpecialToken(config.text(key), fallback.isNormalized()));
    }
    JsonConfig token = JsonConfig.of(config.source() + ": " + key, value.getAsJsonObject());
    return Optional.of(
        new SpecialToken(token.text("content"), token.flag("normalized", fallback.isNormalized())));
  }

  private static int maxLength(JsonConfig config) {
    double length = config.number("model_max_length", CLIP_LENGTH);
    if (length > LONGEST) {
      return CLIP_LENGTH;
    }
    if (length < 2 || length != Math.rint(length)) {
      throw new ModelException(
          config.source() + ": model_max_length is " + length + "; it must be 2 to " + LONGEST);
    }
    return (int) length;
  }
}
