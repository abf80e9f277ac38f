package io.darkroom.text;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * CLIP's tokenizer as its paper and its first code have it, in plain Java: special tokens as they
 * stand; composed, one space for many, in lower case; letters, single digits, other signs; bytes as
 * printable letters, of which the neighbours that were merged first are merged first. Slow and
 * without any library.
 */
final class PlainBytePairs {
  static final String BEGIN = "<|startoftext|>";
  static final String END = "<|endoftext|>";
  static final String WORD_END = "</w>";

  private static final Pattern SPECIAL =
      Pattern.compile(Pattern.quote(BEGIN) + "|" + Pattern.quote(END));
  private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern WORDS =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+",
          Pattern.UNICODE_CHARACTER_CLASS);

  private final Map<String, Long> numbers = new HashMap<>();
  private final Map<List<String>, Integer> ranks = new HashMap<>();

  PlainBytePairs(Path folder) throws IOException {
    JsonObject vocabulary =
        JsonParser.parseString(Files.readString(folder.resolve("vocab.json"))).getAsJsonObject();
    vocabulary
        .entrySet()
        .forEach(token -> numbers.put(token.getKey(), token.getValue().getAsLong()));
    for (String line : Files.readAllLines(folder.resolve("merges.txt"))) {
      if (!line.startsWith("#version") && !line.isBlank()) {
        ranks.putIfAbsent(List.of(line.split(" ")), ranks.size());
      }
    }
  }

  /** The letter that stands for each byte. */
  static String[] alphabet() {
    String[] letters = new String[256];
    int next = 256;
    for (int i = 0; i < 256; i++) {
      boolean printable = (i > 32 && i < 127) || (i > 160 && i != 173);
      letters[i] = String.valueOf((char) (printable ? i : next++));
    }
    return letters;
  }

  /** The token numbers of a text, cut to a length with the end kept, and padded with it. */
  long[] encode(String text, int length) {
    List<Long> ids = new ArrayList<>(List.of(numbers.get(BEGIN)));
    Matcher special = SPECIAL.matcher(text);
    int from = 0;
    while (special.find()) {
      add(text.substring(from, special.start()), ids);
      ids.add(numbers.get(special.group()));
      from = special.end();
    }
    add(text.substring(from), ids);
    long[] result = new long[length];
    Arrays.fill(result, numbers.get(END));
    for (int i = 0; i < Math.min(ids.size(), length - 1); i++) {
      result[i] = ids.get(i);
    }
    return result;
  }

  private void add(String text, List<Long> ids) {
    String composed =
        SPACES.matcher(Normalizer.normalize(text, Normalizer.Form.NFC)).replaceAll(" ");
    StringBuilder lower = new StringBuilder();
    // Letter by letter: no sigma knows that it is the last.
    composed
        .codePoints()
        .forEach(point -> lower.append(Character.toString(point).toLowerCase(Locale.ROOT)));
    Matcher words = WORDS.matcher(lower);
    while (words.find()) {
      for (String token : merged(words.group())) {
        ids.add(numbers.get(token));
      }
    }
  }

  private List<String> merged(String word) {
    String[] letters = alphabet();
    List<String> symbols = new ArrayList<>();
    for (byte one : word.getBytes(StandardCharsets.UTF_8)) {
      symbols.add(letters[one & 0xff]);
    }
    symbols.set(symbols.size() - 1, symbols.get(symbols.size() - 1) + WORD_END);
    while (true) {
      int best = -1;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        Integer rank = ranks.get(symbols.subList(i, i + 2));
        if (rank != null && (best < 0 || rank < ranks.get(symbols.subList(best, best + 2)))) {
          best = i;
        }
      }
      if (best < 0) {
        return symbols;
      }
      symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
    }
  }
}
