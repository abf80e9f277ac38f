package io.darkroom.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComfyReaderTest {
  /** The graph that ComfyUI begins with, its LoRA added. */
  static final String GRAPH =
      """
      {"3": {"class_type": "KSampler", "inputs": {"seed": 18446744073709551615, "steps": 20,
         "cfg": 8, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
         "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]},
         "is_changed": [NaN]},
       "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
       "5": {"class_type": "EmptyLatentImage",
         "inputs": {"width": 512, "height": 768, "batch_size": 1}},
       "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a glass bottle",
         "clip": ["10", 1]}},
       "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark",
         "clip": ["10", 1]}},
       "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
       "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["8", 0]}},
       "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "ink.safetensors",
         "strength_model": 0.8, "strength_clip": 1, "model": ["4", 0], "clip": ["4", 1]}}}""";

  private static final String SAMPLER =
      """
      "1": {"class_type": "KSampler", "inputs": {"seed": 1, "positive": ["2", 0],
         "negative": ["2", 1], "latent_image": ["9", 0], "model": ["9", 0]}}""";

  @Test
  void theUsualGraphIsRead() {
    Recipe recipe = read(GRAPH);
    assertEquals(
        """
        {"prompt":"a glass bottle","negative_prompt":"text, watermark",\
        "seed":18446744073709551615,"width":512,"height":768,"steps":20,"sampler":"euler",\
        "guidance_scale":8.0,"schedule":"normal","model":"v1-5.safetensors","loras":"<lora:ink:0.8>"}""",
        recipe.json().toString());
    assertEquals(Map.of("denoise", "1.0"), recipe.settings());
    assertEquals(
        List.of(
            "the weight 1.0 of the LoRA 'ink.safetensors' in the text encoder: 0.8 is used there,"
                + " too"),
        recipe.leftOut());
    assertEquals(List.of(), recipe.notes());
  }

  @Test
  void whatStandsAroundTheSamplerIsTakenOrLeftOut() {
    Recipe recipe =
        read(
            """
            {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
             "2": {"class_type": "Power Lora Loader (rgthree)", "inputs": {
               "PowerLoraLoaderHeaderWidget": {"type": "PowerLoraLoaderHeaderWidget"},
               "lora_1": {"on": true, "lora": "ink\\\\fine ink.safetensors", "strength": 0.7},
               "lora_2": {"on": false, "lora": "off.safetensors", "strength": 1},
               "lora_3": {"on": true, "lora": "oil.safetensors", "strength": -1.25},
               "model": ["1", 0], "clip": ["1", 1]}},
             "3": {"class_type": "CR LoRA Stack", "inputs": {"switch_1": "On",
               "lora_name_1": "snow.safetensors", "model_weight_1": 0.5, "clip_weight_1": 0.5,
               "switch_2": "Off", "lora_name_2": "rain.safetensors", "model_weight_2": 1}},
             "4": {"class_type": "CR Apply LoRA Stack", "inputs": {"model": ["2", 0],
               "clip": ["2", 1], "lora_stack": ["3", 0]}},
             "5": {"class_type": "FreeU_V2", "inputs": {"model": ["4", 0], "b1": 1.3}},
             "6": {"class_type": "RescaleCFG", "inputs": {"model": ["5", 0], "multiplier": 0.7}},
             "7": {"class_type": "CLIPSetLastLayer", "inputs": {"stop_at_clip_layer": -2,
               "clip": ["4", 1]}},
             "8": {"class_type": "CLIPTextEncode", "inputs": {"text": "embedding:glow a fox",
               "clip": ["7", 0]}},
             "9": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["7", 0]}},
             "10": {"class_type": "ControlNetApplyAdvanced", "inputs": {"positive": ["8", 0],
               "negative": ["9", 0], "strength": 1}},
             "11": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
             "12": {"class_type": "VAEEncode", "inputs": {"pixels": ["11", 0], "vae": ["1", 2]}},
             "13": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 9, "cfg": 5,
               "sampler_name": "res_multistep", "scheduler": "simple", "denoise": 0.6,
               "model": ["6", 0], "positive": ["10", 0], "negative": ["10", 1],
               "latent_image": ["12", 0]}},
             "14": {"class_type": "VAELoader", "inputs": {"vae_name": "soft.safetensors"}},
             "15": {"class_type": "VAEDecode", "inputs": {"samples": ["13", 0], "vae": ["14", 0]}},
             "16": {"class_type": "ImageUpscaleWithModel", "inputs": {"image": ["15", 0]}},
             "17": {"class_type": "SaveImage", "inputs": {"images": ["16", 0]}}}""");
    assertEquals(
        Optional.of("<lora:fine ink:0.7> <lora:oil:-1.25> <lora:snow:0.5>"),
        recipe.text(Detail.LORAS).map(tags -> sorted(tags)));
    assertEquals(Optional.of(2), recipe.count(Detail.CLIP_SKIP));
    assertEquals(Optional.of(0.7), recipe.number(Detail.GUIDANCE_RESCALE));
    assertEquals(Optional.of("soft.safetensors"), recipe.text(Detail.VAE));
    assertEquals(Optional.of("a.safetensors"), recipe.text(Detail.MODEL));
    assertEquals(Optional.of("embedding:glow a fox"), recipe.text(Detail.PROMPT));
    assertEquals(
        List.of(
            "the node FreeU_V2 (5)",
            "the node ControlNetApplyAdvanced (10)",
            "the node VAEEncode (12)",
            "the node ImageUpscaleWithModel (16)",
            "the source image, or the second pass (denoise: 0.6)"),
        recipe.leftOut());
  }

  private static String sorted(String tags) {
    return String.join(" ", new java.util.TreeSet<>(List.of(tags.split("(?<=>) "))));
  }

  @Test
  void aSecondPassIsLeftOut() {
    Recipe recipe =
        read(
            """
            {"1": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 9, "denoise": 1}},
             "2": {"class_type": "LatentUpscale", "inputs": {"samples": ["1", 0], "width": 1024}},
             "3": {"class_type": "KSampler", "inputs": {"seed": 2, "denoise": 0.5,
               "latent_image": ["2", 0]}},
             "4": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0]}},
             "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0]}}}""");
    assertEquals(List.of("the node KSampler (3)", "the node LatentUpscale (2)"), recipe.leftOut());
  }

  @Test
  void aSamplerInPiecesIsRead() {
    Recipe recipe =
        read(
            """
            {"13": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["25", 0],
               "guider": ["22", 0], "sampler": ["16", 0], "sigmas": ["17", 0],
               "latent_image": ["27", 0]}},
             "16": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "heun"}},
             "17": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 4,
               "denoise": 1, "model": ["12", 0]}},
             "22": {"class_type": "BasicGuider", "inputs": {"model": ["12", 0],
               "conditioning": ["26", 0]}},
             "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": 42}},
             "26": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5,
               "conditioning": ["6", 0]}},
             "27": {"class_type": "EmptySD3LatentImage", "inputs": {"width": ["30", 0],
               "height": ["30", 0]}},
             "30": {"class_type": "PrimitiveInt", "inputs": {"value": 1024}},
             "6": {"class_type": "CLIPTextEncodeFlux", "inputs": {"clip_l": "a fox",
               "t5xxl": "a fox", "guidance": 3.5, "clip": ["11", 0]}},
             "12": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux.safetensors"}}}""");
    assertEquals(
        """
        {"prompt":"a fox","seed":42,"width":1024,"height":1024,"steps":4,"sampler":"heun",\
        "schedule":"simple",\
        "model":"flux.safetensors"}""",
        recipe.json().toString());
  }

  @Test
  void wordsAreFoundThroughWhatStandsBetween() {
    Recipe recipe =
        graph(
            """
            "2": {"class_type": "ControlNetApplyAdvanced", "inputs": {"positive": ["3", 0],
               "negative": ["7", 0], "image": ["8", 0], "strength": 1}},
             "3": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["4", 0],
               "conditioning_2": ["5", 0]}},
             "4": {"class_type": "CLIPTextEncode", "inputs": {"text": ["6", 0], "clip": ["9", 1]}},
             "5": {"class_type": "Reroute", "inputs": {"": ["10", 0]}},
             "6": {"class_type": "StringConcatenate", "inputs": {"string_a": "a house",
               "string_b": ["11", 0], "delimiter": " by "}},
             "7": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["4", 0]}},
             "8": {"class_type": "LoadImage", "inputs": {"text": "no prompt"}},
             "10": {"class_type": "CLIPTextEncode", "inputs": {"text": "at night"}},
             "11": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "a tree"}}""");
    assertEquals(Optional.of("a house by a tree, at night"), recipe.text(Detail.PROMPT));
    assertEquals(Optional.of(""), recipe.text(Detail.NEGATIVE_PROMPT));
    assertEquals(1, recipe.notes().size());
    assertTrue(recipe.notes().get(0).contains("2 texts"), recipe.notes()::toString);
  }

  @Test
  void aLoaderThatHoldsBothPromptsIsRead() {
    Recipe recipe =
        graph(
            """
            "2": {"class_type": "Efficient Loader", "inputs": {"ckpt_name": "m.ckpt",
               "positive": "a house", "negative": "fog"}},
             "9": {"class_type": "Seed", "inputs": {}}""");
    assertEquals(Optional.of("a house"), recipe.text(Detail.PROMPT));
    assertEquals(Optional.of("fog"), recipe.text(Detail.NEGATIVE_PROMPT));
  }

  @Test
  void ofSeveralSamplersTheOneWhereTheSavedPictureBeginsCounts() {
    Recipe recipe =
        read(
            """
            {"1": {"class_type": "KSampler", "inputs": {"seed": 1, "latent_image": ["5", 0]}},
             "2": {"class_type": "KSamplerAdvanced", "inputs": {"noise_seed": ["6", 0],
               "latent_image": ["5", 0]}},
             "3": {"class_type": "KSamplerAdvanced", "inputs": {"noise_seed": 0,
               "latent_image": ["4", 0]}},
             "4": {"class_type": "LatentUpscale", "inputs": {"width": 99, "height": 99,
               "samples": ["2", 0]}},
             "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 32}},
             "6": {"class_type": "Seed (rgthree)", "inputs": {"seed": 77}},
             "8": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
             "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}}}""");
    assertEquals("{\"seed\":77,\"width\":64,\"height\":32}", recipe.json().toString());
    assertTrue(recipe.notes().get(0).contains("3 samplers"), recipe.notes()::toString);
    assertTrue(recipe.notes().get(0).contains("node 2"), recipe.notes()::toString);
  }

  @Test
  void withoutASavedPictureTheFirstSamplerCounts() {
    Recipe recipe =
        read(
            """
            {"10": {"class_type": "KSampler", "inputs": {"seed": 10}},
             "9": {"class_type": "KSampler", "inputs": {"seed": 9}}}""");
    assertEquals("{\"seed\":9}", recipe.json().toString());
  }

  @Test
  void cyclesComeToAnEnd() {
    Recipe recipe =
        assertTimeoutPreemptively(
            Duration.ofSeconds(20),
            () ->
                graph(
                    """
                    "2": {"class_type": "A", "inputs": {"conditioning": ["3", 0],
                       "conditioning_to": ["2", 0]}},
                     "3": {"class_type": "B", "inputs": {"text": ["3", 0], "x": ["2", 0]}},
                     "9": {"class_type": "LoraLoader", "inputs": {"model": ["9", 0],
                       "width": ["9", 0], "height": ["1", 0]}},
                     "8": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}}"""));
    assertEquals("{\"seed\":1}", recipe.json().toString());
  }

  @Test
  void aLongChainIsFollowedWithoutAStackOverflow() {
    StringBuilder nodes = new StringBuilder("\"0\": {\"class_type\": \"X\", \"inputs\": {}}");
    for (int i = 2; i < 4500; i++) {
      String inputs = "{\"conditioning\": [\"%d\", 0], \"model\": [\"%d\", 0]}";
      nodes.append(",\"").append(i).append("\": {\"class_type\": \"X\", \"inputs\": ");
      nodes.append(inputs.formatted(i + 1, i + 1)).append('}');
    }
    assertEquals("{\"seed\":1}", graph(nodes.toString()).json().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"1\": 1}",
        "{\"1\": {\"class_type\": 3, \"inputs\": []}}",
        "{\"1\": {\"inputs\": {\"seed\": 1}}}",
        "a house"
      })
  void whatIsNoGraphIsNone(String text) {
    assertEquals(Optional.empty(), ComfyReader.read(text));
  }

  @Test
  void aGraphOfWrongTypesTellsLittle() {
    Recipe recipe =
        read(
            """
            {"1": {"class_type": "KSampler", "inputs": {"seed": "x", "steps": true, "cfg": null,
               "positive": ["404", 0], "negative": [1, 2, 3], "latent_image": [{}, 0],
               "model": ["1", -1], "sampler_name": 5, "noise_seed": [[], []]}}}""");
    assertEquals("{}", recipe.json().toString());
    Recipe none = read("{\"1\": {\"class_type\": \"Note\", \"inputs\": {}}}");
    assertEquals("{}", none.json().toString());
    assertEquals(1, none.notes().size());
  }

  private static Recipe graph(String nodes) {
    return read("{" + SAMPLER + "," + nodes + "}");
  }

  private static Recipe read(String graph) {
    return ComfyReader.read(graph).orElseThrow();
  }
}
