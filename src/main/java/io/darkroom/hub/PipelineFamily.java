package io.darkroom.hub;

import io.darkroom.checkpoint.JsonConfig;
import io.darkroom.checkpoint.ModelException;
import io.darkroom.checkpoint.OneLine;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The kind of a diffusion model, by the pipeline class that its {@code model_index.json} names.
 *
 * @param name for people
 * @param pipeline the class's name
 * @param isSupported whether Darkroom runs such models
 */
public record PipelineFamily(String name, String pipeline, boolean isSupported) {
  /** The classes of pipelines whose files Darkroom knows what to do with. */
  private static final Set<String> SUPPORTED =
      Set.of(
          "StableDiffusionPipeline",
          "StableDiffusionImg2ImgPipeline",
          "StableDiffusionInpaintPipeline",
          "StableDiffusionXLPipeline",
          "StableDiffusionXLInpaintPipeline",
          "LatentConsistencyModelPipeline");

  /** Names of families by the beginning of their classes' names. */
  private static final List<Map.Entry<String, String>> NAMES =
      List.of(
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
          Map.entry("IF", "DeepFloyd IF"),
          Map.entry("StableDiffusionXL", "Stable Diffusion XL"),
          Map.entry("StableDiffusion", "Stable Diffusion 1 or 2"),
          Map.entry("LatentConsistency", "Stable Diffusion 1 or 2"));

  /**
   * Tells the family of a model.
   *
   * @param index its {@code model_index.json}
   * @return the family
   * @throws ModelException if the index names no class
   */
  public static PipelineFamily of(JsonConfig index) {
    String pipeline = index.text("_class_name");
    for (Map.Entry<String, String> family : NAMES) {
      if (pipeline.startsWith(family.getKey())) {
        return new PipelineFamily(family.getValue(), pipeline, SUPPORTED.contains(pipeline));
      }
    }
    return new PipelineFamily(OneLine.of(pipeline), pipeline, false);
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
          "%s is a %s model (%s); Darkroom runs Stable Diffusion 1, 2 and XL"
              .formatted(model, name, OneLine.of(pipeline)));
    }
  }
}
