package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.image.RgbImage;
import io.darkroom.model.CheckpointFamily;
import io.darkroom.model.Component;
import io.darkroom.model.LatentDiffusionNames;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelKind;
import io.darkroom.network.AutoencoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.Choices;
import io.darkroom.request.Setting;
import io.darkroom.request.UpscaleRequest;
import io.darkroom.testing.Golden;
import io.darkroom.testing.RawSafetensors;
import io.darkroom.testing.TestDevice;
import io.darkroom.testing.TestModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stable Diffusion's upscaler in one file, under the names of the original code. */
@Tag("slow")
class UpscalerFileTest {
  private static final String MODEL = "tiny-x4-upscaler";

  /** Residual blocks of a level on the way down, and the downsampling layer; or those of one up. */
  private static final int BLOCKS = 3;

  @TempDir private Path folder;

  @Test
  void aFilePaintsWhatTheFolderPaints() throws IOException {
    Path file = folder.resolve("x4-upscaler-ema.safetensors");
    RawSafetensors original = new RawSafetensors();
    copy("unet", name -> "model.diffusion_model." + unet(name), original);
    copy("vae", name -> "first_stage_model." + autoencoder(name), original);
    copyTextEncoder(original);
    original.floats("low_scale_model.betas", new float[2], 2);
    original.write(file);
    Path configs = TestModels.directory(MODEL);
    ModelFiles single = ModelFiles.of(file, Optional.of(configs), Optional.empty(), Map.of());
    assertTrue(single.hasUNet());
    assertFalse(single.lacksTokenizer());
    assertEquals(ModelKind.STABLE_DIFFUSION_UPSCALER, single.openUpscaler().kind());
    assertEquals(4, Upscaler.factor(single));
    assertArrayEquals(upscaled(ModelFiles.of(configs)).rgb(), upscaled(single).rgb());
  }

  private static RgbImage upscaled(ModelFiles model) {
    byte[] rgb = new byte[3 * 16 * 12];
    new Random(1).nextBytes(rgb);
    UpscaleRequest request =
        new UpscaleRequest("a boat", Choices.NONE.with(Setting.STEPS, 2), OptionalInt.empty(), 1);
    try (Upscaler upscaler =
        Upscaler.open(model, new ComputeOptions(TestDevice.name(), TestDevice.dtype()))) {
      assertEquals(9.0, upscaler.details(request).get(Setting.GUIDANCE_SCALE.key()).getAsDouble());
      return upscaler.upscale(new RgbImage(16, 12, rgb), request, new RecordingListener());
    }
  }

  /** Whose sizes are those of {@code x4-upscaling.yaml}. */
  @Test
  void theFamilysSettingsAreThePublishedModels() {
    CheckpointFamily family = CheckpointFamily.STABLE_DIFFUSION_UPSCALER;
    UNetConfig unet = UNetConfig.parse(family.settings(Component.UNET));
    assertEquals(3, unet.extraChannels());
    assertEquals(1000, unet.classTable().orElseThrow().classes());
    assertEquals(8, unet.blocks().get(3).heads());
    AutoencoderConfig vae = AutoencoderConfig.parse(family.settings(Component.AUTOENCODER));
    assertEquals(4, vae.vaeScaleFactor());
    assertEquals(0.08333, vae.scalingFactor());
  }

  private interface Renaming {
    String of(String name);
  }

  private static void copy(String component, Renaming renaming, RawSafetensors target) {
    Golden weights = Golden.open(TestModels.weights(MODEL, component));
    for (String name : weights.names()) {
      target.floats(renaming.of(name), weights.floats(name), weights.shape(name));
    }
  }

