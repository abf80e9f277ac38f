package io.darkroom.lora;

import io.darkroom.model.CheckpointFamily;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** For which family of models layers are, as far as they tell; for messages alone. */
final class LoraFamily {
  /** The width of the text that the U-Net is told. */
  private static final Map<Long, String> TEXT_WIDTHS =
      Map.of(
          768L, CheckpointFamily.STABLE_DIFFUSION_1.title(),
          1024L, CheckpointFamily.STABLE_DIFFUSION_2.title(),
          2048L, CheckpointFamily.STABLE_DIFFUSION_XL.title());

  /** Layers that only networks of other kinds have; Flux has those of the second kind, too. */
  private static final List<Map.Entry<String, String>> OTHERS =
      List.of(
          Map.entry(".*(double_blocks|single_blocks|single_transformer_blocks)_.*", "Flux"),
          Map.entry(".*(joint_blocks_|_attn_add_[qkv]_proj).*", "Stable Diffusion 3"));

  /** SDXL alone has several transformer blocks in one place. */
  private static final String DEEP =
      "(down|up|mid|input|middle|output)_block.*_transformer_blocks_[1-9]\\d?_.*";

  private LoraFamily() {}

  /**
   * A layer of a U-Net, or of what takes its place.
   *
   * @param name its flat name
   * @param shape of its weight
   */
  record Seen(String name, long[] shape) {}

  /**
   * Names the family.
   *
   * @param secondTextEncoder whether there are layers of one, which SDXL alone has
   * @param layers those of the U-Net
   * @return the family's name, or empty if there is no telling
   */
  static Optional<String> of(boolean secondTextEncoder, List<Seen> layers) {
    for (Map.Entry<String, String> other : OTHERS) {
      if (layers.stream().anyMatch(layer -> layer.name().matches(other.getKey()))) {
        return Optional.of(other.getValue());
      }
    }
    if (secondTextEncoder || layers.stream().anyMatch(layer -> layer.name().matches(DEEP))) {
      return Optional.of(CheckpointFamily.STABLE_DIFFUSION_XL.title());
    }
    return layers.stream()
        .filter(layer -> layer.shape().length > 1)
        .filter(layer -> layer.name().endsWith("attn2_to_k") || layer.name().endsWith("attn2_to_v"))
        .flatMap(layer -> Optional.ofNullable(TEXT_WIDTHS.get(layer.shape()[1])).stream())
        .findFirst()
        .or(() -> byProjection(layers));
  }

  /** Stable Diffusion 1 goes into its transformers through 1x1 kernels, its successor by matrix. */
  private static Optional<String> byProjection(List<Seen> layers) {
    return layers.stream()
        .filter(layer -> layer.name().endsWith("_proj_in"))
        .findFirst()
        .map(
            layer ->
                layer.shape().length == 4
                    ? CheckpointFamily.STABLE_DIFFUSION_1.title()
                    : CheckpointFamily.STABLE_DIFFUSION_2.title());
  }
}
