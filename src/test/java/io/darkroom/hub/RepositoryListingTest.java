package io.darkroom.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.darkroom.base.ModelException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepositoryListingTest {
  private static final HubId ID = new HubId("org/tiny", HubId.MAIN);
  private static final String SHA = "0123456789abcdef0123456789abcdef01234567";
  private static final String HASH = "ab".repeat(32);

  private static InputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A text with one piece of it again and again. */
  private static InputStream repeated(String before, String piece, int times, String after) {
    String thousand = piece.repeat(1000);
    return new SequenceInputStream(
        Collections.enumeration(
            List.of(
                bytes(before),
                new SequenceInputStream(
                    Collections.enumeration(
                        Collections.nCopies(times / 1000, thousand).stream()
                            .map(RepositoryListingTest::bytes)
                            .toList())),
                bytes(after))));
  }

  private static String refusal(InputStream body) {
    ModelException refused =
        assertThrows(ModelException.class, () -> RepositoryListing.parse(body, ID));
    assertEquals(1, refused.getMessage().lines().count());
    return refused.getMessage();
  }

  @Test
  void filesAreReadAndAllElseIsSkipped() throws IOException {
    RepositoryListing listing =
        RepositoryListing.parse(
            bytes(
                """
                {"id": "org/tiny", "tags": ["a", {"b": [1, null]}], "cardData": null,
                 "siblings": [
                  {"rfilename": "a.json", "size": 3, "blobId": "%1$s", "other": {"x": []}},
                  {"rfilename": "b.bin", "size": 5, "blobId": "%1$s",
                   "lfs": {"sha256": "%2$s", "size": 5, "pointerSize": 134}},
                  {"rfilename": "c", "lfs": null, "blobId": null},
                  {"rfilename": "d", "size": 5, "blobId": "%1$s", "lfs": {}}],
                 "sha": "%1$s"}"""
                    .formatted(SHA, HASH)),
            ID);
    assertEquals(SHA, listing.commit());
    assertEquals(
        List.of(
            new RemoteFile("a.json", Optional.of(new RemoteFile.Content(SHA, 3))),
            new RemoteFile("b.bin", Optional.of(new RemoteFile.Content(HASH, 5))),
            new RemoteFile("c", Optional.empty()),
            new RemoteFile("d", Optional.empty())),
        listing.files());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"sha\": \"x\"}",
        "{\"siblings\": []}",
        "{\"sha\": 7, \"siblings\": {}}",
        "{\"siblings\": [{}]}",
        "{\"siblings\": [{\"rfilename\": []}]}",
        "{\"siblings\": [{\"rfilename\": \"a\", \"size\": \"many\"}]}",
        "{\"siblings\": [{\"rfilename\": \"a\", \"size\": 1e99}]}",
        "{\"siblings\": [",
        "<html>"
      })
  void anythingElseIsNoHubs(String text) {
    assertTrue(
        refusal(bytes(text)).contains("is not the answer of a hub; check HF_ENDPOINT"), text);
  }

  @Test
  void whatIsNotNeededTakesNoMemory() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    InputStream body =
        repeated("{\"x\": [{}", ",{}", 20_000_000, "], \"sha\":\"" + SHA + "\",\"siblings\":[]}");
    long before = threads.getCurrentThreadAllocatedBytes();
    assertEquals(List.of(), RepositoryListing.parse(body, ID).files());
    long taken = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(taken < 8 << 20, "60 MB of nothing took " + taken + " bytes");
  }

  @Test
  void nothingIsWithoutBounds() {
    String most = refusal(repeated("{\"x\": [{}", ",{}", 30_000_000, "]}"));
    assertTrue(most.contains("it has more than 67108864 characters"), most);
    String file = "{\"rfilename\":\"a\"},";
    String files = refusal(repeated("{\"siblings\": [", file, 101_000, "]}"));
    assertTrue(files.contains("it names more than 100000 files"), files);
    String name = refusal(repeated("{\"siblings\": [{\"rfilename\":\"", "a", 20_000, "\"}]}"));
    assertTrue(name.contains("a text of more than 5000 characters"), name);
    String key = refusal(repeated("{\"siblings\": [{\"", "a", 20_000, "\":1}]}"));
    assertTrue(key.contains("a text of more than 5000 characters"), key);
    String space = refusal(repeated("{", " ", 20_000, "}"));
    assertTrue(space.contains("a text of more than 5000 characters"), space);
    String deep = refusal(repeated("{\"x\":", "[", 20_000, ""));
    assertTrue(deep.contains("is not the answer of a hub"), deep);
  }
}
