package io.darkroom.conditioning;

import ai.djl.ndarray.NDArray;
import io.darkroom.base.OpenResources;
import io.darkroom.text.PromptChunk;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What one text encoder gave for the chunks that it saw last. It is bounded by their number and by
 * their bytes on the device; whatever was not asked for the longest leaves first. For one thread.
 */
final class EncodedTexts implements AutoCloseable {
  private final int most;
  private final long mostBytes;
  private final Map<Key, TextStage.Output> outputs = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /**
   * All that shapes what a text encoder gives for a chunk, its weights aside.
   *
   * @param chunk tokens and how much each of them counts
   * @param fromEnd which layer counts, from the end
   */
  record Key(PromptChunk chunk, int fromEnd) {}

  /**
   * An empty store.
   *
   * @param most chunks at most
   * @param mostBytes bytes at most, all chunks together
   */
  EncodedTexts(int most, long mostBytes) {
    this.most = most;
    this.mostBytes = mostBytes;
  }

  /**
   * Looks for a chunk.
   *
   * @param key the chunk
   * @return what the text encoder gave, still this store's: valid until something else is kept
   */
  Optional<TextStage.Output> find(Key key) {
    return Optional.ofNullable(outputs.get(key));
  }

  /**
   * Keeps what a text encoder gave, unless it is larger than the whole store.
   *
   * @param key a chunk that is not there
   * @param output its row; from now on this store's if it was kept, else still its manager's
   */
  void keep(Key key, TextStage.Output output) {
    long added = bytes(output);
    if (added > mostBytes || most < 1) {
      return;
    }
    Iterator<TextStage.Output> eldest = outputs.values().iterator();
    while (outputs.size() >= most || bytes + added > mostBytes) {
      TextStage.Output leaving = eldest.next();
      eldest.remove();
      free(leaving);
    }
    output.hidden().detach();
    output.pooled().ifPresent(NDArray::detach);
    outputs.put(key, output);
    bytes += added;
  }

  private static long bytes(TextStage.Output output) {
    return bytes(output.hidden()) + output.pooled().map(EncodedTexts::bytes).orElse(0L);
  }

  private static long bytes(NDArray array) {
    return array.size() * array.getDataType().getNumOfBytes();
  }

  private void free(TextStage.Output output) {
    bytes -= bytes(output);
    OpenResources.closeAll(arrays(output).toList());
  }

  private static Stream<NDArray> arrays(TextStage.Output output) {
    return Stream.concat(Stream.of(output.hidden()), output.pooled().stream());
  }

  /** Frees all; it may be used again. */
  @Override
  public void close() {
    List<NDArray> all = outputs.values().stream().flatMap(EncodedTexts::arrays).toList();
    outputs.clear();
    bytes = 0;
    OpenResources.closeAll(all);
  }
}
