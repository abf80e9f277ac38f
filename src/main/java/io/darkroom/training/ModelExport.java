package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.darkroom.network.AutoencoderConfig;
import io.darkroom.network.TextEncoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes a trained model in diffusers' layout, float16, so that it loads like any other. */
final class ModelExport {
  private static final Gson JSON = new GsonBuilder().setPrettyPrinting().serializeNulls().create();

  /** How a model index says that a component is not there. */
  private static final List<String> NOTHING = Collections.nCopies(2, null);

  private final Path folder;
  private final ModelSizes sizes;

  /**
   * Names the place.
   *
   * @param folder the model's folder, made if it is not there
   * @param sizes what the model consists of
   */
  ModelExport(Path folder, ModelSizes sizes) {
    this.folder = folder;
    this.sizes = sizes;
  }

  /**
   * What a model consists of.
   *
   * @param imageSize the pictures' side in pixels
   * @param autoencoder its sizes
   * @param textEncoder its sizes
   * @param unet its sizes
   * @param scheduler the content of {@code scheduler_config.json}
   * @param steps of sampling by default
   * @param guidanceScale by default
   */
  record ModelSizes(
      int imageSize,
      AutoencoderConfig autoencoder,
      TextEncoderConfig textEncoder,
      UNetConfig unet,
      Map<String, Object> scheduler,
      int steps,
      double guidanceScale) {}

