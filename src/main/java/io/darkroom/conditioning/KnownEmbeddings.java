package io.darkroom.conditioning;

import io.darkroom.lora.LoraChoice;
import io.darkroom.text.EmbeddingChoice;
import io.darkroom.text.OfferedEmbedding;
import io.darkroom.text.TextualInversion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The embeddings that prompts may name: those that the user gave one by one, which all must be
 * usable; those of folders, which are read when they are named; and those that LoRAs have in their
 * own files. Where two have one name, the one that comes first here counts.
 */
public final class KnownEmbeddings {
  private final List<TextualInversion> given;
  private final List<OfferedEmbedding> ofFolders;
  private final Consumer<TextualInversion> requireUsable;
  private final Map<Path, List<TextualInversion>> bundles = new ConcurrentHashMap<>();
  private volatile List<OfferedEmbedding> ofLoras = List.of();

  /**
   * Reads those that were given one by one.
   *
   * @param choices the user's
   * @param requireUsable throws a {@link io.darkroom.base.ModelException} if the model cannot use
   *     an embedding
   * @throws io.darkroom.base.ModelException if a file is missing or malformed
   */
  public KnownEmbeddings(List<EmbeddingChoice> choices, Consumer<TextualInversion> requireUsable) {
    this.requireUsable = requireUsable;
    this.given =
        choices.stream()
            .filter(choice -> choice.reading() == EmbeddingChoice.Reading.AT_ONCE)
            .map(TextualInversion::read)
            .toList();
    this.ofFolders =
        choices.stream()
            .filter(choice -> choice.reading() == EmbeddingChoice.Reading.WHEN_NAMED)
            .map(choice -> new OfferedEmbedding(choice.name(), () -> read(choice)))
            .toList();
  }

  private TextualInversion read(EmbeddingChoice choice) {
    TextualInversion embedding = TextualInversion.read(choice);
    requireUsable.accept(embedding);
    return embedding;
  }

  /**
   * The embeddings that LoRAs have in their files, each of which is read once.
   *
   * @param loras the LoRAs
   * @return what they offer
   * @throws io.darkroom.base.ModelException if a file is missing or malformed
   */
  public List<OfferedEmbedding> bundledWith(List<LoraChoice> loras) {
    List<OfferedEmbedding> offers = new ArrayList<>();
    for (LoraChoice lora : loras) {
      for (TextualInversion embedding : bundle(lora.file())) {
        offers.add(
            new OfferedEmbedding(
                embedding.name(),
                () -> {
                  requireUsable.accept(embedding);
                  return embedding;
                }));
      }
    }
    return offers;
  }

  private List<TextualInversion> bundle(Path file) {
    return bundles.computeIfAbsent(file, TextualInversion::bundledIn);
  }

  /**
   * Puts what the merged LoRAs offer in place of what others offered.
   *
   * @param offers the embeddings in the files of the LoRAs that are merged now
   */
  public void setOfLoras(List<OfferedEmbedding> offers) {
    ofLoras = List.copyOf(offers);
  }

  /**
   * Tells whether LoRAs bring embeddings along.
   *
   * @param loras whose files are looked at
   * @return whether one of them does
   */
  public boolean areBundledWith(List<LoraChoice> loras) {
    return loras.stream().anyMatch(lora -> !bundle(lora.file()).isEmpty());
  }

  /** {@return those that were given one by one} */
  public List<TextualInversion> given() {
    return given;
  }

  /** Those that are read when they are named. */
  List<OfferedEmbedding> offered() {
    List<OfferedEmbedding> offered = new ArrayList<>(ofFolders);
    offered.addAll(ofLoras);
    return offered;
  }

  /**
   * What of some embeddings comes out of folders.
   *
   * @param embeddings some of those known
   * @return those of them that a folder offered
   */
  public List<TextualInversion> ofFolders(List<TextualInversion> embeddings) {
    List<TextualInversion> taken =
        ofFolders.stream().map(OfferedEmbedding::taken).flatMap(Optional::stream).toList();
    return embeddings.stream().filter(taken::contains).toList();
  }

  /**
   * Reads embeddings by their names.
   *
   * @param name tells which
   * @return their hashes by name
   */
  public Map<String, String> named(Predicate<String> name) {
    Map<String, String> hashes = new LinkedHashMap<>();
    given.stream()
        .filter(embedding -> name.test(embedding.name()))
        .forEach(embedding -> hashes.put(embedding.name(), embedding.hash()));
    for (OfferedEmbedding offer : offered()) {
      if (name.test(offer.name())) {
        offer.take().ifPresent(embedding -> hashes.putIfAbsent(embedding.name(), embedding.hash()));
      }
    }
    return hashes;
  }

  /** {@return why some that were named could not be used, each once} */
  public List<String> takeWarnings() {
    return offered().stream().map(OfferedEmbedding::takeWarning).flatMap(Optional::stream).toList();
  }
}
