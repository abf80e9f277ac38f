package io.darkroom.training;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Learns a CLIP-style vocabulary: byte pairs merged from the most frequent on (Sennrich et al.,
 * arXiv 1508.07909), over GPT-2's printable stand-ins for bytes, a word's last symbol marked {@code
 * </w>}.
 */
final class BytePairTraining {
  private static final String WORD_END = "</w>";
  private static final String BEGIN = "<|startoftext|>";
  private static final String END = "<|endoftext|>";

  /** Two neighbours in a word. */
  private record Pair(String left, String right) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      return Comparator.comparing(Pair::left).thenComparing(Pair::right).compare(this, other);
    }
  }

  private final Map<String, Long> counts = new TreeMap<>();

  /**
   * Counts the words of a text.
   *
   * @param text lower-case English
   */
  void add(String text) {
    for (String word : text.split("(?=[,.!?])|\\s+", 0)) {
      if (!word.isBlank()) {
        counts.merge(word.strip(), 1L, Long::sum);
      }
    }
  }

  /**
   * Merges until every word seen is one token, and writes {@code vocab.json}, {@code merges.txt}
   * and the two files that name the special tokens.
   *
   * @param folder the tokenizer's folder
   * @param maxLength tokens of a prompt
   * @return how many tokens there are
   * @throws IOException if a file cannot be written
   */
  int write(Path folder, int maxLength) throws IOException {
    List<Pair> merges = merges();
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    List<String> alphabet = byteAlphabet();
    alphabet.forEach(symbol -> vocabulary.put(symbol, vocabulary.size()));
    alphabet.forEach(symbol -> vocabulary.put(symbol + WORD_END, vocabulary.size()));
    merges.forEach(pair -> vocabulary.put(pair.left() + pair.right(), vocabulary.size()));
    vocabulary.put(BEGIN, vocabulary.size());
    vocabulary.put(END, vocabulary.size());

    Files.createDirectories(folder);
    Gson gson = new GsonBuilder().disableHtmlEscaping().create();
    write(folder.resolve("vocab.json"), gson.toJson(vocabulary));
    StringBuilder lines = new StringBuilder("#version: 0.2\n");
    merges.forEach(pair -> lines.append(pair.left()).append(' ').append(pair.right()).append('\n'));
    write(folder.resolve("merges.txt"), lines.toString());
    Map<String, Object> special = new LinkedHashMap<>();
    special.put("bos_token", BEGIN);
    special.put("eos_token", END);
    special.put("pad_token", END);
    special.put("unk_token", END);
    Gson pretty = new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();
    write(folder.resolve("special_tokens_map.json"), pretty.toJson(special) + "\n");
    special.put("do_lower_case", true);
    special.put("model_max_length", maxLength);
    special.put("tokenizer_class", "CLIPTokenizer");
    write(folder.resolve("tokenizer_config.json"), pretty.toJson(special) + "\n");
    return vocabulary.size();
  }

  private List<Pair> merges() {
    Map<List<String>, Long> words = new LinkedHashMap<>();
    counts.forEach((word, count) -> words.put(symbols(word), count));
    List<Pair> merges = new ArrayList<>();
    while (true) {
      Map<Pair, Long> pairs = new TreeMap<>();
      words.forEach(
          (symbols, count) -> {
            for (int i = 0; i + 1 < symbols.size(); i++) {
              pairs.merge(new Pair(symbols.get(i), symbols.get(i + 1)), count, Long::sum);
            }
          });
      if (pairs.isEmpty()) {
        return merges;
      }
      Pair best = pairs.keySet().iterator().next();
      for (Map.Entry<Pair, Long> entry : pairs.entrySet()) {
        if (entry.getValue() > pairs.get(best)) {
          best = entry.getKey();
        }
      }
      merges.add(best);
      Map<List<String>, Long> merged = new LinkedHashMap<>();
      Pair pair = best;
      words.forEach((symbols, count) -> merged.put(merge(symbols, pair), count));
      words.clear();
      words.putAll(merged);
    }
  }

  private static List<String> symbols(String word) {
    List<String> alphabet = byteAlphabet();
    List<String> symbols = new ArrayList<>();
    for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
      symbols.add(symbolOf(b & 0xFF, alphabet));
    }
    int last = symbols.size() - 1;
    symbols.set(last, symbols.get(last) + WORD_END);
    return symbols;
  }

  private static List<String> merge(List<String> symbols, Pair pair) {
    List<String> merged = new ArrayList<>();
    for (int i = 0; i < symbols.size(); i++) {
      boolean fits =
          i + 1 < symbols.size()
              && symbols.get(i).equals(pair.left())
              && symbols.get(i + 1).equals(pair.right());
      merged.add(fits ? pair.left() + pair.right() : symbols.get(i));
      if (fits) {
        i++;
      }
    }
    return merged;
  }

  /** The stand-ins in CLIP's order: the printable bytes first, then the others from U+0100 on. */
  private static List<String> byteAlphabet() {
    List<String> alphabet = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      if (isPrintable(b)) {
        alphabet.add(String.valueOf((char) b));
      }
    }
    int others = 256 - alphabet.size();
    for (int i = 0; i < others; i++) {
      alphabet.add(String.valueOf((char) (256 + i)));
    }
    return alphabet;
  }

  private static String symbolOf(int b, List<String> alphabet) {
    if (isPrintable(b)) {
      return String.valueOf((char) b);
    }
    int before = 0;
    int printable = 0;
    for (int i = 0; i < 256; i++) {
      printable += isPrintable(i) ? 1 : 0;
      before += i < b && !isPrintable(i) ? 1 : 0;
    }
    return alphabet.get(printable + before);
  }

  private static boolean isPrintable(int b) {
    return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
  }

  private static void write(Path path, String text) throws IOException {
    Files.writeString(path, text, StandardCharsets.UTF_8);
  }
}