  private static String unet(String name) {
    int dot = name.lastIndexOf('.');
    String layer = name.substring(0, dot);
    for (Map.Entry<String, String> known : LatentDiffusionNames.UNET.entrySet()) {
      if (known.getValue().equals(layer)) {
        return known.getKey() + name.substring(dot);
      }
    }
    String residual = name;
    for (Map.Entry<String, String> known : LatentDiffusionNames.RESIDUAL.entrySet()) {
      residual =
          residual.replaceFirst(
              "(resnets\\.\\d)\\." + known.getValue() + "\\.", "$1." + known.getKey() + ".");
    }
    String place = residual;
    place =
        replaced(
            place,
            "down_blocks\\.(\\d)\\.resnets\\.(\\d)",
            m -> "input_blocks." + (1 + BLOCKS * number(m, 1) + number(m, 2)) + ".0");
    place =
        replaced(
            place,
            "down_blocks\\.(\\d)\\.attentions\\.(\\d)",
            m -> "input_blocks." + (1 + BLOCKS * number(m, 1) + number(m, 2)) + ".1");
    place =
        replaced(
            place,
            "down_blocks\\.(\\d)\\.downsamplers\\.0\\.conv",
            m -> "input_blocks." + BLOCKS * (1 + number(m, 1)) + ".0.op");
    place =
        replaced(
            place,
            "up_blocks\\.(\\d)\\.resnets\\.(\\d)",
            m -> "output_blocks." + (BLOCKS * number(m, 1) + number(m, 2)) + ".0");
    place =
        replaced(
            place,
            "up_blocks\\.(\\d)\\.attentions\\.(\\d)",
            m -> "output_blocks." + (BLOCKS * number(m, 1) + number(m, 2)) + ".1");
    // Each level that is enlarged attends, so that its last block has three parts.
    place =
        replaced(
            place,
            "up_blocks\\.(\\d)\\.upsamplers\\.0",
            m -> "output_blocks." + (BLOCKS * (1 + number(m, 1)) - 1) + ".2");
    return place
        .replace("mid_block.resnets.0", "middle_block.0")
        .replace("mid_block.attentions.0", "middle_block.1")
        .replace("mid_block.resnets.1", "middle_block.2");
  }

  private static String autoencoder(String name) {
    String place =
        name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out");
    place =
        replaced(
            place, "down_blocks\\.(\\d)\\.resnets\\.", m -> "down." + number(m, 1) + ".block.");
    place =
        replaced(
            place,
            "down_blocks\\.(\\d)\\.downsamplers\\.0",
            m -> "down." + number(m, 1) + ".downsample");
    place =
        replaced(
            place, "up_blocks\\.(\\d)\\.resnets\\.", m -> "up." + (2 - number(m, 1)) + ".block.");
    place =
        replaced(
            place,
            "up_blocks\\.(\\d)\\.upsamplers\\.0",
            m -> "up." + (2 - number(m, 1)) + ".upsample");
    return place
        .replace("mid_block.resnets.0", "mid.block_1")
        .replace("mid_block.resnets.1", "mid.block_2")
        .replace("mid_block.attentions.0.group_norm", "mid.attn_1.norm")
        .replace("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out")
        .replace("mid_block.attentions.0.to_", "mid.attn_1.");
  }

  /** OpenCLIP has queries, keys and values in one layer. */
  private static void copyTextEncoder(RawSafetensors target) {
    Golden weights = Golden.open(TestModels.weights(MODEL, "text_encoder"));
    String prefix = "cond_stage_model.model.";
    for (String name : weights.names()) {
      if (name.matches(".*\\.[kv]_proj\\..*") || name.endsWith("position_ids")) {
        continue;
      }
      float[] values = weights.floats(name);
      long[] shape = weights.shape(name);
      String place =
          name.replace("text_model.encoder.layers.", "transformer.resblocks.")
              .replace("self_attn.out_proj", "attn.out_proj")
              .replace("layer_norm1", "ln_1")
              .replace("layer_norm2", "ln_2")
              .replace("mlp.fc1", "mlp.c_fc")
              .replace("mlp.fc2", "mlp.c_proj")
              .replace("text_model.embeddings.token_embedding.", "token_embedding.")
              .replace("text_model.embeddings.position_embedding.weight", "positional_embedding")
              .replace("text_model.final_layer_norm.", "ln_final.");
      if (name.contains("q_proj")) {
        float[] keys = weights.floats(name.replace("q_proj", "k_proj"));
        float[] all = new float[3 * values.length];
        System.arraycopy(values, 0, all, 0, values.length);
        System.arraycopy(keys, 0, all, values.length, values.length);
        System.arraycopy(
            weights.floats(name.replace("q_proj", "v_proj")),
            0,
            all,
            2 * values.length,
            values.length);
        values = all;
        shape[0] *= 3;
        place = place.replaceFirst("self_attn\\.q_proj\\.", "attn.in_proj_");
      }
      target.floats(prefix + place, values, shape);
    }
  }

  private interface Replacement {
    String of(MatchResult match);
  }

  private static String replaced(String text, String pattern, Replacement replacement) {
    return Pattern.compile("\\b" + pattern).matcher(text).replaceAll(replacement::of);
  }

  private static int number(MatchResult match, int group) {
    return Integer.parseInt(match.group(group));
  }
}
