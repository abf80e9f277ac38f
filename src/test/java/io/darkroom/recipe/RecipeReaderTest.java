package io.darkroom.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeReaderTest {
  private static final String OWN =
      """
      {"prompt":"ein \\"Haus\\"\\n家","negative_prompt":"","seed":4294967295,"width":64,"height":32,\
      "steps":3,"sampler":"ddim","guidance_scale":0.1,"eta":1.0E-7,"model":"scenes",\
      "model_hash":"0123456789","device":"cuda:0","dtype":"fp16","version":"darkroom 0.1.0"}""";

  private static final String WEB_UI =
      """
      a red house
      Negative prompt: fog
      Steps: 30, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 965400086, Size: 512x768, \
      Model hash: c0d1994c73, Model: realistic, Denoising strength: 0.4, Hires upscale: 2, \
      Lora hashes: "one: 1234, two: 5678", Version: v1.10.1""";

  @Test
  void whatIsWrittenIsReadBackExactly() {
    Recipe recipe =
        new Recipe.Builder(Tool.DARKROOM)
            .with(Detail.PROMPT, "ein \"Haus\"\n家")
            .with(Detail.NEGATIVE_PROMPT, "")
            .with(Detail.SEED, 4294967295L)
            .with(Detail.WIDTH, 64)
            .with(Detail.HEIGHT, 32)
            .with(Detail.STEPS, 3)
            .with(Detail.SAMPLER, "ddim")
            .with(Detail.GUIDANCE_SCALE, 0.1)
            .with(Detail.ETA, 1e-7)
            .with(Detail.MODEL, "scenes")
            .with(Detail.MODEL_HASH, "0123456789")
            .with(Detail.DEVICE, "cuda:0")
            .with(Detail.DTYPE, "fp16")
            .with(Detail.VERSION, "darkroom 0.1.0")
            .build();
    assertEquals(OWN, recipe.json().toString());
    Recipe read = read(Recipe.KEYWORD, OWN);
    assertEquals(OWN, read.json().toString());
    assertEquals(Tool.DARKROOM, read.tool());
    assertEquals(Optional.of(0.1), read.number(Detail.GUIDANCE_SCALE));
    assertEquals(Map.of(), read.settings());
  }

  @Test
  void ourOwnTextComesFirst() {
    Map<String, String> all =
        Map.of("darkroom", OWN, "parameters", WEB_UI, "prompt", ComfyReaderTest.GRAPH);
    assertEquals(Tool.DARKROOM, RecipeReader.read(all).orElseThrow().tool());
    Map<String, String> broken =
        Map.of("darkroom", "{\"prompt\":", "parameters", WEB_UI, "prompt", ComfyReaderTest.GRAPH);
    assertEquals(Tool.AUTOMATIC1111, RecipeReader.read(broken).orElseThrow().tool());
    assertEquals(
        Tool.COMFYUI,
        RecipeReader.read(Map.of("prompt", ComfyReaderTest.GRAPH)).orElseThrow().tool());
    assertEquals(Optional.empty(), RecipeReader.read(Map.of("Comment", "a house")));
  }

  @Test
  void whatDoesNotSuitIsNoDetailButIsTold() {
    Recipe recipe =
        read(
            Recipe.KEYWORD,
            """
            {"prompt":7,"seed":-1,"width":0,"height":1e999999999,"steps":"3","sampler":null,
             "guidance_scale":1e999,"eta":[0],"model":{"name":"x"},"clip_skip":0,"mood":"calm"}""");
    assertEquals("{}", recipe.json().toString());
    assertEquals("calm", recipe.settings().get("mood"));
    assertEquals("{\"name\":\"x\"}", recipe.settings().get("model"));
    assertEquals("-1", recipe.settings().get("seed"));
    assertEquals(11, recipe.settings().size());
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "18446744073709551615,18446744073709551615",
    "18446744073709551616,",
    "-1,",
    "1.5,",
    "3.0,3",
    "1e3,1000",
    "1e30,",
    "1e-999999999,",
    "NaN,",
    "'',",
    "seven,"
  })
  void aSeedHas64Bits(String text, BigInteger seed) {
    Recipe.Builder recipe = new Recipe.Builder(Tool.DARKROOM);
    assertEquals(seed != null, recipe.offerText(Detail.SEED, text));
    assertEquals(Optional.ofNullable(seed), recipe.build().seed());
  }

  @Test
  void theWebUisTextIsRead() {
    Recipe recipe = read("parameters", WEB_UI);
    assertEquals(
        """
        {"prompt":"a red house","negative_prompt":"fog","seed":965400086,"width":512,\
        "height":768,"steps":30,"sampler":"DPM++ 2M Karras","guidance_scale":7.0,\
        "hires":"2","hires_strength":0.4,\
        "model":"realistic","model_hash":"c0d1994c73","lora_hashes":"one: 1234, two: 5678",\
        "version":"v1.10.1"}""",
        recipe.json().toString());
    assertEquals(
        List.of("Denoising strength", "Hires upscale"), List.copyOf(recipe.settings().keySet()));
  }

  @Test
  void anOlderPictureOfOursIsOurs() {
    Recipe recipe =
        read(
            "parameters",
            "x\nSteps: 4, Sampler: DDIM, CFG scale: 7.5, Seed: 1, Size: 8x8, Eta DDIM: 0.5, "
                + "Version: darkroom 0.1.0");
    assertEquals(Tool.DARKROOM, recipe.tool());
    assertEquals(Optional.of(0.5), recipe.number(Detail.ETA));
    assertEquals(Optional.empty(), recipe.text(Detail.DTYPE));
  }

  @Test
  void oddTextsOfTheWebUisKinAreRead() {
    // Line ends of Windows, and an extension's lines behind the settings.
    Recipe template =
        read("parameters", WEB_UI.replace("\n", "\r\n") + "\r\nTemplate: a {red|blue} house\r\n");
    assertEquals(Optional.of("a red house"), template.text(Detail.PROMPT));
    assertEquals(Optional.of(30), template.count(Detail.STEPS));

    // Civitai puts JSON into the line without quotes.
    Recipe civitai =
        read(
            "parameters",
            "x\nSteps: 25, Sampler: Euler a, CFG scale: 7.0, Seed: 3, Size: 832x1216, "
                + "Civitai resources: [{\"type\":\"checkpoint\",\"modelVersionId\":290640}], "
                + "Civitai metadata: {}");
    assertEquals(Optional.of(832), civitai.count(Detail.WIDTH));
    assertEquals("{}", civitai.settings().get("Civitai metadata"));

    // Nothing but settings, some of which make no sense.
    Recipe bare = read("parameters", "Steps: many, Sampler: Euler, Seed: -1, Size: 0x8, Model: m");
    assertEquals(Optional.of(""), bare.text(Detail.PROMPT));
    assertEquals(Optional.empty(), bare.seed());
    assertEquals(Optional.empty(), bare.count(Detail.WIDTH));
    assertEquals("many", bare.settings().get("Steps"));
    assertEquals("0x8", bare.settings().get("Size"));

    assertEquals(
        Optional.of("only words\n"), read("parameters", "only words\n").text(Detail.PROMPT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"prompt\": \"a house\", \"seed\": \"3\"}", "{}"})
  void anotherToolsJsonIsNoTextOfTheWebUi(String text) {
    assertEquals(Optional.empty(), RecipeReader.read(Map.of("parameters", text)));
  }

  @Test
  void noTextMakesTheReaderFail() {
    Random random = new Random(11);
    for (String keyword : List.of("darkroom", "parameters", "prompt")) {
      for (String text : List.of(OWN, WEB_UI, ComfyReaderTest.GRAPH)) {
        for (int round = 0; round < 1000; round++) {
          String mutant = mutate(text, random);
          RecipeReader.read(Map.of(keyword, mutant))
              .ifPresent(recipe -> assertTrue(recipe.json().size() <= Detail.values().length));
        }
      }
    }
    String deep = "[".repeat(1_000_000);
    assertEquals(Optional.empty(), RecipeReader.read(Map.of("prompt", deep, "darkroom", deep)));
    String nested = "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000);
    assertEquals(Optional.empty(), RecipeReader.read(Map.of("prompt", nested)));
  }

  /** Removes, doubles, moves or changes a few pieces. */
  private static String mutate(String text, Random random) {
    StringBuilder mutant = new StringBuilder(text);
    for (int count = 1 + random.nextInt(4); count > 0; count--) {
      int start = random.nextInt(mutant.length());
      int end = Math.min(mutant.length(), start + 1 + random.nextInt(12));
      String piece = mutant.substring(start, end);
      switch (random.nextInt(5)) {
        case 0 -> mutant.delete(start, end);
        case 1 -> mutant.insert(random.nextInt(mutant.length()), piece);
        case 2 -> mutant.setCharAt(start, (char) random.nextInt(0x3000));
        case 3 -> mutant.setCharAt(start, "0123456789\"[]{},:-e\\".charAt(random.nextInt(20)));
        default -> mutant.replace(start, end, "\"" + random.nextInt(12) + "\"");
      }
      mutant.append(' ');
    }
    return mutant.toString();
  }

  private static Recipe read(String keyword, String text) {
    return RecipeReader.read(Map.of(keyword, text)).orElseThrow();
  }
}
