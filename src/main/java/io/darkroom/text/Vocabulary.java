package io.darkroom.text;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What Java itself must know of a vocabulary; the rest of it goes to the tokenizer library unread.
 *
 * @param file where it was read, for messages
 * @param ids the numbers of the tokens that were asked for, as far as the vocabulary has them
 * @param size one more than the largest token number
 */
record Vocabulary(Path file, Map<String, Integer> ids, int size) {

  /**
   * Scans a {@code vocab.json}: an object of token to number.
   *
   * @param bytes the file's content
   * @param file the file's name for messages
   * @param wanted the tokens whose numbers are needed
   * @return what was found
   * @throws ModelException if it is no such object
   */
  static Vocabulary ofVocabJson(byte[] bytes, Path file, Set<String> wanted) {
    return new Scan(bytes, file, wanted).vocabulary(Scan::readTokens);
  }

  /**
   * Scans a {@code tokenizer.json} for its added tokens and its model's vocabulary.
   *
   * @param bytes the file's content
   * @param file the file's name for messages
   * @param wanted the tokens whose numbers are needed
   * @return what was found
   * @throws ModelException if it is malformed
   */
  static Vocabulary ofTokenizerJson(byte[] bytes, Path file, Set<String> wanted) {
    return new Scan(bytes, file, wanted).vocabulary(Scan::readTokenizer);
  }

  /**
   * The number of a token that must be there.
   *
   * @param token one of those asked for
   * @return its number
   * @throws ModelException if the vocabulary lacks it
   */
  int id(String token) {
    Integer id = ids.get(token);
    if (id == null) {
      throw new ModelException(
          "%s: the vocabulary has no token \"%s\"; use the model's own tokenizer"
              .formatted(file, OneLine.of(token)));
    }
    return id;
  }

  /** A part of the grammar. */
  private interface Part {
    void read(Scan scan) throws IOException;
  }

  private static final class Scan {
    private final JsonReader json;
    private final Path file;
    private final Set<String> wanted;
    private final Map<String, Integer> ids = new HashMap<>();
    private int size;

    Scan(byte[] bytes, Path file, Set<String> wanted) {
      this.json =
          new JsonReader(
              new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8));
      this.json.setStrictness(Strictness.STRICT);
      this.file = file;
      this.wanted = wanted;
    }

    Vocabulary vocabulary(Part document) {
      try {
        document.read(this);
        if (json.peek() != JsonToken.END_DOCUMENT) {
          throw new IllegalStateException("text follows it");
        }
        return new Vocabulary(file, Map.copyOf(ids), size);
      } catch (IOException | IllegalStateException | NumberFormatException failure) {
        throw new ModelException(
            "%s: is not the vocabulary of a tokenizer: the error is at%s; download it again"
                .formatted(file, json.toString().replaceFirst("JsonReader at| path .*", "")),
            failure);
      }
    }

    void readTokens() throws IOException {
      json.beginObject();
      while (json.hasNext()) {
        keep(json.nextName(), json.nextInt());
      }
      json.endObject();
    }

    void readTokenizer() throws IOException {
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "added_tokens" -> readAddedTokens();
          case "model" -> readModel();
          default -> json.skipValue();
        }
      }
      json.endObject();
    }

    private void readModel() throws IOException {
      json.beginObject();
      while (json.hasNext()) {
        if (json.nextName().equals("vocab")) {
          readTokens();
        } else {
          json.skipValue();
        }
      }
      json.endObject();
    }

    private void readAddedTokens() throws IOException {
      json.beginArray();
      while (json.hasNext()) {
        String content = "";
        int id = 0;
        json.beginObject();
        while (json.hasNext()) {
          switch (json.nextName()) {
            case "content" -> content = json.nextString();
            case "id" -> id = json.nextInt();
            default -> json.skipValue();
          }
        }
        json.endObject();
        keep(content, id);
      }
      json.endArray();
    }

    private void keep(String token, int id) {
      if (id < 0 || id == Integer.MAX_VALUE) {
        throw new IllegalStateException("a token has number " + id);
      }
      size = Math.max(size, id + 1);
      if (wanted.contains(token)) {
        ids.put(token, id);
      }
    }
  }
}
