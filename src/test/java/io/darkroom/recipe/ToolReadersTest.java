package io.darkroom.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Texts as the tools write them. */
class ToolReadersTest {
  private static final String INVOKE =
      """
      {"generation_mode": "txt2img", "positive_prompt": "a fox", "negative_prompt": "fog",
       "width": 512, "height": 640, "seed": 42, "rand_device": "cpu", "cfg_scale": 7.5,
       "cfg_rescale_multiplier": 0, "steps": 30, "scheduler": "dpmpp_2m_k", "clip_skip": 1,
       "model": {"key": "x", "hash": "blake3:00", "name": "dreamer", "base": "sd-1", "type": "main"},
       "vae": {"name": "soft"}, "loras": [
         {"model": {"name": "ink"}, "weight": 0.75}, {"lora": {"model_name": "oil"}, "weight": 1}],
       "seamless_x": true, "seamless_y": false, "controlnets": [{"image": {}}], "ipAdapters": [],
       "hrf_enabled": false, "app_version": "5.6.0"}""";
  private static final String SWARM =
      """
      {"sui_image_params": {"prompt": "a fox", "negativeprompt": "fog", "model": "SDXL/base_1.0",
       "seed": 42, "steps": 20, "cfgscale": 7.0, "aspectratio": "1:1", "width": 512, "height": 640,
       "sampler": "dpmpp_2m", "scheduler": "karras", "vae": "Automatic", "clipstopatlayer": -2,
       "loras": ["styles/ink.safetensors", "oil"], "loraweights": ["0.75", "1"],
       "variationseed": 7, "variationseedstrength": 0.2, "refinerupscale": 1.5,
       "swarm_version": "0.9.3.1"}, "sui_extra_data": {"date": "2025-01-25"}}""";
  private static final String FOOOCUS =
      """
      {"adm_guidance": "(1.5, 0.8, 0.3)", "base_model": "juggernaut", "base_model_hash": "aeb7e9e689",
       "clip_skip": 2, "full_negative_prompt": ["fog"], "full_prompt": ["a fox", "cinematic"],
       "guidance_scale": 4.0, "lora_combined_1": "ink : 0.75", "loras": [["ink", 0.75, "4852686128"]],
       "metadata_scheme": "fooocus", "negative_prompt": "", "performance": "Speed", "prompt": "fox",
       "resolution": "(512, 640)", "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras",
       "seed": "42", "sharpness": 2.0, "steps": 30, "styles": "['Fooocus V2']",
       "vae": "Default (model)", "version": "Fooocus v2.5.5"}""";
  private static final String NOVEL =
      """
      {"prompt": "{a fox}", "steps": 28, "height": 640, "width": 512, "scale": 5.0,
       "uncond_scale": 1.0, "cfg_rescale": 0.3, "seed": 42, "n_samples": 1,
       "noise_schedule": "karras", "sampler": "k_euler_ancestral", "sm": true, "sm_dyn": false,
       "dynamic_thresholding": false, "uc": "fog", "request_type": "PromptGenerateRequest",
       "signed_hash": "abc"}""";
  private static final String DRAW_THINGS =
      """
      {"c": "a fox", "uc": "fog", "model": "sd_v1.5_f16.ckpt", "sampler": "DPM++ 2M Karras",
       "scale": 7.5, "seed": 42, "seed_mode": "Scale Alike", "size": "512x640", "steps": 20,
       "strength": 1, "lora": [{"model": "ink_lora_f16.ckpt", "weight": 0.75}],
       "mask_blur": 0, "v2": {"loras": [{"file": "ink_lora_f16.ckpt", "weight": 0.75}]}}""";