  /**
   * Writes the whole model.
   *
   * @param autoencoder its averaged weights
   * @param diffusion text encoder's and U-Net's averaged weights, under their prefixes
   * @param tokenizer the trained tokenizer's folder
   * @param colours the map for previews: a row for each channel, and last the bias
   * @throws IOException if a file cannot be written
   */
  void write(
      Map<String, NDArray> autoencoder,
      Map<String, NDArray> diffusion,
      Path tokenizer,
      double[][] colours)
      throws IOException {
    json("model_index.json", modelIndex());
    json("scheduler/scheduler_config.json", sizes.scheduler());
    json("darkroom.json", defaults(colours));
    json("vae/config.json", autoencoderConfig(sizes.autoencoder(), sizes.imageSize()));
    json("unet/config.json", unetConfig(sizes.unet()));
    json("text_encoder/config.json", textConfig(sizes.textEncoder()));
    writeWeights(folder.resolve("vae/diffusion_pytorch_model.safetensors"), autoencoder, "");
    writeWeights(
        folder.resolve("unet/diffusion_pytorch_model.safetensors"),
        diffusion,
        DiffusionTraining.UNET + ".");
    writeWeights(
        folder.resolve("text_encoder/model.safetensors"),
        diffusion,
        DiffusionTraining.TEXT_ENCODER + ".");
    Files.createDirectories(folder.resolve("tokenizer"));
    try (var files = Files.list(tokenizer)) {
      for (Path file : files.toList()) {
        Path target = folder.resolve("tokenizer").resolve(file.getFileName().toString());
        Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private void json(String name, Map<String, Object> content) throws IOException {
    Path path = folder.resolve(name);
    Files.createDirectories(path.getParent());
    Files.writeString(path, JSON.toJson(content) + "\n", StandardCharsets.UTF_8);
  }

  /**
   * Writes averaged weights as float16.
   *
   * @param path the file, replaced as a whole
   * @param all weights by name
   * @param prefix of the names to take; the file has them without it
   * @throws IOException if it cannot be written
   */
  static void writeWeights(Path path, Map<String, NDArray> all, String prefix) throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    all.forEach(
        (weight, array) -> {
          if (weight.startsWith(prefix)) {
            tensors.put(weight.substring(prefix.length()), TrainingState.tensor(array));
          }
        });
    new SafetensorsWriter(StoredType.F16).write(path, tensors, Map.of("format", "pt"));
  }

  private static Map<String, Object> modelIndex() {
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("_class_name", "StableDiffusionPipeline");
    index.put("feature_extractor", NOTHING);
    index.put("requires_safety_checker", false);
    index.put("safety_checker", NOTHING);
    index.put("scheduler", List.of("diffusers", "DDIMScheduler"));
    index.put("text_encoder", List.of("transformers", "CLIPTextModel"));
    index.put("tokenizer", List.of("transformers", "CLIPTokenizer"));
    index.put("unet", List.of("diffusers", "UNet2DConditionModel"));
    index.put("vae", List.of("diffusers", "AutoencoderKL"));
    return index;
  }

  /**
   * The levels of noise, as training and sampling both use them.
   *
   * @return the content of {@code scheduler_config.json}
   */
  static Map<String, Object> scheduler() {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("_class_name", "DDIMScheduler");
    config.put("beta_start", 0.00085);
    config.put("beta_end", 0.012);
    config.put("beta_schedule", "scaled_linear");
    config.put("num_train_timesteps", SceneModel.TRAIN_TIMESTEPS);
    config.put("prediction_type", "v_prediction");
    config.put("timestep_spacing", "trailing");
    config.put("clip_sample", false);
    config.put("set_alpha_to_one", true);
    config.put("steps_offset", 0);
    return config;
  }

  private Map<String, Object> defaults(double[][] colours) {
    Map<String, Object> wishes = new LinkedHashMap<>();
    wishes.put("sampler", "ddim");
    wishes.put("steps", sizes.steps());
    wishes.put("guidance_scale", sizes.guidanceScale());
    int channels = colours.length - 1;
    Map<String, Object> preview = new LinkedHashMap<>();
    preview.put(
        "matrix", Arrays.stream(colours).limit(channels).map(ModelExport::rounded).toList());
    preview.put("bias", rounded(colours[channels]));
    wishes.put("preview", preview);
    return wishes;
  }

  private static List<Double> rounded(double[] numbers) {
    return Arrays.stream(numbers).mapToObj(number -> Math.round(1e4 * number) / 1e4).toList();
  }

  private static Map<String, Object> autoencoderConfig(AutoencoderConfig sizes, int imageSize) {
    int levels = sizes.blockChannels().size();
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("_class_name", "AutoencoderKL");
    config.put("act_fn", "silu");
    config.put("block_out_channels", sizes.blockChannels());
    config.put("down_block_types", Collections.nCopies(levels, "DownEncoderBlock2D"));
    config.put("in_channels", 3);
    config.put("latent_channels", sizes.latentChannels());
    config.put("layers_per_block", sizes.layersPerBlock());
    config.put("mid_block_add_attention", sizes.middleAttention());
    config.put("norm_num_groups", sizes.normGroups());
    config.put("out_channels", 3);
    config.put("sample_size", imageSize);
    config.put("scaling_factor", sizes.scalingFactor());
    config.put("up_block_types", Collections.nCopies(levels, "UpDecoderBlock2D"));
    return config;
  }

  private static Map<String, Object> unetConfig(UNetConfig sizes) {
    List<String> down = new ArrayList<>();
    List<String> up = new ArrayList<>();
    for (UNetConfig.Block block : sizes.blocks()) {
      down.add(block.down().hearsContexts() ? "CrossAttnDownBlock2D" : "DownBlock2D");
      up.add(0, block.up().hearsContexts() ? "CrossAttnUpBlock2D" : "UpBlock2D");
    }
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("_class_name", "UNet2DConditionModel");
    config.put("act_fn", "silu");
    // Heads, whatever the key's name says: so diffusers reads it, and so does everyone.
    config.put("attention_head_dim", sizes.blocks().stream().map(UNetConfig.Block::heads).toList());
    config.put(
        "block_out_channels", sizes.blocks().stream().map(UNetConfig.Block::channels).toList());
    config.put("cross_attention_dim", sizes.contextWidth());
    config.put("down_block_types", down);
    config.put("in_channels", sizes.inChannels());
    config.put("layers_per_block", sizes.layersPerBlock());
    config.put("norm_eps", sizes.normEpsilon());
    config.put("norm_num_groups", sizes.normGroups());
    config.put("out_channels", sizes.outChannels());
    config.put("sample_size", sizes.sampleSize());
    config.put("up_block_types", up);
    config.put("use_linear_projection", sizes.linearProjection());
    return config;
  }

  private static Map<String, Object> textConfig(TextEncoderConfig sizes) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("architectures", List.of("CLIPTextModel"));
    config.put("hidden_act", "quick_gelu");
    config.put("hidden_size", sizes.hiddenSize());
    config.put("intermediate_size", sizes.intermediateSize());
    config.put("layer_norm_eps", sizes.layerNormEpsilon());
    config.put("max_position_embeddings", sizes.maxPositions());
    config.put("model_type", "clip_text_model");
    config.put("num_attention_heads", sizes.heads());
    config.put("num_hidden_layers", sizes.layers());
    config.put("vocab_size", sizes.vocabularySize());
    return config;
  }
}
