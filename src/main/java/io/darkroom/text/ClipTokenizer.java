package io.darkroom.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Turns prompts into the token numbers of CLIP (Radford et al., arXiv 2103.00020), the way today's
 * transformers does: byte-pair encoding of the lower-cased, NFC-normalized text.
 *
 * <p>Safe for use by several threads; equal prompts give equal numbers.
 */
public final class ClipTokenizer implements AutoCloseable {
  /**
   * Cutting and padding are done here; the library is to do neither, nor to warn that it does not.
   */
  private static final Map<String, String> OPTIONS =
      Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

  static {
    // Where DJL sees an NVIDIA GPU it would download a CUDA build of the tokenizer library; the one
    // in its jar does all that is needed.
    if (System.getenv("RUST_FLAVOR") == null && System.getProperty("RUST_FLAVOR") == null) {
      System.setProperty("RUST_FLAVOR", "cpu");
    }
  }

  /** The largest vocabularies of language models have some 30 MB. */
  private static final long LARGEST_FILE = 64 << 20;

  private final HuggingFaceTokenizer library;
  private final int vocabularySize;
  private final int maxLength;
  private final long beginning;
  private final long end;
  private final long padding;

  private ClipTokenizer(HuggingFaceTokenizer library, Vocabulary vocabulary, SpecialTokens tokens) {
    this.library = library;
    this.vocabularySize = vocabulary.size();
    this.maxLength = tokens.maxLength();
    this.beginning = vocabulary.id(tokens.beginning().content());
    this.end = vocabulary.id(tokens.end().content());
    this.padding = vocabulary.id(tokens.padding().content());
  }

  /**
   * Opens a tokenizer.
   *
   * @param directory with {@code tokenizer.json}, or with {@code vocab.json} and {@code
   *     merges.txt}; {@code tokenizer_config.json} and {@code special_tokens_map.json} are heeded
   *     if there
   * @return the tokenizer
   * @throws ModelException if a file is missing or malformed; the message names it
   */
  public static ClipTokenizer open(Path directory) {
    return open(directory, SpecialTokens.read(directory));
  }

  /**
   * Opens a tokenizer whose files were not made for the model.
   *
   * @param directory as above
   * @param paddingToken what short prompts are filled up with; empty as the files say
   * @param length how many tokens a prompt has; empty as the files say
   * @return the tokenizer
   * @throws ModelException if a file is missing or malformed; the message names it
   */
  public static ClipTokenizer open(
      Path directory, Optional<String> paddingToken, OptionalInt length) {
    SpecialTokens tokens = SpecialTokens.read(directory);
    SpecialTokens padded = paddingToken.map(tokens::withPadding).orElse(tokens);
    return open(directory, length.isPresent() ? padded.withMaxLength(length.getAsInt()) : padded);
  }

  private static ClipTokenizer open(Path directory, SpecialTokens tokens) {
    Set<String> contents =
        Set.copyOf(
            Arrays.asList(
                tokens.beginning().content(),
                tokens.end().content(),
                tokens.unknown().content(),
                tokens.padding().content()));
    Path whole = directory.resolve("tokenizer.json");
    if (Files.exists(whole)) {
      byte[] json = read(whole);
      return open(json, whole, Vocabulary.ofTokenizerJson(json, whole, contents), tokens);
    }
    Path vocab = directory.resolve("vocab.json");
    Path merges = directory.resolve("merges.txt");
    if (!Files.exists(vocab) || !Files.exists(merges)) {
      throw new ModelException(
          directory
              + ": has neither tokenizer.json nor vocab.json with merges.txt; get them with"
              + " the model");
    }
    byte[] vocabJson = read(vocab);
    Vocabulary vocabulary = Vocabulary.ofVocabJson(vocabJson, vocab, contents);
    byte[] json = TokenizerJson.compose(vocabJson, read(merges), vocabulary, tokens);
    return open(json, merges, vocabulary, tokens);
  }

  private static ClipTokenizer open(
      byte[] json, Path blamed, Vocabulary vocabulary, SpecialTokens tokens) {
    HuggingFaceTokenizer library;
    try {
      library = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS);
    } catch (IOException | RuntimeException failure) {
      // The library throws plain RuntimeExceptions; its places are those of the composed text.
      String reason = String.valueOf(failure.getMessage()).replaceAll(" at line \\d+ column.*", "");
      throw new ModelException(
          "%s: is not a tokenizer: %s; download it again".formatted(blamed, OneLine.of(reason)),
          failure);
    }
    try {
      return new ClipTokenizer(library, vocabulary, tokens);
    } catch (ModelException failure) {
      library.close();
      throw failure;
    }
  }

  private static byte[] read(Path file) {
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw new ModelException(file + ": is too large for a tokenizer's; check the path");
      }
      return Files.readAllBytes(file);
    } catch (IOException failure) {
      throw new ModelException(file + ": cannot be read: " + failure, failure);
    }
  }

  /**
   * How many tokens every encoded prompt has.
   *
   * @return tokens, beginning, end and padding included; 77 for all Stable Diffusion models
   */
  public int maxLength() {
    return maxLength;
  }

  /**
   * How many rows the text encoder's embedding must have.
   *
   * @return one more than the largest token number
   */
  public int vocabularySize() {
    return vocabularySize;
  }

  /**
   * Encodes a prompt, cut where it is too long and padded where it is short.
   *
   * @param prompt any text; what is no Unicode in it (a lone surrogate) counts as U+FFFD
   * @return {@link #maxLength} token numbers and what was cut off
   */
  public TokenizedPrompt encode(String prompt) {
    Encoding encoding = library.encode(wellFormed(prompt), false, false);
    long[] content = encoding.getIds();
    int kept = Math.min(content.length, maxLength - 2);
    long[] ids = framed(Arrays.copyOf(content, kept));
    return new TokenizedPrompt(ids, kept + 2, lost(prompt, encoding, kept));
  }

  /**
   * The bare tokens of a text of any length.
   *
   * @param text any text
   * @return token numbers, without beginning, end and padding
   */
  long[] tokens(String text) {
    return library.encode(wellFormed(text), false, false).getIds();
  }

  /**
   * Puts beginning, end and padding around tokens.
   *
   * @param content token numbers, at most {@link #maxLength} less 2
   * @return {@link #maxLength} token numbers
   */
  long[] framed(long[] content) {
    long[] ids = new long[maxLength];
    Arrays.fill(ids, padding);
    ids[0] = beginning;
    System.arraycopy(content, 0, ids, 1, content.length);
    ids[content.length + 1] = end;
    return ids;
  }

  /** The library counts in code points of the text as it was given, before normalization. */
  private static String lost(String prompt, Encoding encoding, int kept) {
    if (kept == encoding.getIds().length) {
      return "";
    }
    int codePoints = encoding.getCharTokenSpans()[kept].getStart();
    return prompt.substring(prompt.offsetByCodePoints(0, codePoints)).strip();
  }

  private static String wellFormed(String text) {
    StringBuilder result = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .forEach(result::appendCodePoint);
    return result.toString();
  }

  @Override
  public void close() {
    library.close();
  }
}