  @Test
  void invokeAiIsRead() {
    Recipe recipe = read(Map.of("invokeai_metadata", INVOKE));
    assertEquals(
        """
        {"prompt":"a fox","negative_prompt":"fog","seed":42,"width":512,"height":640,"steps":30,\
        "sampler":"dpmpp_2m","guidance_scale":7.5,"schedule":"karras","guidance_rescale":0.0,\
        "clip_skip":2,"model":"dreamer","loras":"<lora:ink:0.75> <lora:oil:1>","vae":"soft",\
        "version":"5.6.0"}""",
        recipe.json().toString());
    assertEquals(Tool.INVOKEAI, recipe.tool());
    assertEquals(
        List.of("ControlNet (controlnets: [{\"image\":{}}])", "tiling (seamless_x: true)"),
        recipe.leftOut());
  }

  @Test
  void invokeAisOlderTextsAreRead() {
    String expected =
        """
        {"prompt":"a \\"fox\\"","negative_prompt":"fog","seed":42,"width":512,"height":640,\
        "steps":50,"sampler":"k_lms","guidance_scale":7.5""";
    Recipe old =
        read(
            Map.of(
                "Dream",
                "ignored",
                "sd-metadata",
                """
                {"model": "stable diffusion", "model_weights": "sd-1.4", "app_version": "2.2.5",
                 "image": {"prompt": [{"prompt": "a \\"fox\\" [fog]", "weight": 1}], "steps": 50,
                 "cfg_scale": 7.5, "height": 640, "width": 512, "seed": 42, "type": "txt2img",
                 "sampler": "k_lms", "postprocessing": null}}"""));
    assertEquals(expected + ",\"model\":\"sd-1.4\",\"version\":\"2.2.5\"}", old.json().toString());
    Recipe command =
        read(Map.of("Dream", "\"a \\\"fox\\\" [fog]\" -s 50 -S 42 -W512 -H 640 -C 7.5 -A k_lms"));
    assertEquals(expected + "}", command.json().toString());
    assertEquals(Tool.INVOKEAI, command.tool());
  }

  @Test
  void swarmUiIsRead() {
    Recipe recipe = read(Map.of("parameters", SWARM));
    assertEquals(
        """
        {"prompt":"a fox","negative_prompt":"fog","seed":42,"width":512,"height":640,"steps":20,\
        "sampler":"dpmpp_2m","guidance_scale":7.0,"schedule":"karras","clip_skip":2,\
        "model":"SDXL/base_1.0","loras":"<lora:ink:0.75> <lora:oil:1>","version":"0.9.3.1"}""",
        recipe.json().toString());
    assertEquals(Tool.SWARMUI, recipe.tool());
    assertEquals(
        List.of(
            "the variation seed (variationseed: 7, variationseedstrength: 0.2)",
            "the high-resolution pass (refinerupscale: 1.5)"),
        recipe.leftOut());
  }

  @Test
  void fooocusIsRead() {
    Recipe recipe = read(Map.of("parameters", FOOOCUS, "fooocus_scheme", "fooocus"));
    assertEquals(
        """
        {"prompt":"a fox, cinematic","negative_prompt":"fog","seed":42,"width":512,"height":640,\
        "steps":30,"sampler":"dpmpp_2m_sde_gpu","guidance_scale":4.0,"schedule":"karras",\
        "clip_skip":2,"model":"juggernaut","model_hash":"aeb7e9e689","loras":"<lora:ink:0.75>",\
        "version":"Fooocus v2.5.5"}""",
        recipe.json().toString());
    assertEquals(Tool.FOOOCUS, recipe.tool());
    assertEquals(
        List.of("another kind of guidance (adm_guidance: (1.5, 0.8, 0.3), sharpness: 2.0)"),
        recipe.leftOut());
  }

