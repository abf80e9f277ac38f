package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.Sha256;
import io.darkroom.testing.Golden;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.TestModels;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "tiny-sd1, unet",
    "tiny-sd1, vae",
    "tiny-sd1, text_encoder",
    "tiny-sd2, unet",
    "tiny-sd2, vae",
    "tiny-sd2, text_encoder",
    "tiny-sdxl, unet",
    "tiny-sdxl, vae",
    "tiny-sdxl, text_encoder",
    "tiny-sdxl, text_encoder_2"
  })
  void everyWeightIsThatOfTheDirectory(String name, String component) {
    String file = component.startsWith("text") ? "model" : "diffusion_pytorch_model";
    Golden expected =
        Golden.open(TestModels.directory(name).resolve(component).resolve(file + ".safetensors"));
    CheckpointFile model = configured(name);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        ComponentWeights weights = model.weights(Component.of(component).orElseThrow())) {
      Map<String, long[]> shapes = weights.shapes();
      assertEquals(expected.names(), shapes.keySet());
      for (String weight : expected.names()) {
        assertArrayEquals(expected.shape(weight), shapes.get(weight), weight);
        try (NDArray array = weights.load(weight, manager)) {
          assertArrayEquals(expected.shape(weight), array.getShape().getShape(), weight);
          assertArrayEquals(expected.floats(weight), array.toFloatArray(), weight);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tiny-sd1, Stable Diffusion 1.x",
    "tiny-sd2, Stable Diffusion 2.x",
    "tiny-sdxl, Stable Diffusion XL"
  })
  void theFamilyIsToldByTheWeights(String name, String kind) throws IOException {
    CheckpointFile model = configured(name);
    assertEquals(kind, model.family().title());
    assertEquals(name, model.name());
    assertEquals(Sha256.of(checkpoint(name)).substring(0, 10), model.hash());
    assertEquals(Optional.empty(), model.generationDefaults());
  }

  @ParameterizedTest
  @CsvSource({
    "tiny-sd1, 768, PNDMScheduler, epsilon, 64",
    "tiny-sd2, 1024, DDIMScheduler, v_prediction, 96",
    "tiny-sdxl, 2048, EulerDiscreteScheduler, epsilon, 128"
  })
  void whatTheFileDoesNotTellIsTheFamilys(
      String name, int contextWidth, String scheduler, String prediction, int size) {
    CheckpointFile model = CheckpointFile.open(checkpoint(name), Optional.empty(), folder);
    JsonConfig unet = model.settings(Component.UNET);
    assertEquals(contextWidth, unet.integer("cross_attention_dim"));
    assertEquals(size, unet.integer("sample_size"));
    assertEquals(4, unet.integer("in_channels"));
    assertTrue(unet.source().startsWith(checkpoint(name).toString()), unet.source());
    assertEquals(scheduler, model.settings(Component.SCHEDULER).text("_class_name"));
    assertEquals(
        prediction, model.settings(Component.SCHEDULER).text("prediction_type", "epsilon"));
    assertEquals(name.equals("tiny-sdxl") ? 0.13025 : 0.18215, vae(model));
  }

  @Test
  void marksTellEdmsNoiseProcess() throws IOException {
    Map<String, TensorData> tensors = sdxl();
    tensors.put("edm_mean", TensorData.of(new float[] {-1.5f, 2, -1, 3}, 1, 4, 1, 1));
    tensors.put("edm_std", TensorData.of(new float[] {8, 6, 7, 5}, 1, 4, 1, 1));
    CheckpointFile playground = open("Playground_v2.5_lightning.safetensors", tensors);
    JsonConfig scheduler = playground.settings(Component.SCHEDULER);
    assertEquals("EDMDPMSolverMultistepScheduler", scheduler.text("_class_name"));
    assertEquals("epsilon", scheduler.text("prediction_type"));
    assertEquals(80, scheduler.number("sigma_max"));
    assertEquals(0.5, scheduler.number("sigma_data"));
    assertEquals(0.5, vae(playground));
    assertEquals(
        List.of(-1.5, 2.0, -1.0, 3.0),
        playground.settings(Component.AUTOENCODER).numbers("latents_mean"));
    assertEquals(
        List.of(8.0, 6.0, 7.0, 5.0),
        playground.settings(Component.AUTOENCODER).numbers("latents_std"));
    assertEquals(3, playground.generationDefaults().orElseThrow().get("guidance_scale").getAsInt());
    assertEquals("it is marked edm_mean and edm_std", playground.predictionReason().orElseThrow());
    assertEquals(List.of(), playground.warnings());

    tensors = sdxl();
    tensors.put("edm_vpred.sigma_max", TensorData.of(new float[] {100}, 1));
    CheckpointFile cosXl = open("cosxl.safetensors", tensors);
    scheduler = cosXl.settings(Component.SCHEDULER);
    assertEquals("EDMEulerScheduler", scheduler.text("_class_name"));
    assertEquals("v_prediction", scheduler.text("prediction_type"));
    assertEquals(100, scheduler.number("sigma_max"));
    assertEquals(0.002, scheduler.number("sigma_min"));
    assertEquals(1, scheduler.number("sigma_data"));
    assertEquals(0.13025, vae(cosXl));
    assertEquals(Optional.empty(), cosXl.generationDefaults());

    tensors.put("edm_vpred.sigma_max", TensorData.of(new float[] {1, 2}, 2));
    Map<String, TensorData> wrong = tensors;
    String message =
        assertThrows(ModelException.class, () -> open("wrong.safetensors", wrong)).getMessage();
    assertTrue(message.endsWith("edm_vpred.sigma_max has 2 numbers, not one"), message);
  }

  @Test
  void aConfigBesideTheFileTellsThePrediction() throws IOException {
    Files.writeString(folder.resolve("v.yaml"), "model: {params: {parameterization: v}}");
    CheckpointFile model = open("v.safetensors", sdxl());
    assertEquals("v_prediction", model.settings(Component.SCHEDULER).text("prediction_type"));
    assertEquals("v.yaml says parameterization v", model.predictionReason().orElseThrow());
    assertEquals(List.of(), model.warnings());
    Files.writeString(folder.resolve("v.yaml"), "model: {");
    model = open("v.safetensors", sdxl());
    assertEquals("epsilon", model.settings(Component.SCHEDULER).text("prediction_type"));
    assertEquals(1, model.warnings().size());
  }

  private CheckpointFile open(String name, Map<String, TensorData> tensors) throws IOException {
    Path file = folder.resolve(name);
    write(file, tensors);
    return CheckpointFile.open(file, Optional.empty(), folder);
  }

  /** As little as shows the family. */
  private static Map<String, TensorData> sdxl() {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (String name :
        List.of(
            "model.diffusion_model.input_blocks.0.0.weight",
            "conditioner.embedders.0.transformer.x",
            "conditioner.embedders.1.model.x")) {
      tensors.put(name, TensorData.of(new float[4], 1, 4, 1, 1));
    }
    return tensors;
  }

  private static double vae(CheckpointFile model) {
    return model.settings(Component.AUTOENCODER).number("scaling_factor");
  }

  @Test
  void aModelForInpaintingHasItsChannels() throws IOException {
    Path file = folder.resolve("inpaint.safetensors");
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(
        "model.diffusion_model.input_blocks.0.0.weight", TensorData.of(new float[9], 1, 9, 1, 1));
    tensors.put("cond_stage_model.transformer.text_model.x", TensorData.of(new float[1], 1));
    write(file, tensors);
    CheckpointFile model = CheckpointFile.open(file, Optional.empty(), folder);
    assertEquals(9, model.settings(Component.UNET).integer("in_channels"));
    ModelException refused =
        assertThrows(ModelException.class, () -> model.weights(Component.AUTOENCODER));
    assertTrue(refused.getMessage().contains("contains no vae; give one with --vae"));
  }

  @Test
  void markedModelsPredictTheVelocity() throws IOException {
    Path file = folder.resolve("marked.safetensors");
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (String name :
        Set.of(
            "model.diffusion_model.input_blocks.0.0.weight",
            "conditioner.embedders.0.transformer.x",
            "conditioner.embedders.1.model.x",
            "v_pred",
            "ztsnr")) {
      tensors.put(name, TensorData.of(new float[0], 0));
    }
    write(file, tensors);
    JsonConfig scheduler =
        CheckpointFile.open(file, Optional.empty(), folder).settings(Component.SCHEDULER);
    assertEquals("v_prediction", scheduler.text("prediction_type"));
    assertTrue(scheduler.flag("rescale_betas_zero_snr"));
  }

  // ---------------------------------------------------------------- noise or velocity

  private static final String[] SECOND = {
    "model.diffusion_model.input_blocks.0.0.weight", "cond_stage_model.model.x"
  };
  private static final String[] FIRST = {
    "model.diffusion_model.input_blocks.0.0.weight", "cond_stage_model.transformer.x"
  };

  private CheckpointFile told(String[] names, String key, String value) throws IOException {
    Path file = folder.resolve("told.safetensors");
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (String name : names) {
      tensors.put(name, TensorData.of(new float[0], 0));
    }
    new SafetensorsWriter(StoredType.F32)
        .write(file, tensors, key.isEmpty() ? Map.of() : Map.of(key, value));
    return CheckpointFile.open(file, Optional.empty(), folder);
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', v_prediction, 96, 1",
    "global_step, 875000, epsilon, 64, 0",
    "global_step, 220000, epsilon, 64, 0",
    "global_step, 110000, v_prediction, 96, 1",
    "modelspec.prediction_type, epsilon, epsilon, 64, 0",
    "modelspec.prediction_type, v, v_prediction, 96, 0",
    "modelspec.prediction_type, magic, v_prediction, 96, 1",
    "modelspec.architecture, stable-diffusion-v2-512, epsilon, 64, 0",
    "modelspec.architecture, stable-diffusion-v2-768-v, v_prediction, 96, 0"
  })
  void aFileOfStableDiffusion2MayTellWhatItPredicts(
      String key, String value, String prediction, int side, int warnings) throws IOException {
    CheckpointFile model = told(SECOND, key, value);
    assertEquals(prediction, model.settings(Component.SCHEDULER).text("prediction_type"));
    assertEquals(side, model.settings(Component.UNET).integer("sample_size"));
    assertEquals(warnings, model.warnings().size());
    assertTrue(model.predictionReason().isPresent());
    if (warnings == 1) {
      String warning = model.warnings().get(0);
      assertTrue(warning.startsWith("told.safetensors does not say what it predicts"), warning);
      assertTrue(warning.contains("--config"), warning);
    }
    CheckpointFile configured =
        CheckpointFile.open(
            folder.resolve("told.safetensors"),
            Optional.of(TestModels.directory("tiny-sd2")),
            folder);
    assertEquals(List.of(), configured.warnings(), "a config says it");
    assertEquals(Optional.empty(), configured.predictionReason());
    assertEquals(
        JsonConfig.read(TestModels.directory("tiny-sd2").resolve("scheduler/scheduler_config.json"))
            .json(),
        configured.settings(Component.SCHEDULER).json());
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', ''",
    "global_step, 875000, ''",
    "modelspec.prediction_type, v, v_prediction",
    "modelspec.prediction_type, epsilon, epsilon"
  })
  void otherFamiliesAreNotInDoubt(String key, String value, String prediction) throws IOException {
    CheckpointFile model = told(FIRST, key, value);
    assertEquals(prediction, model.settings(Component.SCHEDULER).text("prediction_type", ""));
    assertEquals(64, model.settings(Component.UNET).integer("sample_size"));
    assertEquals(List.of(), model.warnings());
  }

  @Test
  void aTrainingRunsStepIsBesideTheWeightsOrATensor() throws IOException {
    Map<String, Object> weights = new LinkedHashMap<>();
    for (String name : SECOND) {
      weights.put(name, PytorchWriter.Tensor.of(new float[1], 1));
    }
    Path file = folder.resolve("512-base-ema.ckpt");
    for (long step : new long[] {875_000, 140_000}) {
      Map<String, Object> run = new LinkedHashMap<>();
      run.put("epoch", 2L);
      run.put("global_step", step);
      run.put("state_dict", weights);
      PytorchWriter.write(file, run);
      CheckpointFile model = CheckpointFile.open(file, Optional.empty(), folder);
      boolean base = step == 875_000;
      assertEquals(
          base ? "epsilon" : "v_prediction",
          model.settings(Component.SCHEDULER).text("prediction_type"));
      assertEquals(base ? 0 : 1, model.warnings().size());
      if (base) {
        assertEquals(
            "its global_step 875000 is that of Stable Diffusion 2-base",
            model.predictionReason().orElseThrow());
      }
    }

    String header =
        "{\"%s\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},".formatted(SECOND[0])
            + "\"%s\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
                .formatted(SECOND[1])
            + "\"global_step\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}}";
    ByteBuffer bytes = ByteBuffer.allocate(16 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII)).putLong(875_000);
    Path converted = Files.write(folder.resolve("converted.safetensors"), bytes.array());
    assertEquals(
        "epsilon",
        CheckpointFile.open(converted, Optional.empty(), folder)
            .settings(Component.SCHEDULER)
            .text("prediction_type"));
  }

  // ---------------------------------------------------------------- tokenizer

  @Test
  void theTokenizerIsLookedForInPlaces() throws IOException {
    Path file = Files.copy(checkpoint("tiny-sd2"), folder.resolve("model.safetensors"));
    Path cache = folder.resolve("cache");
    CheckpointFile model = CheckpointFile.open(file, Optional.empty(), cache);
    String refused =
        assertThrows(ModelException.class, () -> model.tokenizer(Component.TOKENIZER)).getMessage();
    assertTrue(refused.contains("vocab.json and merges.txt of openai/clip-vit-large-patch14"));
    assertTrue(refused.contains("--config"), refused);
    assertEquals(1, refused.lines().count());

    Path repository = cache.resolve("models--openai--clip-vit-large-patch14");
    Path snapshot = repository.resolve("snapshots/32bd64288804d66eefd0ccbe215aa642df71cc41");
    putTokenizer(snapshot);
    putTokenizer(repository.resolve("snapshots/00000000"));
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/main"), snapshot.getFileName().toString());
    assertEquals(snapshot, model.tokenizer(Component.TOKENIZER));
    assertEquals(Optional.of("!"), model.paddingToken(Component.TOKENIZER));

    putTokenizer(folder);
    assertEquals(folder.toAbsolutePath(), model.tokenizer(Component.TOKENIZER));
    putTokenizer(folder.resolve("tokenizer"));
    assertEquals(
        folder.resolve("tokenizer").toAbsolutePath(), model.tokenizer(Component.TOKENIZER));

    CheckpointFile configured =
        CheckpointFile.open(file, Optional.of(TestModels.directory("tiny-sd2")), cache);
    assertEquals(
        TestModels.directory("tiny-sd2").resolve("tokenizer"),
        configured.tokenizer(Component.TOKENIZER));
    assertEquals(Optional.empty(), configured.paddingToken(Component.TOKENIZER));
  }

  @Test
  void aTokenizerIsLackingWhereNoneIsFound() throws IOException {
    Path file = Files.copy(checkpoint("tiny-sdxl"), folder.resolve("xl.safetensors"));
    Path cache = folder.resolve("cache");
    ModelFiles plain = new ModelFiles(file, Optional.empty(), Optional.empty(), cache);
    assertTrue(plain.lacksTokenizer());
    assertFalse(
        new ModelFiles(TestModels.directory("tiny-sd1"), Optional.empty(), Optional.empty(), cache)
            .lacksTokenizer(),
        "a directory has its own");

    // One vocabulary is enough for both text encoders; what pads the second one is another token.
    Path config = folder.resolve("config");
    putTokenizer(config.resolve("tokenizer"));
    ModelFiles configured = new ModelFiles(file, Optional.of(config), Optional.empty(), cache);
    assertFalse(configured.lacksTokenizer());
    ModelSource model = configured.open();
    assertEquals(config.resolve("tokenizer"), model.tokenizer(Component.TOKENIZER_2));
    assertEquals(Optional.of("!"), model.paddingToken(Component.TOKENIZER_2));
    assertEquals(Optional.empty(), model.paddingToken(Component.TOKENIZER));
    putTokenizer(config.resolve("tokenizer_2"));
    assertEquals(config.resolve("tokenizer_2"), model.tokenizer(Component.TOKENIZER_2));
    assertEquals(Optional.empty(), model.paddingToken(Component.TOKENIZER_2));

    putTokenizer(folder);
    assertFalse(plain.lacksTokenizer());
    Files.writeString(file, "x");
    assertThrows(ModelException.class, plain::lacksTokenizer);
  }

  @Test
  void whatOtherToolsAddToTheCacheMakesNoOtherModel() throws IOException {
    Path file = Files.copy(checkpoint("tiny-sd2"), folder.resolve("model.safetensors"));
    Path cache = folder.resolve("cache");
    Path snapshot =
        cache.resolve("models--openai--clip-vit-large-patch14/snapshots/" + "a".repeat(40));
    putTokenizer(snapshot);
    ModelFiles model = new ModelFiles(file, Optional.empty(), Optional.empty(), cache);
    String before = model.open().fingerprint();
    Files.writeString(snapshot.resolve("tokenizer.json"), "{}");
    assertEquals(before, model.open().fingerprint());
    Files.writeString(snapshot.resolve("merges.txt"), "#version: 0.2\n");
    assertNotEquals(before, model.open().fingerprint());

    putTokenizer(folder);
    String beside = model.open().fingerprint();
    assertEquals(before, beside, "the same vocabulary");
    Files.writeString(folder.resolve("tokenizer.json"), "{}");
    assertNotEquals(beside, model.open().fingerprint(), "the model's own file counts");
  }

  private static void putTokenizer(Path target) throws IOException {
    Files.createDirectories(target);
    for (String name : new String[] {"vocab.json", "merges.txt"}) {
      Files.copy(
          TestModels.directory("tiny-sd2").resolve("tokenizer").resolve(name),
          target.resolve(name));
    }
  }

  // ---------------------------------------------------------------- identity

  @Test
  void theFingerprintCountsEverySettingAndTheAutoencoder() throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Path file = checkpoint("tiny-sd1");
    ModelFiles plain =
        new ModelFiles(file, Optional.of(folder), Optional.empty(), folder.resolve("none"));
    String first = plain.open().fingerprint();
    assertEquals(first, plain.open().fingerprint());
    assertEquals(64, first.length());

    Path vae = folder.resolve("vae");
    ModelSource replaced =
        new ModelFiles(file, Optional.of(folder), Optional.of(vae), folder.resolve("none")).open();
    assertNotEquals(first, replaced.fingerprint());
    assertEquals(plain.open().hash(), replaced.hash());

    Path scheduler = folder.resolve("scheduler/scheduler_config.json");
    Files.writeString(scheduler, Files.readString(scheduler).replace("0.012", "0.013"));
    assertNotEquals(first, plain.open().fingerprint());
  }

  @ParameterizedTest
  @ValueSource(strings = {"folder", "model", "file", "original", "checkpoint"})
  void anAutoencoderMayComeInAnyForm(String form) throws IOException {
    Path vae = TestModels.directory("tiny-sd2").resolve("vae");
    Golden expected = Golden.open(vae.resolve("diffusion_pytorch_model.safetensors"));
    Path path =
        switch (form) {
          case "folder" -> vae;
          case "model" -> TestModels.directory("tiny-sd2");
          case "file" -> vae.resolve("diffusion_pytorch_model.safetensors");
          case "original" -> originalAutoencoder();
          default -> checkpoint("tiny-sd2");
        };
    ModelSource model =
        new ModelFiles(
                TestModels.directory("tiny-sd1"), Optional.empty(), Optional.of(path), folder)
            .open();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        ComponentWeights weights = model.weights(Component.AUTOENCODER)) {
      assertEquals(expected.names(), weights.shapes().keySet());
      for (String name : expected.names()) {
        assertArrayEquals(expected.floats(name), weights.load(name, manager).toFloatArray(), name);
      }
    }
    assertEquals("tiny-sd1", model.name());
    assertEquals(0.18215, model.settings(Component.AUTOENCODER).number("scaling_factor", 0.18215));
    try (ComponentWeights weights = model.weights(Component.UNET)) {
      assertTrue(weights.source().contains("tiny-sd1"), weights.source());
    }
  }

  private Path originalAutoencoder() throws IOException {
    Golden whole = Golden.open(checkpoint("tiny-sd2"));
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (String name : whole.names()) {
      if (name.startsWith("first_stage_model.")) {
        tensors.put(
            name.substring("first_stage_model.".length()),
            TensorData.of(whole.floats(name), whole.shape(name)));
      }
    }
    tensors.put("loss.logvar", TensorData.of(new float[1]));
    Path file = folder.resolve("vae.safetensors");
    write(file, tensors);
    return file;
  }

  @Test
  void whatIsNoAutoencoderIsRefused() throws IOException {
    Path lora = folder.resolve("lora.safetensors");
    write(lora, Map.of("lora_unet_x.lora_down.weight", TensorData.of(new float[1], 1)));
    assertAutoencoderRefused(lora, "is a LoRA");
    assertAutoencoderRefused(lora, "--vae takes an autoencoder");
    assertAutoencoderRefused(folder.resolve("absent"), "there is no such autoencoder");
    assertAutoencoderRefused(
        Files.createDirectory(folder.resolve("empty")), "is not an autoencoder");
  }

  private void assertAutoencoderRefused(Path path, String says) {
    ModelFiles files =
        new ModelFiles(
            TestModels.directory("tiny-sd1"), Optional.empty(), Optional.of(path), folder);
    String message = assertThrows(ModelException.class, files::open).getMessage();
    assertTrue(message.contains(says), message);
    assertEquals(1, message.lines().count());
  }

  // ---------------------------------------------------------------- refusals

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale | is a FLUX model",
        "double_blocks.18.img_attn.qkv.weight | is a FLUX model",
        "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight | is a Stable Diffusion 3",
        "model.diffusion_model.clip_txt_mapper.weight | is a Stable Cascade model",
        "clip_txt_pooled_mapper.weight | is a Stable Cascade model",
        "adaln_single.linear.weight | is a PixArt model",
        "model.diffusion_model.double_layers.0.attn.w1q.weight | is an AuraFlow model",
        "lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight | is a LoRA",
        "unet.down_blocks.0.attentions.0.attn1.to_q.lora_A.weight | is a LoRA",
        "control_model.input_blocks.0.0.weight | is a ControlNet",
        "controlnet_cond_embedding.conv_in.weight | is a ControlNet",
        "emb_params | is an embedding",
        "clip_l | is an embedding",
        "first_stage_model.decoder.conv_in.weight | is an autoencoder alone; use it with --vae",
        "decoder.up.0.block.0.conv1.weight | is an autoencoder alone",
        "down_blocks.0.resnets.0.conv1.weight | is a U-Net of a model in diffusers' layout",
        "text_model.embeddings.position_embedding.weight | is a text encoder alone",
        "model.layers.0.self_attn.q_proj.weight | is a language model",
        "something.else | its first tensor is something.else"
      })
  void otherKindsAreNamed(String tensor, String says) throws IOException {
    Path file = folder.resolve("other.safetensors");
    write(file, Map.of(tensor, TensorData.of(new float[1], 1)));
    assertRefused(file, says);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.diffusion_model.input_blocks.1.0.time_stack.x | is a Stable Video Diffusion model",
        "noise_augmentor.x | is a Stable unCLIP model",
        "first_stage_model.decoder.conv_in.weight | has a U-Net but no text encoder"
      })
  void relativesOfStableDiffusionAreNamed(String tensor, String says) throws IOException {
    Path file = folder.resolve("relative.safetensors");
    TensorData one = TensorData.of(new float[1], 1);
    write(file, Map.of("model.diffusion_model.input_blocks.0.0.weight", one, tensor, one));
    assertRefused(file, says);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version https://git-lfs.github.com/spec/v1 | is a git-lfs pointer",
        "<!DOCTYPE html><html><body>404 | is a web page",
        "<html lang=\"en\"> | is a web page",
        "{\"error\": \"Repository not found\"} | is a JSON text",
        "'' | it has only 0 bytes; download it again",
        "GGUF.... | is a GGUF file",
        "hello, I am no model at all | is not a safetensors file",
        "PK\u0003\u0004 cut off | is an incomplete zip file"
      })
  void whatIsNoFileOfWeightsIsNamed(String content, String says) throws IOException {
    Path file = folder.resolve("model.safetensors");
    Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
    assertRefused(file, says);
  }

  @Test
  void whatIsCutOffOrMissingIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(checkpoint("tiny-sd1"));
    Path file = folder.resolve("cut.safetensors");
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertRefused(file, "download");
    Files.write(file, Arrays.copyOf(whole, 1000));
    assertRefused(file, "the header should have");
    Files.write(
        file, new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc, (byte) 0x9c, 0x46});
    assertRefused(file, "its magic number breaks off");
  }

  @Test
  void aConfigThatIsNoneIsRefused() throws IOException {
    Path file = checkpoint("tiny-sd1");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    for (Path config : new Path[] {empty, folder.resolve("absent")}) {
      assertThrows(
          ModelException.class, () -> CheckpointFile.open(file, Optional.of(config), folder));
    }
    ModelFiles both =
        new ModelFiles(
            TestModels.directory("tiny-sd1"),
            Optional.of(TestModels.directory("tiny-sd1")),
            Optional.empty(),
            folder);
    String message = assertThrows(ModelException.class, both::open).getMessage();
    assertTrue(message.contains("--config is for a checkpoint file"), message);
  }

  private void assertRefused(Path file, String says) {
    ModelFiles files = new ModelFiles(file, Optional.empty(), Optional.empty(), folder);
    String message = assertThrows(ModelException.class, files::open).getMessage();
    assertTrue(message.contains(says), message);
    assertTrue(message.startsWith(file.toString()), message);
    assertEquals(1, message.lines().count());
  }

  private static void write(Path file, Map<String, TensorData> tensors) throws IOException {
    new SafetensorsWriter(StoredType.F32).write(file, tensors, Map.of());
  }

  private static Path checkpoint(String name) {
    return TestModels.directory(name + ".safetensors");
  }

  private CheckpointFile configured(String name) {
    return CheckpointFile.open(checkpoint(name), Optional.of(TestModels.directory(name)), folder);
  }
}
