package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.ModelException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UNetConfigTest {
  private static final TinyNetwork SD1 = new TinyNetwork("tiny-sd1", "unet");

  @Test
  void absentKeysTakeTheDefaultsOfDiffusers() {
    UNetConfig config = UNetConfig.parse(SD1.config());
    assertEquals(4, config.blocks().size());
    assertEquals(block(16, 8, List.of(1, 1), List.of(1, 1, 1)), config.blocks().get(0));
    assertEquals(block(32, 8, List.of(), List.of()), config.blocks().get(3));
    assertEquals(middle(2, 1), config.middle());
    assertFalse(config.linearProjection());
    assertFalse(config.upcastAttention());
    assertTrue(config.cosineFirst());
  }

  @Test
  void eachLevelMayHaveItsOwnHeads() {
    UNetConfig config = UNetConfig.parse(new TinyNetwork("tiny-sd2", "unet").config());
    assertEquals(
        List.of(2, 4, 4, 6), config.blocks().stream().map(UNetConfig.Block::heads).toList());
    assertTrue(config.linearProjection());
    assertTrue(config.upcastAttention());
    UNetConfig named = UNetConfig.parse(SD1.configWith("\"num_attention_heads\": 4"));
    assertEquals(4, named.blocks().get(0).heads());
  }

  @Test
  void theLevelsOfSdxlDifferInDepth() {
    UNetConfig config = UNetConfig.parse(new TinyNetwork("tiny-sdxl", "unet").config());
    assertEquals(
        List.of(List.of(), List.of(2, 2), List.of(3, 3)),
        config.blocks().stream().map(block -> depths(block.down())).toList());
    assertEquals(
        List.of(List.of(), List.of(2, 2, 2), List.of(3, 3, 3)),
        config.blocks().stream().map(block -> depths(block.up())).toList());
    assertEquals(middle(2, 3), config.middle());
    assertEquals(new TimeEmbeddingSource.TextAndSizes(40, 8, 6), config.addition().orElseThrow());
    assertFalse(config.embedsGuidance());
    UNetConfig distilled = UNetConfig.parse(SD1.configWith("\"time_cond_proj_dim\": 256"));
    assertTrue(distilled.embedsGuidance());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tiny-ssd1b | 1 | 0 | [[], [2, 1], [2, 2]] | [[], [2, 1, 1], [2, 1, 3]]",
        "tiny-vega | 0 | 0 | [[], [1, 1], [2, 1]] | [[], [1, 1, 1], [1, 2, 2]]",
        "tiny-koala | 0 | 0 | [[], [2], [3]] | [[], [2, 2], [3, 3]]",
        "tiny-sd1-pruned | 0 | 0 | [[1], [1], [1]] | [[1, 1], [1, 1], [1, 1]]"
      })
  void prunedOnesLackAMiddleAndDifferWithinALevel(
      String model, int residualBlocks, int layers, String down, String up) {
    UNetConfig config = UNetConfig.parse(new TinyNetwork(model, "unet").config());
    assertEquals(middle(residualBlocks, layers), config.middle());
    assertEquals(
        down, config.blocks().stream().map(block -> depths(block.down())).toList().toString());
    assertEquals(up, config.blocks().stream().map(block -> depths(block.up())).toList().toString());
  }

  /** A default that is spelled out is no news, however its number is written. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"class_embed_type\": null",
        "\"mid_block_scale_factor\": 1.0",
        "\"conv_in_kernel\": 3",
        "\"mid_block_type\": \"UNetMidBlock2DCrossAttn\"",
        "\"transformer_layers_per_block\": [1, [2, 2], [3, 3], 1]",
        "\"resnet_time_scale_shift\": \"default\"",
      })
  void valuesThatAreSupportedAreTaken(String change) {
    UNetConfig.parse(SD1.configWith(change));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"class_embed_type\": \"timestep\" | class_embed_type is \"timestep\"",
        "\"addition_embed_type\": \"image\" | addition_embed_type is \"image\", which Darkroom does"
            + " not run; it runs \"text_time\"",
        "\"addition_embed_type\": \"text_time\" | has no \"addition_time_embed_dim\"",
        "\"addition_embed_type\": \"text_time\", \"addition_time_embed_dim\": 8 | has no"
            + " \"projection_class_embeddings_input_dim\"",
        "\"addition_embed_type\": \"text_time\", \"addition_time_embed_dim\": 7,"
            + " \"projection_class_embeddings_input_dim\": 88 | addition_time_embed_dim is 7",
        "\"addition_embed_type\": \"text_time\", \"addition_time_embed_dim\": 8,"
            + " \"projection_class_embeddings_input_dim\": 48 | input_dim 48 has no room for 6"
            + " numbers of 8",
        "\"act_fn\": \"gelu\" | act_fn is \"gelu\", which Darkroom does not run; it runs \"silu\"",
        "\"conv_in_kernel\": 5 | conv_in_kernel is 5",
        "\"mid_block_scale_factor\": 1.5 | mid_block_scale_factor is 1.5",
        "\"_class_name\": \"UNet1DModel\" | _class_name is \"UNet1DModel\"",
        "\"time_cond_proj_dim\": 7 | time_cond_proj_dim is 7; it must be even",
        "\"down_block_types\": [\"DownBlock2D\", \"KDownBlock2D\", \"DownBlock2D\","
            + " \"DownBlock2D\"] | down_block_types names the block type KDownBlock2D",
        "\"up_block_types\": [\"UpBlock2D\"] | name 4, 4 and 1 levels",
        "\"block_out_channels\": [] | name 0, 4 and 4 levels",
        "\"block_out_channels\": \"wide\" | \"block_out_channels\" must be",
        "\"attention_head_dim\": 5 | 16 channels do not divide into 5 heads",
        "\"attention_head_dim\": 0 | 16 channels do not divide into 0 heads",
        "\"attention_head_dim\": [8, 8] | \"attention_head_dim\" must be",
        "\"norm_num_groups\": 7 | norm_num_groups 7",
        "\"norm_num_groups\": 0 | norm_num_groups 0",
        "\"layers_per_block\": 1.5 | \"layers_per_block\" must be a whole number",
        "\"layers_per_block\": 0 | layers_per_block is 0",
        "\"mid_block_type\": \"UNetMidBlock2DSimpleCrossAttn\" | mid_block_type is"
            + " UNetMidBlock2DSimpleCrossAttn, which Darkroom does not run",
        "\"transformer_layers_per_block\": [1, [2, 1], 1, 1] | differs within a level, so that"
            + " reverse_transformer_layers_per_block must tell the way up",
        "\"transformer_layers_per_block\": [1, [2, 1, 1], 1, 1] | must be lists of 2",
        "\"transformer_layers_per_block\": [1, 1] | must be one whole number or a list of 4",
        "\"transformer_layers_per_block\": 0 | transformer_layers_per_block has a number below 1",
        "\"transformer_layers_per_block\": [1, [2, \"x\"], 1, 1] | must be a whole number",
        "\"reverse_transformer_layers_per_block\": [1, 1, 1, [1, 1]] | must be lists of 3",
        "\"norm_eps\": \"small\" | \"norm_eps\" must be a number",
        "\"use_linear_projection\": 1 | \"use_linear_projection\" must be true or false"
      })
  void valuesThatAreNotSupportedAreNamed(String change, String says) {
    ModelException refused =
        assertThrows(ModelException.class, () -> UNetConfig.parse(SD1.configWith(change)));
    assertTrue(refused.getMessage().contains(says), refused.getMessage());
    assertTrue(refused.getMessage().startsWith("config.json: "), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
  }

  @Test
  void whatGoesInBesideTheLatentsIsTold() {
    UNetConfig inpainting = UNetConfig.parse(new TinyNetwork("tiny-inpaint", "unet").config());
    assertEquals(5, inpainting.extraChannels());
    assertEquals(4, inpainting.latentChannels());
    UNetConfig plain = UNetConfig.parse(new TinyNetwork("tiny-sd1", "unet").config());
    assertEquals(0, plain.extraChannels());
    assertEquals(4, plain.latentChannels());
    assertEquals(List.of(TimeInput.TIMESTEPS), plain.timeInputs());
    UNetConfig xl = UNetConfig.parse(new TinyNetwork("tiny-sdxl", "unet").config());
    assertEquals(
        List.of(TimeInput.TIMESTEPS, TimeInput.POOLED_TEXT, TimeInput.SIZES), xl.timeInputs());
  }

  private static UNetConfig.Block block(
      int channels, int heads, List<Integer> down, List<Integer> up) {
    return new UNetConfig.Block(
        channels, heads, UNetConfig.Attention.of(down), UNetConfig.Attention.of(up));
  }

  private static UNetConfig.Middle middle(int residualBlocks, int depth) {
    List<Integer> depths = depth == 0 ? List.of() : List.of(depth);
    return new UNetConfig.Middle(residualBlocks, UNetConfig.Attention.of(depths));
  }

  private static List<Integer> depths(UNetConfig.Attention attention) {
    return attention instanceof UNetConfig.CrossAttention cross ? cross.depths() : List.of();
  }
}
