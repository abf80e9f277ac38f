package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.darkroom.base.ModelException;
import io.darkroom.base.Sha256;
import io.darkroom.model.AutoencoderFacts;
import io.darkroom.model.ModelFiles;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.Setting;
import io.darkroom.sampling.Prediction;
import io.darkroom.testing.Golden;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One model in different files paints one picture, bit for bit. */
@Tag("slow")
class CheckpointPictureTest {
  private static final ComputeOptions FP32 = new ComputeOptions("cpu", "fp32");
  private static final ImageRequest REQUEST =
      Requests.of("a red house by the sea", "fog", 7, 64, 64, 3, 7.5, "ddim", 0);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-sdxl"})
  void aSingleFilePaintsAsTheDirectory(String name) {
    assertArrayEquals(
        paint(ModelFiles.of(TestModels.directory(name))),
        paint(file(TestModels.directory(name + ".safetensors"), name, Optional.empty())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-sdxl"})
  void aFileOfPytorchPaintsAsTheDirectory(String name) throws IOException {
    Path checkpoint = folder.resolve("model.ckpt");
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("epoch", 3);
    content.put("state_dict", tensors(TestModels.directory(name + ".safetensors")));
    PytorchWriter.write(checkpoint, content);
    assertArrayEquals(
        paint(ModelFiles.of(TestModels.directory(name))),
        paint(file(checkpoint, name, Optional.empty())));
  }

  @Test
  void aFileOfAnOlderPytorchPaintsAsTheDirectory() throws IOException {
    Path checkpoint = folder.resolve("model.ckpt");
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("epoch", 3);
    content.put("state_dict", tensors(TestModels.directory("tiny-sd1.safetensors")));
    PytorchWriter.writeSequence(checkpoint, content);
    assertArrayEquals(
        paint(ModelFiles.of(TestModels.directory("tiny-sd1"))),
        paint(file(checkpoint, "tiny-sd1", Optional.empty())));
  }

  @Test
  void aDirectoryPaintsTheSameInEveryShape() throws IOException {
    byte[] expected = paint(ModelFiles.of(TestModels.directory("tiny-sd1")));
    TestModels.copy("tiny-sd1", folder);
    shard(folder.resolve("unet"), "diffusion_pytorch_model");
    Files.move(
        folder.resolve("vae/diffusion_pytorch_model.safetensors"),
        folder.resolve("vae/diffusion_pytorch_model.fp16.safetensors"));
    Path text = folder.resolve("text_encoder");
    PytorchWriter.write(
        text.resolve("pytorch_model.bin"), tensors(text.resolve("model.safetensors")));
    Files.delete(text.resolve("model.safetensors"));
    ModelFiles model = ModelFiles.of(folder);
    assertArrayEquals(expected, paint(model));
    String hash = model.open().hash();
    assertTrue(hash.matches("[0-9a-f]{10}"), hash);

    // What is there under a better name counts more.
    Files.writeString(folder.resolve("vae/diffusion_pytorch_model.bin"), "not looked at");
    String fingerprint = model.open().fingerprint();
    assertArrayEquals(expected, paint(model));
    Path shard = folder.resolve("unet/diffusion_pytorch_model-00002-of-00002.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length - 1] ^= 1;
    Files.write(shard, bytes);
    assertFalse(fingerprint.equals(model.open().fingerprint()));
    Files.delete(shard);
    String message = assertThrows(ModelException.class, model::open).getMessage();
    assertTrue(message.contains("has no unet/diffusion_pytorch_model-00002-of-00002"), message);
  }

  private static void shard(Path component, String stem) throws IOException {
    Path whole = component.resolve(stem + ".safetensors");
    Golden stored = Golden.open(whole);
    List<String> names = List.copyOf(stored.names());
    JsonObject places = new JsonObject();
    for (int part = 0; part < 2; part++) {
      String file = "%s-%05d-of-00002.safetensors".formatted(stem, part + 1);
      Map<String, TensorData> tensors = new LinkedHashMap<>();
      for (int i = part; i < names.size(); i += 2) {
        String name = names.get(i);
        tensors.put(name, TensorData.of(stored.floats(name), stored.shape(name)));
        places.addProperty(name, file);
      }
      new SafetensorsWriter(StoredType.F32).write(component.resolve(file), tensors, Map.of());
    }
    JsonObject index = new JsonObject();
    index.add("weight_map", places);
    Files.writeString(component.resolve(stem + ".safetensors.index.json"), index.toString());
    Files.delete(whole);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../evil.safetensors", "/etc/passwd", "a/b.safetensors", ".."})
  void anIndexDoesNotReachBeyondItsFolder(String name) throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Files.delete(folder.resolve("unet/diffusion_pytorch_model.safetensors"));
    Files.writeString(
        folder.resolve("unet/diffusion_pytorch_model.safetensors.index.json"),
        "{\"weight_map\": {\"conv_in.weight\": \"" + name + "\"}}");
    String message =
        assertThrows(ModelException.class, () -> ModelFiles.of(folder).open()).getMessage();
    assertTrue(message.contains("is not the name of a file beside it"), message);
  }

  @Test
  void aSeparateAutoencoderChangesThePictureAndItsOwnDoesNot() throws IOException {
    byte[] expected = paint(ModelFiles.of(TestModels.directory("tiny-sd1")));
    Path checkpoint = TestModels.directory("tiny-sd1.safetensors");
    Path own = TestModels.directory("tiny-sd1").resolve("vae");
    Path other = TestModels.directory("tiny-sd2").resolve("vae");
    assertArrayEquals(expected, paint(file(checkpoint, "tiny-sd1", Optional.of(own))));
    byte[] changed = paint(file(checkpoint, "tiny-sd1", Optional.of(other)));
    assertFalse(Arrays.equals(expected, changed));
    AutoencoderFacts facts =
        file(checkpoint, "tiny-sd1", Optional.of(other)).open().separateAutoencoder().orElseThrow();
    Path weights = other.resolve("diffusion_pytorch_model.safetensors");
    assertEquals(new AutoencoderFacts("vae", Sha256.of(weights)), facts);
    ModelFiles whole = file(checkpoint, "tiny-sd1", Optional.empty());
    assertEquals(Optional.empty(), whole.open().separateAutoencoder());
    // A checkpoint that has none paints with it.
    Path without = folder.resolve("without.pt");
    PytorchWriter.write(without, withoutAutoencoder(checkpoint));
    assertArrayEquals(expected, paint(file(without, "tiny-sd1", Optional.of(own))));
    assertArrayEquals(changed, paint(file(without, "tiny-sd1", Optional.of(other))));
    // So does one whose configs lie beside weights.
    assertArrayEquals(expected, paint(file(without, "tiny-sd1", Optional.empty())));
  }

  @Test
  void anAutoencoderBesideAFileIsUsedAndSaid() throws IOException {
    Path file = folder.resolve("model.safetensors");
    Files.copy(TestModels.directory("tiny-sd1.safetensors"), file);
    Path other = folder.resolve("other.safetensors");
    Files.copy(TestModels.weights("tiny-sd1", "vae"), other);
    TestModels.rewrite(
        other, all -> all.put("decoder.conv_out.bias", TensorData.of(new float[] {1, -1, 1}, 3)));
    byte[] own = paint(file(file, "tiny-sd1", Optional.empty()));
    byte[] expected = paint(file(file, "tiny-sd1", Optional.of(other)));
    Files.copy(other, folder.resolve("model.vae.safetensors"));
    ModelFiles beside = file(file, "tiny-sd1", Optional.empty());
    assertFalse(Arrays.equals(own, expected));
    assertArrayEquals(expected, paint(beside));
    assertEquals(
        List.of(
            "model.vae.safetensors beside the model is used as its autoencoder; choose another"
                + " with --vae"),
        beside.open().warnings());
    assertEquals(Sha256.of(other), beside.open().separateAutoencoder().orElseThrow().hash());
    // The user's own word counts more.
    assertArrayEquals(own, paint(file(file, "tiny-sd1", Optional.of(file))));
    assertEquals(List.of(), file(file, "tiny-sd1", Optional.of(file)).open().warnings());
  }

  @Test
  void whatTheUserSaysOfThePredictionCounts() throws IOException {
    TestModels.copy("tiny-sd2", folder);
    byte[] velocity = paint(ModelFiles.of(folder));
    Path scheduler = folder.resolve("scheduler/scheduler_config.json");
    Files.writeString(
        scheduler, Files.readString(scheduler).replace("\"v_prediction\"", "\"epsilon\""));
    byte[] noise = paint(ModelFiles.of(folder));
    assertFalse(Arrays.equals(velocity, noise));
    assertArrayEquals(velocity, paint(ModelFiles.of(folder), predicting(Prediction.V)));
    assertArrayEquals(
        noise,
        paint(ModelFiles.of(TestModels.directory("tiny-sd2")), predicting(Prediction.EPSILON)));
  }

  private static ImageRequest predicting(Prediction prediction) {
    return REQUEST.withSettings(REQUEST.settings().with(Setting.PREDICTION, prediction));
  }

  @Test
  void aFileOfStableDiffusion2PredictsWhatItTells() throws IOException {
    Path configs = folder.resolve("configs");
    Files.createDirectories(configs);
    TestModels.copy("tiny-sd2", configs);
    Path scheduler = configs.resolve("scheduler/scheduler_config.json");
    byte[] velocity = paint(ModelFiles.of(configs));
    String config = Files.readString(scheduler);
    Files.writeString(scheduler, config.replace("\"v_prediction\"", "\"epsilon\""));
    byte[] noise = paint(ModelFiles.of(configs));
    assertFalse(Arrays.equals(velocity, noise));

    Files.delete(scheduler); // the family's counts, and what the file tells
    Path original = TestModels.directory("tiny-sd2.safetensors");
    ModelFiles silent = new ModelFiles(original, Optional.of(configs), Optional.empty(), folder);
    assertArrayEquals(velocity, paint(silent));
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(silent, FP32)) {
      assertEquals(1, pipeline.warnings().size());
      assertTrue(pipeline.warnings().get(0).contains("does not say what it predicts"));
    }
    Path base = folder.resolve("512-base-ema.ckpt");
    PytorchWriter.write(base, Map.of("global_step", 875_000L, "state_dict", tensors(original)));
    ModelFiles told = new ModelFiles(base, Optional.of(configs), Optional.empty(), folder);
    assertArrayEquals(noise, paint(told));
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(told, FP32)) {
      assertEquals(List.of(), pipeline.warnings());
    }
  }

  @Test
  void withoutConfigsTheShapesMustBeTheFamilys() {
    ModelFiles files =
        new ModelFiles(
            TestModels.directory("tiny-sd1.safetensors"),
            Optional.empty(),
            Optional.empty(),
            folder);
    String message = assertThrows(ModelException.class, () -> paint(files)).getMessage();
    assertTrue(message.contains("contains no tokenizer"), message);
  }

  private ModelFiles file(Path checkpoint, String config, Optional<Path> autoencoder) {
    return new ModelFiles(
        checkpoint, Optional.of(TestModels.directory(config)), autoencoder, folder);
  }

  private static Map<String, Object> tensors(Path safetensors) {
    Golden stored = Golden.open(safetensors);
    Map<String, Object> tensors = new LinkedHashMap<>();
    for (String name : stored.names()) {
      if (!name.endsWith("position_ids") && !name.startsWith("model_ema")) {
        tensors.put(name, PytorchWriter.Tensor.of(stored.floats(name), stored.shape(name)));
      }
    }
    return tensors;
  }

  private static Map<String, Object> withoutAutoencoder(Path safetensors) {
    Map<String, Object> tensors = tensors(safetensors);
    tensors.keySet().removeIf(name -> name.startsWith("first_stage_model."));
    return tensors;
  }

  private static byte[] paint(ModelFiles files) {
    return paint(files, REQUEST);
  }

  private static byte[] paint(ModelFiles files, ImageRequest request) {
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(files, FP32)) {
      List<RenderedImage> pictures = pipeline.generate(List.of(request), new RecordingListener());
      assertEquals(1, pictures.size());
      return pictures.get(0).image().rgb();
    }
  }
}
