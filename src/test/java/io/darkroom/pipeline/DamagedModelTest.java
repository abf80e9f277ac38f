package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.ModelException;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model that is not whole is refused when it opens, in one line that names the part. */
class DamagedModelTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "tokenizer/vocab.json",
        "scheduler/scheduler_config.json"
      })
  void aMissingPart(String part) throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Files.delete(folder.resolve(part));
    assertRefused("has no " + part);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model_index.json",
        "unet/config.json",
        "vae/config.json",
        "text_encoder/config.json",
        "scheduler/scheduler_config.json",
        "tokenizer/vocab.json"
      })
  void aTruncatedConfig(String part) throws IOException {
    TestModels.copy("tiny-sd1", folder);
    truncate(folder.resolve(part), 2);
    assertRefused(part);
  }

  @ParameterizedTest
  @CsvSource({"unet, 2", "vae, 2", "text_encoder, 2", "unet, 200", "vae, 1000"})
  void truncatedWeights(String component, int divisor) throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Path weights = TestModels.weights(folder, component);
    truncate(weights, divisor);
    assertRefused(weights.getFileName().toString());
  }

  @Test
  void anEmptyFile() throws IOException {
    TestModels.copy("tiny-sd1", folder);
    truncate(TestModels.weights(folder, "vae"), Integer.MAX_VALUE);
    assertRefused("is not a safetensors file: it has only 0 bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "vae, decoder.conv_out.bias",
    "vae, encoder.conv_in.bias",
    "unet, mid_block.resnets.0.norm1.weight",
    "text_encoder, text_model.final_layer_norm.bias"
  })
  void aWeightOfTheWrongShapeOrNone(String component, String name) throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Path weights = TestModels.weights(folder, component);
    TestModels.rewrite(weights, all -> all.put(name, TensorData.of(new float[5], 5)));
    assertRefused("the weight " + name + " has the shape [5]");
    TestModels.rewrite(weights, all -> all.remove(name));
    assertRefused("the weight " + name + " is missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"vae", "unet", "text_encoder"})
  void aWeightThatHasNoPlace(String component) throws IOException {
    TestModels.copy("tiny-sd1", folder);
    TestModels.rewrite(
        TestModels.weights(folder, component),
        all -> all.put("surplus", TensorData.of(new float[1], 1)));
    assertRefused("no place for the weight surplus");
  }

  /** The numbers of one file that must be those of another. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unet | \"cross_attention_dim\": 40 | cross_attention_dim is 40, but the text encoder gives"
            + " 32",
        "unet | \"in_channels\": 6 | in_channels 6 and out_channels 4; Darkroom runs models for text",
        "unet | \"in_channels\": 8, \"out_channels\": 8 | 8, but the autoencoder has 4",
        "text_encoder | \"vocab_size\": 1000 | the tokenizer has 2000 tokens",
        "text_encoder | \"max_position_embeddings\": 40 | up to 77 a prompt",
        "unet | \"class_embed_type\": \"timestep\" | class_embed_type is \"timestep\"",
        "vae | \"norm_num_groups\": 5 | norm_num_groups 5"
      })
  void partsThatDoNotFit(String component, String change, String says) throws IOException {
    TestModels.copy("tiny-sd1", folder);
    change(component + "/config.json", change);
    assertRefused(says);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unet/config.json | \"cross_attention_dim\": 48 | the text encoders together give 80",
        "unet/config.json | \"addition_embed_type\": null | addition_embed_type must be text_time in a"
            + " StableDiffusionXLPipeline",
        "unet/config.json | \"projection_class_embeddings_input_dim\": 90 | leaves 42 for the pooled"
            + " text, but the second text encoder's projection_dim is 40",
        "text_encoder_2/config.json | \"projection_dim\": 32 | leaves 40 for the pooled text",
        "text_encoder_2/config.json | \"vocab_size\": 1000 | tokenizer_2: the tokenizer has 2000",
        "tokenizer_2/tokenizer_config.json | \"model_max_length\": 50 | prompts of 77 and 50 tokens",
        "model_index.json | \"force_zeros_for_empty_prompt\": 3 | must be true or false",
        "model_index.json | \"_class_name\": \"StableDiffusionPipeline\" | addition_embed_type must be"
            + " absent in a StableDiffusionPipeline"
      })
  void partsOfAnSdxlModelThatDoNotFit(String file, String change, String says) throws IOException {
    TestModels.copy("tiny-sdxl", folder);
    change(file, change);
    assertRefused(says);
  }

  @Test
  void anSdxlModelWithoutTheProjection() throws IOException {
    TestModels.copy("tiny-sdxl", folder);
    Path weights = TestModels.weights(folder, "text_encoder_2");
    TestModels.rewrite(weights, all -> all.remove("text_projection.weight"));
    assertRefused("the weight text_projection.weight is missing");
  }

  @Test
  void aSchedulerThatIsNotUnderstood() throws IOException {
    TestModels.copy("tiny-sd1", folder);
    change("scheduler/scheduler_config.json", "\"prediction_type\": \"magic\"");
    assertRefused("prediction_type is \"magic\"");
  }

  @Test
  void theMakersDefaultsAreTaken() throws IOException {
    TestModels.copy("tiny-sd2", folder);
    Files.writeString(
        folder.resolve("darkroom.json"),
        "{\"steps\": 20, \"guidance_scale\": 4, \"sampler\": \"ddpm\", \"height\": 96}");
    try (DiffusionPipeline pipeline = open()) {
      assertEquals(Requests.settings(64, 96, 20, 4, "ddpm", 0), pipeline.defaults());
    }
    Files.writeString(folder.resolve("darkroom.json"), "{\"steps\": \"many\"}");
    assertRefused("darkroom.json: \"steps\" must be a whole number, not \"many\"");
    Files.writeString(folder.resolve("darkroom.json"), "{\"steps\": 0}");
    assertRefused("darkroom.json: steps must be 1 to 10000, not 0");
    Files.writeString(folder.resolve("darkroom.json"), "{\"sampler\": \"magic\"}");
    assertRefused("darkroom.json: there is no sampler 'magic'");
  }

  private void change(String file, String changes) throws IOException {
    Path path = folder.resolve(file);
    JsonObject json = JsonParser.parseString(Files.readString(path)).getAsJsonObject();
    JsonParser.parseString("{" + changes + "}")
        .getAsJsonObject()
        .entrySet()
        .forEach(entry -> json.add(entry.getKey(), entry.getValue()));
    Files.writeString(path, json.toString());
  }

  private static void truncate(Path file, int divisor) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / divisor);
    }
  }

  private DiffusionPipeline open() {
    return DiffusionPipeline.open(folder, new ComputeOptions("cpu", "fp32"));
  }

  private void assertRefused(String says) {
    ModelException refused = assertThrows(ModelException.class, () -> open().close());
    assertTrue(refused.getMessage().contains(says), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
  }
}
