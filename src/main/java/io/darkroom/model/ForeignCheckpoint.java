package io.darkroom.model;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Knows files of weights that are no checkpoint that Darkroom runs, by a name that such a file has
 * and no other.
 */
final class ForeignCheckpoint {
  /**
   * A kind of file.
   *
   * @param name a pattern that one of its tensors' names matches from its beginning
   * @param what what it is, as the end of a sentence
   */
  private record Kind(Pattern name, String what) {
    static Kind of(String name, String what) {
      return new Kind(Pattern.compile("(?:" + name + ")"), what);
    }
  }

  private static final String UNET = "(?:model\\.diffusion_model\\.)?";
  private static final String NOT_RUN = ", which Darkroom does not run";

  /** Families whose U-Net has the original layout, too. */
  private static final List<Kind> LATENT_DIFFUSION =
      List.of(
          Kind.of(
              "model\\.diffusion_model\\.input_blocks\\.1\\.0\\.time_stack\\.",
              "a Stable Video Diffusion model"),
          Kind.of(
              "model\\.diffusion_model\\.input_blocks\\.1\\.1\\.time_stack\\.",
              "a Stable Video Diffusion model"),
          Kind.of("noise_augmentor\\.", "a Stable unCLIP model"));

  /** In the order in which they are tried: what is special first. */
  private static final List<Kind> KINDS =
      List.of(
          Kind.of(
              "lora_unet_|lora_te\\d?_|.*\\.lora_(A|B|up|down)\\.|.*\\.lora\\.(up|down)\\.|"
                  + ".*\\.hada_w1_a$|.*\\.lokr_w1$|.*_lora\\.(up|down)\\.|.*\\.dora_scale$",
              "a LoRA, which changes a model but is not one"),
          Kind.of(
              "control_model\\.|controlnet_cond_embedding\\.|.*zero_convs\\.\\d|"
                  + "controlnet_down_blocks\\.|input_hint_block\\.",
              "a ControlNet, which steers a model but is not one"),
          Kind.of(
              "emb_params$|string_to_param\\.|clip_g$|clip_l$|<[^>]+>$",
              "an embedding (textual inversion), not a model; use it with --embedding"),
          Kind.of(
              "image_proj\\.|ip_adapter\\.",
              "an IP-Adapter, which steers a model but is not" + " one"),
          Kind.of(
              ".*motion_modules\\.\\d",
              "a motion module, which animates a model but is not" + " one"),
          Kind.of(UNET + "double_blocks\\.\\d+\\.img_attn\\.", "a FLUX model" + NOT_RUN),
          Kind.of(UNET + "joint_blocks\\.", "a Stable Diffusion 3 model" + NOT_RUN),
          Kind.of(
              UNET + "(clip_txt_mapper\\.|clip_txt_pooled_mapper\\.|effnet_mapper\\.|clf\\.1\\.)",
              "a Stable Cascade model" + NOT_RUN),
          Kind.of(
              UNET + "(y_embedder\\.y_embedding|adaln_single\\.|t_block\\.1\\.weight)",
              "a PixArt model" + NOT_RUN),
          Kind.of(UNET + "double_layers\\.\\d+\\.attn\\.w1q", "an AuraFlow model" + NOT_RUN),
          Kind.of(UNET + "(mlp_t5\\.|text_embedding_padding)", "a Hunyuan-DiT model" + NOT_RUN),
          Kind.of(
              UNET + "(patch_embedding\\.weight|txt_in\\.individual_token_refiner)",
              "a video model" + NOT_RUN),
          Kind.of("first_stage_model\\.", "an autoencoder alone; use it with --vae"),
          Kind.of(
              "(encoder|decoder)\\.(down|up)\\.0\\.|(encoder|decoder)\\.(down|up)_blocks\\.0\\.",
              "an autoencoder alone; use it with --vae"),
          Kind.of(
              "(taesd_)?decoder\\.(layers\\.)?\\d+\\.conv\\.0\\.weight$",
              "a tiny autoencoder alone; use it with --vae"),
          Kind.of(
              "((taesd_)?encoder\\.(layers\\.)?)?1\\.conv\\.0\\.weight$",
              "the encoder of a tiny autoencoder; get its decoder, which makes the pictures"),
          Kind.of("3\\.conv\\.0\\.weight$", "a tiny autoencoder alone; use it with --vae"),
          Kind.of(
              "down_blocks\\.0\\.resnets\\.",
              "a U-Net of a model in diffusers' layout; give the model's directory"),
          Kind.of(
              "text_model\\.|transformer\\.resblocks\\.|cond_stage_model\\.",
              "a text encoder alone; use it with --text-encoder"),
          Kind.of("encoder\\.block\\.0\\.layer\\.0\\.", "a T5 text encoder alone, not a model"),
          Kind.of("transformer_blocks\\.\\d", "a diffusion transformer" + NOT_RUN),
          Kind.of(
              "model\\.layers\\.0\\.|transformer\\.h\\.0\\.|model\\.embed_tokens\\.",
              "a language model" + NOT_RUN),
          Kind.of(
              "(params(_ema)?\\.)?(conv_first\\.|model\\.0\\.weight|body\\.0\\.|RRDB_trunk\\.)",
              "an upscaler, which enlarges pictures but does not paint them; use it with darkroom"
                  + " upscale"));

  private ForeignCheckpoint() {}

  /**
   * Tells families that differ from Stable Diffusion in parts only.
   *
   * @param names the names in a checkpoint of the original layout
   * @return what it is, with an article, if it is no Stable Diffusion
   */
  static Optional<String> describeLatentDiffusion(Collection<String> names) {
    return first(LATENT_DIFFUSION, names);
  }

  /**
   * Says what a file is that is none of the families that Darkroom runs.
   *
   * @param source the file, for the message
   * @param names the names in it
   * @return what to throw
   */
  static ModelException refusal(String source, Collection<String> names) {
    return new ModelException(
        source
            + ": is "
            + first(KINDS, names)
                .orElseGet(
                    () ->
                        names.isEmpty()
                            ? "a file without any tensors"
                            : "a checkpoint of a kind that Darkroom does not know; its first"
                                + " tensor is "
                                + OneLine.of(names.iterator().next())));
  }

  private static Optional<String> first(List<Kind> kinds, Collection<String> names) {
    for (Kind kind : kinds) {
      if (names.stream().anyMatch(name -> kind.name().matcher(name).lookingAt())) {
        return Optional.of(kind.what());
      }
    }
    return Optional.empty();
  }
}
