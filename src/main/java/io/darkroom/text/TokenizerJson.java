package io.darkroom.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.darkroom.text.SpecialTokens.SpecialToken;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Writes the {@code tokenizer.json} that the tokenizer library wants from the two files that CLIP
 * tokenizers come in. The recipe is transformers' {@code CLIPConverter}.
 *
 * @see <a
 *     href="https://github.com/huggingface/transformers/blob/main/src/transformers/convert_slow_tokenizer.py">convert_slow_tokenizer.py</a>
 */
final class TokenizerJson {
  /**
   * transformers reads no more merges than CLIP itself has: 49152 less 256 bytes and 2 specials.
   */
  private static final int MOST_MERGES = 49152 - 256 - 2;

  private static final String NORMALIZER =
      """
      {"type":"Sequence","normalizers":[{"type":"NFC"},\
      {"type":"Replace","pattern":{"Regex":"\\\\s+"},"content":" "},{"type":"Lowercase"}]}""";

  private static final String PRE_TOKENIZER =
      """
      {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":\
      "'s|'t|'re|'ve|'m|'ll|'d|[\\\\p{L}]+|[\\\\p{N}]|[^\\\\s\\\\p{L}\\\\p{N}]+"},\
      "behavior":"Removed","invert":true},\
      {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}]}""";

  private TokenizerJson() {}

  /**
   * Composes the file. Beginning and end are not added by it: {@link ClipTokenizer} does that.
   *
   * @param vocabJson the bytes of {@code vocab.json}, a JSON object; they go in as they are
   * @param mergesText the bytes of {@code merges.txt}
   * @param vocabulary where the numbers of the special tokens are found
   * @param tokens the special tokens
   * @return the bytes of a {@code tokenizer.json}
   */
  static byte[] compose(
      byte[] vocabJson, byte[] mergesText, Vocabulary vocabulary, SpecialTokens tokens) {
    ByteArrayOutputStream json =
        new ByteArrayOutputStream(vocabJson.length + 2 * mergesText.length + 4096);
    JsonObject unknown = new JsonObject();
    unknown.addProperty("unk_token", tokens.unknown().content());
    write(json, "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":");
    write(json, addedTokens(vocabulary, tokens).toString());
    write(json, ",\"normalizer\":" + NORMALIZER);
    write(json, ",\"pre_tokenizer\":" + PRE_TOKENIZER);
    write(json, ",\"post_processor\":null,\"decoder\":null,\"model\":{\"type\":\"BPE\",");
    write(json, "\"end_of_word_suffix\":\"</w>\",");
    write(json, unknown.toString().substring(1).replaceFirst("}$", ",\"vocab\":"));
    json.writeBytes(vocabJson);
    write(json, ",\"merges\":[");
    writeMerges(json, mergesText);
    write(json, "]}}");
    return json.toByteArray();
  }

  /**
   * The tokens that are found in a prompt before it is split into words. The padding is one of
   * them: with Stable Diffusion 2, whose padding is "!", every "!" in a prompt becomes that token.
   */
  private static JsonArray addedTokens(Vocabulary vocabulary, SpecialTokens tokens) {
    JsonArray added = new JsonArray();
    Set<String> seen = new LinkedHashSet<>();
    for (SpecialToken token :
        new SpecialToken[] {tokens.beginning(), tokens.end(), tokens.unknown(), tokens.padding()}) {
      if (seen.add(token.content())) {
        JsonObject entry = new JsonObject();
        entry.addProperty("id", vocabulary.id(token.content()));
        entry.addProperty("content", token.content());
        entry.addProperty("single_word", Boolean.FALSE);
        entry.addProperty("lstrip", Boolean.FALSE);
        entry.addProperty("rstrip", Boolean.FALSE);
        entry.addProperty("normalized", token.isNormalized());
        entry.addProperty("special", Boolean.TRUE);
        added.add(entry);
      }
    }
    return added;
  }

  /** One JSON string a line; the line that tells the version is no merge. */
  private static void writeMerges(ByteArrayOutputStream json, byte[] text) {
    int merges = 0;
    int begin = 0;
    while (begin < text.length && merges < MOST_MERGES) {
      int end = begin;
      while (end < text.length && text[end] != '\n') {
        end++;
      }
      int last = end > begin && text[end - 1] == '\r' ? end - 1 : end;
      if (last > begin && !isVersion(text, begin)) {
        json.write(merges == 0 ? ' ' : ',');
        writeString(json, text, begin, last);
        merges++;
      }
      begin = end + 1;
    }
  }

  private static boolean isVersion(byte[] text, int begin) {
    return begin == 0
        && new String(text, 0, Math.min(8, text.length), StandardCharsets.UTF_8).equals("#version");
  }

  private static void writeString(ByteArrayOutputStream json, byte[] text, int begin, int end) {
    json.write('"');
    for (int i = begin; i < end; i++) {
      if (text[i] == '"' || text[i] == '\\') {
        json.write('\\');
      }
      json.write(text[i]);
    }
    json.write('"');
  }

  private static void write(ByteArrayOutputStream json, String text) {
    json.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }
}