  @Test
  void fooocusInTheFormOfTheWebUiIsRead() {
    Recipe recipe =
        read(
            Map.of(
                "fooocus_scheme",
                "a1111",
                "parameters",
                "a fox, cinematic\nSteps: 30, Sampler: DPM++ 2M SDE Karras, Seed: 42, Size:"
                    + " 512x640,"
                    + " CFG scale: 4, Sharpness: 2.0, Model: juggernaut,"
                    + " Lora hashes: \"ink: 4852686128\", Lora weights: \"ink: 0.75, oil: -1\","
                    + " Version: Fooocus v2.5.5"));
    assertEquals(Tool.FOOOCUS, recipe.tool());
    assertEquals(Optional.of("<lora:ink:0.75> <lora:oil:-1>"), recipe.text(Detail.LORAS));
  }

  @Test
  void easyDiffusionIsReadFromSingleTextsAndFromJson() {
    Map<String, String> texts =
        Map.ofEntries(
            Map.entry("prompt", "a fox"),
            Map.entry("negative_prompt", "fog"),
            Map.entry("seed", "42"),
            Map.entry("use_stable_diffusion_model", "sd-v1-5"),
            Map.entry("use_vae_model", ""),
            Map.entry("sampler_name", "euler_a"),
            Map.entry("width", "512"),
            Map.entry("height", "640"),
            Map.entry("num_inference_steps", "25"),
            Map.entry("guidance_scale", "7.5"),
            Map.entry("clip_skip", "True"),
            Map.entry("use_lora_model", "ink"),
            Map.entry("lora_alpha", "0.75"),
            Map.entry("use_face_correction", "GFPGANv1.4"));
    String expected =
        """
        {"prompt":"a fox","negative_prompt":"fog","seed":42,"width":512,"height":640,"steps":25,\
        "sampler":"euler_a","guidance_scale":7.5,"clip_skip":2,"model":"sd-v1-5",\
        "loras":"<lora:ink:0.75>"}""";
    Recipe single = read(texts);
    assertEquals(expected, single.json().toString());
    assertEquals(Tool.EASY_DIFFUSION, single.tool());
    assertEquals(List.of("face restoration (use_face_correction: GFPGANv1.4)"), single.leftOut());
    Recipe words =
        read(
            Map.of(
                "parameters",
                """
                {"Prompt": "a fox", "Negative Prompt": "fog", "Seed": 42, "Clip Skip": true,
                 "Stable Diffusion model": "sd-v1-5", "Sampler": "euler_a", "Width": 512,
                 "Height": 640, "Steps": 25, "Guidance Scale": 7.5, "LoRA model": ["ink"],
                 "LoRA Strength": [0.75]}"""));
    assertEquals(expected, words.json().toString());
  }

  @Test
  void novelAiIsRead() {
    Recipe recipe =
        read(
            Map.of(
                "Title", "NovelAI generated image",
                "Software", "NovelAI",
                "Source", "NovelAI Diffusion V3",
                "Description", "{a fox}",
                "Comment", NOVEL));
    assertEquals(
        """
        {"prompt":"{a fox}","negative_prompt":"fog","seed":42,"width":512,"height":640,"steps":28,\
        "sampler":"euler_ancestral","guidance_scale":5.0,"schedule":"karras",\
        "guidance_rescale":0.3,"model":"NovelAI Diffusion V3"}""",
        recipe.json().toString());
    assertEquals(Tool.NOVELAI, recipe.tool());
    assertEquals(
        List.of(
            "NovelAI's own emphasis, {} and ::, which counts as text",
            "another kind of guidance (sm: true)"),
        recipe.leftOut());
  }

  @Test
  void drawThingsIsRead() {
    Recipe recipe = read(Map.of("parameters", DRAW_THINGS, "Software", "Draw Things"));
    assertEquals(
        """
        {"prompt":"a fox","negative_prompt":"fog","seed":42,"width":512,"height":640,"steps":20,\
        "sampler":"DPM++ 2M","guidance_scale":7.5,"schedule":"karras","model":"sd_v1.5_f16.ckpt",\
        "loras":"<lora:ink_lora_f16:0.75>"}""",
        recipe.json().toString());
    assertEquals(Tool.DRAW_THINGS, recipe.tool());
    assertEquals(List.of(), recipe.leftOut());
  }

