package io.darkroom.hub;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.darkroom.checkpoint.ModelException;
import io.darkroom.checkpoint.OneLine;
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
  /**
   * Reads the server's answer: <a href="https://huggingface.co/docs/hub/api">Hub API</a>, {@code
   * /api/models/ID/revision/REVISION?blobs=true}.
   *
   * @param json the answer
   * @param id the model
   * @return the listing; files whose names could lead elsewhere make it fail
   * @throws ModelException if the answer is none
   */
  static RepositoryListing parse(String json, HubId id) {
    try {
      JsonObject answer = JsonParser.parseString(json).getAsJsonObject();
      String commit = answer.get("sha").getAsString();
      if (!HubId.isCommit(commit)) {
        throw new ModelException(
            "the hub tells the impossible commit " + OneLine.of(commit) + " of " + id);
      }
      List<RemoteFile> files = new ArrayList<>();
      JsonArray siblings = answer.getAsJsonArray("siblings");
      for (JsonElement sibling : siblings) {
        files.add(file(sibling.getAsJsonObject()));
      }
      return new RepositoryListing(commit, List.copyOf(files));
    } catch (JsonParseException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | NumberFormatException
        | UnsupportedOperationException e) {
      throw new ModelException(
          "the server's answer about " + id + " is not what a hub says; check HF_ENDPOINT", e);
    }
  }

  private static RemoteFile file(JsonObject sibling) {
    String path = sibling.get("rfilename").getAsString();
    Optional<RemoteFile.Content> content = Optional.empty();
    if (sibling.get("lfs") instanceof JsonObject large && large.has("sha256")) {
      content =
          Optional.of(
              new RemoteFile.Content(
                  large.get("sha256").getAsString(), large.get("size").getAsLong()));
    } else if (sibling.has("blobId") && sibling.has("size") && !sibling.has("lfs")) {
      content =
          Optional.of(
              new RemoteFile.Content(
                  sibling.get("blobId").getAsString(), sibling.get("size").getAsLong()));
    }
    return new RemoteFile(path, content);
  }
}
