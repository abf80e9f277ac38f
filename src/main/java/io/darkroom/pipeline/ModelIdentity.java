package io.darkroom.pipeline;

import io.darkroom.base.Sha256;
import io.darkroom.lora.AdaptableLayers;
import io.darkroom.lora.Adapters;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraHash;
import io.darkroom.model.ModelSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells a model with its LoRAs and embeddings from all others. Each file is read once, when it is
 * first asked for.
 */
final class ModelIdentity {
  private final ModelSource source;
  private final Map<Path, LoraHash> loraHashes = new ConcurrentHashMap<>();
  private Optional<String> fingerprint = Optional.empty();
  private Optional<AdaptableLayers> layers = Optional.empty();

  /**
   * Reads nothing yet.
   *
   * @param source the model
   */
  ModelIdentity(ModelSource source) {
    this.source = source;
  }

  /**
   * The fingerprint of the model with LoRAs and embeddings.
   *
   * @param loras what is or would be merged
   * @param embeddings the hashes of the embeddings that were given one by one, by name
   * @return 64 hexadecimal digits
   */
  String fingerprint(List<LoraChoice> loras, Map<String, String> embeddings) {
    String merged = Adapters.fingerprint(ownFingerprint(), loras, this::hash);
    return embeddings.isEmpty() ? merged : Sha256.of(merged + new TreeMap<>(embeddings));
  }

  private synchronized String ownFingerprint() {
    if (fingerprint.isEmpty()) {
      fingerprint = Optional.of(source.fingerprint());
    }
    return fingerprint.get();
  }

  /**
   * By what a LoRA's file is known.
   *
   * @param file the file
   * @return its hashes
   */
  LoraHash hash(Path file) {
    return loraHashes.computeIfAbsent(file, LoraHash::of);
  }

  /**
   * Holds LoRAs against the model.
   *
   * @param loras what is to be merged
   * @return the LoRAs, which the caller closes
   * @throws io.darkroom.base.ModelException if one is missing or does not fit
   */
  Adapters adapters(List<LoraChoice> loras) {
    return loras.isEmpty() ? Adapters.none() : Adapters.open(loras, layers());
  }

  private synchronized AdaptableLayers layers() {
    if (layers.isEmpty()) {
      layers = Optional.of(AdaptableLayers.of(source, source.kind().adaptableNetworks()));
    }
    return layers.get();
  }
}