  @Test
  void stableDiffusionCppIsRead() {
    Recipe recipe =
        read(
            Map.of(
                "parameters",
                "a fox\nNegative prompt: fog\nSteps: 30, CFG scale: 5.000000, Guidance: 3.500000,"
                    + " Eta: 0.000000, Seed: 42, Size: 512x640, Model: sd15.safetensors, RNG: cuda,"
                    + " Sampler: euler_a karras, Version: stable-diffusion.cpp"));
    assertEquals(Tool.STABLE_DIFFUSION_CPP, recipe.tool());
    assertEquals(Optional.of("euler_a karras"), recipe.text(Detail.SAMPLER));
    assertEquals(Optional.of(5.0), recipe.number(Detail.GUIDANCE_SCALE));
    assertEquals(List.of(), recipe.leftOut());
  }

  @Test
  void theWebUisExtrasAreLeftOutOneByOne() {
    Recipe recipe =
        read(
            Map.of(
                "parameters",
                "a fox\nSteps: 30, Sampler: DPM++ 2M, CFG scale: 5, Seed: 42, Size: 512x640,"
                    + " Variation seed: 7, Variation seed strength: 0.2, Denoising strength: 0.4,"
                    + " Tiling: True, Refiner: base [31e35c80fc], Refiner switch at: 0.8,"
                    + " Hires upscale: 2, Hires steps: 10, Hires upscaler: Latent,"
                    + " ADetailer model: face_yolov8n.pt, ADetailer confidence: 0.3,"
                    + " ControlNet 0: \"Module: canny, Model: control\", Face restoration:"
                    + " CodeFormer,"
                    + " FreeU Stages: 1, ENSD: 31337, Token merging ratio: 0.5, Version: v1.10.1"));
    assertEquals(
        List.of(
            "the variation seed (Variation seed: 7, Variation seed strength: 0.2)",
            "ADetailer (ADetailer model: face_yolov8n.pt, ADetailer confidence: 0.3)",
            "ControlNet (ControlNet 0: Module: canny, Model: control)",
            "tiling (Tiling: True)",
            "face restoration (Face restoration: CodeFormer)",
            "FreeU (FreeU Stages: 1)",
            "token merging (Token merging ratio: 0.5)",
            "settings of the sampler (ENSD: 31337)"),
        recipe.leftOut());
    assertEquals(Optional.of("2"), recipe.text(Detail.HIRES));
    assertEquals(Optional.of(10), recipe.count(Detail.HIRES_STEPS));
    assertEquals(Optional.of(0.4), recipe.number(Detail.HIRES_STRENGTH));
    assertEquals(Optional.of("latent"), recipe.text(Detail.HIRES_UPSCALER));
    assertEquals(Optional.of("base"), recipe.text(Detail.REFINER));
    assertEquals(Optional.of("31e35c80fc"), recipe.text(Detail.REFINER_HASH));
    assertEquals(Optional.of(0.8), recipe.number(Detail.REFINER_START));
    Recipe plain =
        read(Map.of("parameters", "a\nSteps: 3, Sampler: DDIM, Seed: 1, RNG: NV, Tiling: False"));
    assertEquals(List.of(), plain.leftOut());
  }

  @Test
  void darkroomsOwnTextLeavesNothingOut() {
    assertEquals(
        List.of(), read(Map.of("darkroom", "{\"prompt\":\"x\",\"tiling\":\"true\"}")).leftOut());
  }

  @Test
  void whatNoTagCanNameIsLeftOut() {
    Recipe recipe =
        new Recipe.Builder(Tool.COMFYUI)
            .lora("a:b.safetensors", 1)
            .lora("x.safetensors", Double.NaN)
            .lora("", 1)
            .lora("None", 1)
            .lora("off", 0)
            .lora("C:\\loras\\fine.v2.safetensors", 1e-7)
            .build();
    assertEquals(Optional.of("<lora:fine.v2:0.0000001>"), recipe.text(Detail.LORAS));
    assertEquals(3, recipe.leftOut().size(), recipe.leftOut()::toString);
  }

