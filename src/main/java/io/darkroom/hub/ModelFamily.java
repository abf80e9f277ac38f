package io.darkroom.hub;

import io.darkroom.checkpoint.JsonConfig;
import io.darkroom.checkpoint.ModelException;
import io.darkroom.checkpoint.OneLine;
import java.util.Map;

/**
 * The kind of a diffusion model, by the pipeline class that its {@code model_index.json} names.
 *
 * @param name for people
 * @param isSupported whether Darkroom runs such models
 */
public record ModelFamily(String name, boolean isSupported) {
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          Map.entry("Flux", "FLUX"),
          Map.entry("StableDiffusion3", "Stable Diffusion 3"),
          Map.entry("StableCascade", "Stable Cascade"),
          Map.entry("Wuerstchen", "Würstchen"),
          Map.entry("StableVideo", "Stable Video Diffusion"),
          Map.entry("PixArt", "PixArt"),
          Map.entry("Kandinsky", "Kandinsky"),
          Map.entry("HunyuanDiT", "Hunyuan-DiT"),
          Map.entry("AuraFlow", "AuraFlow"),
          Map.entry("Sana", "Sana"),
          Map.entry("Lumina", "Lumina"),
          Map.entry("QwenImage", "Qwen-Image"),
          Map.entry("IF", "DeepFloyd IF"));

  /**
   * Tells the family of a model.
   *
   * @param index its {@code model_index.json}
   * @return the family
   * @throws ModelException if the index names no class
   */
  public static ModelFamily of(JsonConfig index) {
    String pipeline = index.text("_class_name");
    for (Map.Entry<String, String> other : OTHERS.entrySet()) {
      if (pipeline.startsWith(other.getKey())) {
        return new ModelFamily(other.getValue(), false);
      }
    }
    if (pipeline.startsWith("StableDiffusionXL")) {
      return new ModelFamily("Stable Diffusion XL", true);
    }
    if (pipeline.startsWith("StableDiffusion") || pipeline.startsWith("LatentConsistency")) {
      return new ModelFamily("Stable Diffusion 1 or 2", true);
    }
    return new ModelFamily(OneLine.of(pipeline), false);
  }

  /**
   * Refuses a model that Darkroom does not run.
   *
   * @param model what to call it in the message
   * @throws ModelException if it is of such a family
   */
  void require(String model) {
    if (!isSupported) {
      throw new ModelException(
          "%s is a %s model; Darkroom runs Stable Diffusion 1, 2 and XL".formatted(model, name));
    }
  }
}
