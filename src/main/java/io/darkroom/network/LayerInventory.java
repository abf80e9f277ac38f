package io.darkroom.network;

import io.darkroom.network.LayerConditioning.KeysAndValues;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which of a U-Net's layers are told something that does not depend on the latents. Each has its
 * place in a list, in the order in which they were first met.
 */
final class LayerInventory {
  private final Map<String, Projection> projections = new LinkedHashMap<>();
  private final Map<String, Attention> attentions = new LinkedHashMap<>();

  /** A residual block, which is told the timestep. */
  private record Projection(int place, Weights weights, int channels) {}

  /** A cross-attention, which is told the contexts. */
  private record Attention(int place, Weights weights, int channels, int heads) {}

  /** The place of a residual block's times. */
  int placeOfTime(Weights projection, int channels) {
    return projections
        .computeIfAbsent(
            projection.path(), path -> new Projection(projections.size(), projection, channels))
        .place();
  }

  /** The place of a cross-attention's keys; its values follow. */
  int placeOfKeys(Weights attention, int channels, int heads) {
    return attentions
        .computeIfAbsent(
            attention.path(),
            path -> new Attention(2 * attentions.size(), attention, channels, heads))
        .place();
  }

  /** Each block's projection of the time embedding. */
  List<Tensor> timesFrom(Tensor activatedTimeEmbedding) {
    return projections.values().stream()
        .map(met -> activatedTimeEmbedding.linear(met.weights(), met.channels()))
        .toList();
  }

  /** Keys and values of each cross-attention. */
  List<Tensor> contextsFrom(Tensor text) {
    List<Tensor> contexts = new ArrayList<>();
    for (Attention met : attentions.values()) {
      KeysAndValues pair = KeysAndValues.of(met.weights(), text, met.channels(), met.heads());
      contexts.add(pair.keys());
      contexts.add(pair.values());
    }
    return contexts;
  }
}