  /** No text makes a reader fail, nor take long, nor much memory. */
  @Test
  void anyTextIsReadOrPassedOver() {
    List<String> keywords =
        List.of(
            "darkroom",
            "parameters",
            "prompt",
            "Comment",
            "invokeai_metadata",
            "sd-metadata",
            "Dream",
            "fooocus_scheme",
            "Software",
            "use_stable_diffusion_model");
    List<String> seeds =
        new ArrayList<>(List.of(INVOKE, SWARM, FOOOCUS, NOVEL, DRAW_THINGS, ComfyReaderTest.GRAPH));
    Random random = new Random(9);
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          for (int round = 0; round < 6000; round++) {
            String text = seeds.get(random.nextInt(seeds.size()));
            StringBuilder broken = new StringBuilder(text);
            for (int i = 0; i < random.nextInt(5); i++) {
              int place = random.nextInt(broken.length());
              switch (random.nextInt(3)) {
                case 0 ->
                    broken.setCharAt(place, "{}[]\":,0-e\\x\0\ud83c".charAt(random.nextInt(14)));
                case 1 -> broken.setLength(Math.max(1, place));
                default -> broken.insert(place, broken.substring(0, Math.min(place, 30)));
              }
            }
            String keyword = keywords.get(random.nextInt(keywords.size()));
            Map<String, String> texts = new HashMap<>(Map.of("Software", "NovelAI"));
            texts.put(keyword, broken.toString());
            RecipeReader.read(texts);
          }
          for (String keyword : keywords) {
            for (String monster :
                List.of(
                    "[".repeat(1_000_000),
                    "{\"a\":".repeat(500_000),
                    "{\"seed\": " + "9".repeat(1_000_000) + "}",
                    "{\"seed\": 1e999999999, \"steps\": 1e-999999999, \"uc\": 1, \"scale\": 1}",
                    "{" + "\"prompt\": \"x\",".repeat(200_000) + "\"uc\": 1}",
                    "\"".repeat(1_000_000),
                    "Steps: ".repeat(200_000),
                    "(".repeat(1_000_000) + "\nSteps: 1, Seed: 1, Size: 1x1",
                    "\0")) {
              RecipeReader.read(Map.of(keyword, monster));
            }
          }
        });
    assertTrue(RecipeReader.read(Map.of()).isEmpty());
  }

  private static Recipe read(Map<String, String> texts) {
    return RecipeReader.read(texts).orElseThrow();
  }

  /** What has no counterpart is told with what is nearest. */
  @Test
  void anotherUpscalerOfTheWebUiIsLeftOut() {
    Recipe recipe =
        read(
            Map.of(
                "parameters",
                "a fox\nSteps: 30, Sampler: DDIM, CFG scale: 5, Seed: 42, Size: 512x640, Denoising"
                    + " strength: 0.4, Hires resize: 1001x1536, Hires upscaler: R-ESRGAN 4x+,"
                    + " Hires prompt: a cat"));
    assertEquals(Optional.of("1000x1536"), recipe.text(Detail.HIRES));
    assertEquals(Optional.of("lanczos"), recipe.text(Detail.HIRES_UPSCALER));
    assertEquals(
        List.of(
            "the upscaler R-ESRGAN 4x+ (lanczos is nearest)",
            "the high-resolution pass (Hires prompt: a cat)"),
        recipe.leftOut());
    Recipe first =
        read(
            Map.of(
                "parameters",
                "a fox\nSteps: 30, Sampler: DDIM, CFG scale: 5, Seed: 42, Size: 512x640, Denoising"
                    + " strength: 0.4"));
    assertEquals(Optional.empty(), first.text(Detail.HIRES));
    assertEquals(Optional.empty(), first.number(Detail.HIRES_STRENGTH));
  }
}
