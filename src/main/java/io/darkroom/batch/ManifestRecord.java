package io.darkroom.batch;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.Optional;

/**
 * A line of a manifest: a picture that was made, or one that could not be.
 *
 * @param id the picture's name
 * @param line the number of its line in the prompt file
 * @param request the hash of everything that shapes it
 * @param seed its seed
 * @param path its file, relative to the folder; for one that failed, where it would have gone
 * @param sha256 of the file's bytes; empty if it failed
 * @param seconds how long it took
 * @param error why it failed; empty if it was made
 */
record ManifestRecord(
    String id,
    int line,
    String request,
    long seed,
    String path,
    Optional<String> sha256,
    double seconds,
    Optional<String> error) {
  /** What a line begins with. */
  static final String BEGINNING = "{\"id\":";

  /** Of a picture that was made. */
  static ManifestRecord made(BatchPicture picture, String sha256, double seconds) {
    return of(picture, Optional.of(sha256), seconds, Optional.empty());
  }

  /** Of a picture that could not be made. */
  static ManifestRecord failed(BatchPicture picture, String error) {
    return of(picture, Optional.empty(), 0, Optional.of(error));
  }

  private static ManifestRecord of(
      BatchPicture picture, Optional<String> sha256, double seconds, Optional<String> error) {
    return new ManifestRecord(
        picture.id(),
        picture.line(),
        picture.hash(),
        picture.request().seed(),
        picture.path(),
        sha256,
        Math.round(1000 * seconds) / 1000.0,
        error);
  }

  /** The line without its end. */
  String json() {
    JsonObject json = new JsonObject();
    json.addProperty("id", id);
    json.addProperty("line", line);
    json.addProperty("request", request);
    json.addProperty("seed", seed);
    json.addProperty("path", path);
    sha256.ifPresent(digits -> json.addProperty("sha256", digits));
    json.addProperty("seconds", seconds);
    error.ifPresent(message -> json.addProperty("error", message));
    return json.toString();
  }

  /**
   * Reads a line.
   *
   * @param text the line
   * @return the record; empty if the line is none
   */
  static Optional<ManifestRecord> parse(String text) {
    try {
      JsonObject json = JsonParser.parseString(text).getAsJsonObject();
      ManifestRecord read =
          new ManifestRecord(
              json.get("id").getAsString(),
              json.get("line").getAsInt(),
              json.get("request").getAsString(),
              json.get("seed").getAsLong(),
              json.get("path").getAsString(),
              optional(json, "sha256"),
              json.get("seconds").getAsDouble(),
              optional(json, "error"));
      return read.sha256.isPresent() == read.error.isPresent()
          ? Optional.empty()
          : Optional.of(read);
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | UnsupportedOperationException
        | NumberFormatException e) {
      return Optional.empty(); // a line that was cut off, or that somebody else wrote
    }
  }

  private static Optional<String> optional(JsonObject json, String key) {
    return json.has(key) ? Optional.of(json.get(key).getAsString()) : Optional.empty();
  }
}
