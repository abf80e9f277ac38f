package io.darkroom.hub;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.io.EOFException;
import java.io.FilterReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a repository holds at a commit.
 *
 * @param commit 40 hexadecimal digits
 * @param files all files
 */
record RepositoryListing(String commit, List<RemoteFile> files) {
  /** The hub's largest repositories have some ten thousand files, in some 300 bytes each. */
  private static final int MOST_FILES = 100_000;

  private static final int MOST_CHARACTERS = 64 << 20;

  /** A path may have 4096 bytes on Linux; the hub's own have far fewer. */
  private static final int LONGEST_TEXT = 5000;

  /**
   * Reads the server's answer as it arrives: <a href="https://huggingface.co/docs/hub/api">Hub
   * API</a>, {@code /api/models/ID/revision/REVISION?blobs=true}. Only what is needed of it is
   * kept.
   *
   * @param body the answer, in UTF-8; not closed
   * @param id the model
   * @return the listing; files whose names could lead elsewhere make it fail
   * @throws ModelException if the answer is none, or larger than any hub's
   * @throws IOException if the connection breaks
   */
  static RepositoryListing parse(InputStream body, HubId id) throws IOException {
    BoundedText text = new BoundedText(new InputStreamReader(body, StandardCharsets.UTF_8));
    JsonReader json = new JsonReader(text);
    json.setStrictness(Strictness.STRICT);
    try {
      RepositoryListing listing = read(json, text, id);
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalStateException("text follows it");
      }
      return listing;
    } catch (TooMuch e) {
      throw new ModelException(
          "the list of the files of %s is not one of a hub: %s; check HF_ENDPOINT"
              .formatted(id, e.getMessage()),
          e);
    } catch (MalformedJsonException
        | EOFException
        | IllegalStateException
        | NumberFormatException e) {
      throw new ModelException(
          "the server's answer about " + id + " is not the answer of a hub; check HF_ENDPOINT", e);
    }
  }

  private static RepositoryListing read(JsonReader json, BoundedText text, HubId id)
      throws IOException {
    Optional<String> commit = Optional.empty();
    Optional<List<RemoteFile>> files = Optional.empty();
    json.beginObject();
    while (json.hasNext()) {
      switch (name(json, text)) {
        case "sha" -> commit = Optional.of(string(json, text));
        case "siblings" -> files = Optional.of(files(json, text));
        default -> skip(json, text);
      }
    }
    json.endObject();
    if (commit.isEmpty() || files.isEmpty()) {
      throw new IllegalStateException("it has no sha or no siblings");
    }
    if (!HubId.isCommit(commit.get())) {
      throw new ModelException(
          "the hub names an impossible commit " + OneLine.of(commit.get()) + " of " + id);
    }
    return new RepositoryListing(commit.get(), List.copyOf(files.get()));
  }

  private static List<RemoteFile> files(JsonReader json, BoundedText text) throws IOException {
    List<RemoteFile> files = new ArrayList<>();
    json.beginArray();
    while (json.hasNext()) {
      if (files.size() == MOST_FILES) {
        throw new TooMuch("it names more than " + MOST_FILES + " files");
      }
      files.add(file(json, text));
    }
    json.endArray();
    return files;
  }

  private static RemoteFile file(JsonReader json, BoundedText text) throws IOException {
    Optional<String> path = Optional.empty();
    Optional<String> blob = Optional.empty();
    Optional<Long> size = Optional.empty();
    Optional<RemoteFile.Content> large = Optional.empty();
    boolean isLarge = false;
    json.beginObject();
    while (json.hasNext()) {
      String name = name(json, text);
      if (json.peek() == JsonToken.NULL) {
        json.nextNull();
        continue;
      }
      switch (name) {
        case "rfilename" -> path = Optional.of(string(json, text));
        case "blobId" -> blob = Optional.of(string(json, text));
        case "size" -> size = Optional.of(number(json, text));
        case "lfs" -> {
          isLarge = true;
          large = large(json, text);
        }
        default -> skip(json, text);
      }
    }
    json.endObject();
    Optional<RemoteFile.Content> content =
        isLarge || blob.isEmpty() || size.isEmpty()
            ? large
            : Optional.of(new RemoteFile.Content(blob.get(), size.get()));
    return new RemoteFile(
        path.orElseThrow(() -> new IllegalStateException("a file has no name")), content);
  }

  /** A file that the hub keeps outside git, under its SHA-256. */
  private static Optional<RemoteFile.Content> large(JsonReader json, BoundedText text)
      throws IOException {
    Optional<String> hash = Optional.empty();
    Optional<Long> size = Optional.empty();
    json.beginObject();
    while (json.hasNext()) {
      switch (name(json, text)) {
        case "sha256" -> hash = Optional.of(string(json, text));
        case "size" -> size = Optional.of(number(json, text));
        default -> skip(json, text);
      }
    }
    json.endObject();
    return hash.isPresent() && size.isPresent()
        ? Optional.of(new RemoteFile.Content(hash.get(), size.get()))
        : Optional.empty();
  }

  // ---------------------------------------------------------------- bounds

  private static String name(JsonReader json, BoundedText text) throws IOException {
    text.allow(LONGEST_TEXT);
    return json.nextName();
  }

  private static String string(JsonReader json, BoundedText text) throws IOException {
    text.allow(LONGEST_TEXT);
    return json.nextString();
  }

  private static long number(JsonReader json, BoundedText text) throws IOException {
    text.allow(LONGEST_TEXT);
    return json.nextLong();
  }

  /** Nothing that is skipped is kept, so that it may have any length. */
  private static void skip(JsonReader json, BoundedText text) throws IOException {
    text.allow(MOST_CHARACTERS);
    json.skipValue();
    text.allow(LONGEST_TEXT);
  }

  /** The answer is larger than any hub's. */
  private static final class TooMuch extends IOException {
    private static final long serialVersionUID = 1L;

    TooMuch(String message) {
      super(message);
    }
  }

  /** A text of bounded length, of which no piece may be longer than it was allowed to be. */
  private static final class BoundedText extends FilterReader {
    private long left = MOST_CHARACTERS;
    private long leftOfPiece = LONGEST_TEXT;

    BoundedText(Reader text) {
      super(text);
    }

    /** The next piece, with what the JSON reader has read ahead, may have so many characters. */
    void allow(int characters) {
      leftOfPiece = characters;
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
      if (left == 0) {
        throw new TooMuch("it has more than " + MOST_CHARACTERS + " characters");
      }
      if (leftOfPiece <= 0) {
        throw new TooMuch("it has a text of more than " + LONGEST_TEXT + " characters");
      }
      int count = super.read(target, offset, (int) Math.min(length, left));
      left -= Math.max(count, 0);
      leftOfPiece -= Math.max(count, 0);
      return count;
    }
  }
}
