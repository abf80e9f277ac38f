package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.ModelException;
import io.darkroom.image.PngReader;
import io.darkroom.image.RgbImage;
import io.darkroom.model.ModelFiles;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.Golden;
import io.darkroom.testing.RawSafetensors;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestDevice;
import io.darkroom.testing.TestModels;
import io.darkroom.text.PromptSyntax;
import io.darkroom.weights.TensorData;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models in the forms that people publish them in: in eight bits, pruned, without text encoder or
 * autoencoder, under other names. Whole pictures, against the reference's or against those of the
 * model in its usual form.
 */
@Tag("slow")
class PublishedFormsTest {
  private static final ComputeOptions FP32 = new ComputeOptions("cpu", "fp32");
  private static final ComputeOptions DEVICE =
      new ComputeOptions(TestDevice.name(), TestDevice.dtype());
  private static final ImageRequest SHORT =
      Requests.of("a red house by the sea", "fog", 7, 64, 64, 3, 7.5, "ddim", 0);

  @TempDir Path folder;

  // ---------------------------------------------------------------- against the reference

  @ParameterizedTest
  @ValueSource(strings = {"fp8_e4m3", "fp8_e5m2", "fp8_scaled"})
  void filesOfEightBitFloatsPaintTheReferencesPicture(String name) throws IOException {
    Path file =
        name.equals("fp8_e5m2")
            ? TestModels.inFiveExponentBits(folder.resolve("e5m2.safetensors"))
            : TestModels.directory("tiny-sd1-fp8").resolve(name + ".safetensors");
    assertReference(
        "tiny-sd1-fp8/pipe_" + name, configured(file, "tiny-sd1"), request(810, 6, "pndm"));
  }

  @ParameterizedTest
  @CsvSource({
    "tiny-ssd1b, euler8, 600, 8, euler",
    "tiny-vega, euler8, 600, 8, euler",
    "tiny-koala, euler8, 600, 8, euler",
    "tiny-sd1-pruned, default8, 610, 8, pndm"
  })
  void prunedModelsPaintTheReferencesPicture(
      String model, String run, long seed, int steps, String sampler) throws IOException {
    assertReference(
        model + "/pipe_" + run,
        ModelFiles.of(TestModels.pruned(model, folder)),
        request(seed, steps, sampler));
  }

  /** Its U-Net alone, with the rest of another model, whose config is that of a whole U-Net. */
  @Test
  void aPrunedUNetInOneFilePaintsTheReferencesPicture() throws IOException {
    assertReference(
        "tiny-ssd1b/pipe_euler8",
        configured(TestModels.directory("tiny-ssd1b-unet.safetensors"), "tiny-sdxl"),
        request(600, 8, "euler"));
  }

  private static ImageRequest request(long seed, int steps, String sampler) {
    return Requests.of(
            "a photograph of an astronaut riding a horse",
            "blurry, low quality, watermark",
            seed,
            64,
            64,
            steps,
            7.5,
            sampler,
            0)
        .withPromptSyntax(PromptSyntax.PLAIN);
  }

  private static void assertReference(String golden, ModelFiles model, ImageRequest request)
      throws IOException {
    RgbImage expected =
        new PngReader(new ByteArrayInputStream(Golden.bytes(golden + ".png"))).read().image();
    Pictures.assertAlike(golden, expected, image(model, DEVICE, request));
  }

  // ---------------------------------------------------------------- U-Nets alone

  @ParameterizedTest
  @CsvSource({
    "tiny-sd1, original",
    "tiny-sd1, bare",
    "tiny-sd1, diffusers",
    "tiny-sd2, original",
    "tiny-sd2, diffusers",
    "tiny-sdxl, original",
    "tiny-sdxl, bare",
    "tiny-sdxl, diffusers"
  })
  void aUNetAloneHasTheRestFromAModel(String model, String form) throws IOException {
    Path unet = unet(model, form);
    byte[] expected = paint(ModelFiles.of(TestModels.directory(model)));
    assertArrayEquals(expected, paint(configured(unet, model)));
    // Or each part by itself, beside nothing but configs and a tokenizer.
    Path configs = withoutWeights(model);
    Path source = TestModels.directory(model);
    ModelFiles parts =
        new ModelFiles(
            unet,
            Optional.of(configs),
            Optional.of(source.resolve("vae")),
            model.equals("tiny-sdxl")
                ? List.of(source.resolve("text_encoder_2"), source.resolve("text_encoder"))
                : List.of(source.resolve("text_encoder")),
            Optional.empty(),
            folder);
    assertArrayEquals(expected, paint(parts));
    String lacking =
        assertThrows(
                ModelException.class,
                () -> paint(new ModelFiles(unet, Optional.of(configs), Optional.empty(), folder)))
            .getMessage();
    assertTrue(
        lacking.startsWith(
            unet + ": contains no vae; give one with --vae, or give all missing parts"),
        lacking);
  }

  private Path unet(String model, String form) throws IOException {
    if (form.equals("diffusers")) {
      return TestModels.weights(model, "unet");
    }
    String prefix = "model.diffusion_model.";
    return renamed(
        TestModels.directory(model + ".safetensors"),
        name ->
            !name.startsWith(prefix)
                ? ""
                : form.equals("bare") ? name.substring(prefix.length()) : name);
  }

  private Path withoutWeights(String model) throws IOException {
    Path configs = Files.createDirectories(folder.resolve("configs"));
    TestModels.copy(model, configs);
    for (String part : List.of("unet", "vae", "text_encoder", "text_encoder_2")) {
      Files.deleteIfExists(TestModels.weights(configs, part));
    }
    return configs;
  }

  @Test
  void whatTheRestComesFromIsPartOfTheFingerprint() throws IOException {
    Path unet = unet("tiny-sd1", "original");
    Path rest = Files.createDirectories(folder.resolve("rest"));
    TestModels.copy("tiny-sd1", rest);
    ModelFiles files = new ModelFiles(unet, Optional.of(rest), Optional.empty(), folder);
    String before = files.open().fingerprint();
    String hash = files.open().hash();
    assertEquals(before, files.open().fingerprint());
    assertTrue(hash.matches("[0-9a-f]{10}"), hash);
    Path encoder = TestModels.weights(rest, "text_encoder");
    byte[] bytes = Files.readAllBytes(encoder);
    bytes[bytes.length - 1] ^= 1;
    Files.write(encoder, bytes);
    String after = files.open().fingerprint();
    assertNotEquals(before, after);
    assertNotEquals(hash, files.open().hash(), "the picture would be another");
    Path other = TestModels.directory("tiny-sd1").resolve("text_encoder");
    ModelFiles changed = files.withTextEncoders(List.of(other));
    assertNotEquals(after, changed.open().fingerprint());
    assertNotEquals(files.open().hash(), changed.open().hash());
    assertEquals(changed.open().hash(), changed.open().hash());
  }

  // ---------------------------------------------------------------- text encoders

  @ParameterizedTest
  @ValueSource(strings = {"file", "bare", "checkpoint", "comfy"})
  void aTextEncoderMayComeInAnyForm(String form) throws IOException {
    byte[] expected = paint(ModelFiles.of(TestModels.directory("tiny-sd1")));
    Path file = TestModels.weights("tiny-sd1", "text_encoder");
    Path path =
        switch (form) {
          case "file" -> file;
          case "bare" -> renamed(file, name -> name.replaceFirst("^text_model\\.", ""));
          case "checkpoint" -> TestModels.directory("tiny-sd1.safetensors");
          default -> renamed(file, name -> "text_encoders.clip_l.transformer." + name);
        };
    Path damaged = Files.createDirectories(folder.resolve("damaged"));
    TestModels.copy("tiny-sd1", damaged);
    TestModels.rewrite(
        TestModels.weights(damaged, "text_encoder"),
        tensors -> tensors.replaceAll((name, tensor) -> zeros(tensor)));
    assertFalse(Arrays.equals(expected, paint(ModelFiles.of(damaged))));
    assertArrayEquals(expected, paint(ModelFiles.of(damaged).withTextEncoders(List.of(path))));
  }

  private static TensorData zeros(TensorData tensor) {
    return TensorData.of(
        new float[(int) tensor.count()],
        tensor.shape().stream().mapToLong(Long::longValue).toArray());
  }

  /** OpenCLIP's names, with what a whole CLIP has beside: SDXL's second encoder, 2's only one. */
  @ParameterizedTest
  @CsvSource({
    "tiny-sd2, cond_stage_model.model., text_encoder",
    "tiny-sdxl, conditioner.embedders.1.model., text_encoder_2"
  })
  void aTextEncoderMayHaveTheNamesOfOpenClip(String model, String prefix, String component)
      throws IOException {
    byte[] expected = paint(ModelFiles.of(TestModels.directory(model)));
    Path file =
        renamed(
            TestModels.directory(model + ".safetensors"),
            name -> name.startsWith(prefix) ? name.substring(prefix.length()) : "");
    Path damaged = Files.createDirectories(folder.resolve("damaged"));
    TestModels.copy(model, damaged);
    TestModels.rewrite(
        TestModels.weights(damaged, component),
        tensors -> tensors.replaceAll((name, tensor) -> zeros(tensor)));
    assertFalse(Arrays.equals(expected, paint(ModelFiles.of(damaged))));
    assertArrayEquals(expected, paint(ModelFiles.of(damaged).withTextEncoders(List.of(file))));
  }

  @Test
  void aFolderMayHaveTextEncodersWithoutTheFirstPartOfTheNames() throws IOException {
    byte[] expected = paint(ModelFiles.of(TestModels.directory("tiny-sdxl")));
    TestModels.copy("tiny-sdxl", folder);
    for (String component : List.of("text_encoder", "text_encoder_2")) {
      Path file = TestModels.weights(folder, component);
      Files.move(
          renamed(file, name -> name.replaceFirst("^text_model\\.", "")),
          file,
          StandardCopyOption.REPLACE_EXISTING);
    }
    assertArrayEquals(expected, paint(ModelFiles.of(folder)));
  }

  @Test
  void textEncodersThatDoNotSuitAreRefused() throws IOException {
    ModelFiles first = ModelFiles.of(TestModels.directory("tiny-sd1"));
    ModelFiles xl = ModelFiles.of(TestModels.directory("tiny-sdxl"));
    Path one = TestModels.weights("tiny-sd1", "text_encoder");
    assertRefused(first, "there is no such text encoder", folder.resolve("absent"));
    assertRefused(first, "has one text encoder, but --text-encoder gives 2", one, one);
    assertRefused(xl, "has two text encoders, but --text-encoder gives 3", one, one, one);
    assertRefused(
        first,
        "is a text encoder of width",
        TestModels.weights(TestModels.directory("tiny-sdxl"), "text_encoder_2"));
    assertRefused(
        first, "--text-encoder takes a CLIP text encoder", TestModels.weights("tiny-sd1", "vae"));
    assertRefused(first, "is not a text encoder; such a folder has config.json", folder);
    Path odd =
        new RawSafetensors()
            .floats("embeddings.token_embedding.weight", new float[14], 2, 7)
            .write(folder.resolve("odd.safetensors"));
    assertRefused(xl, "is a text encoder of width 7, but those of the model have", odd);
  }

  private static void assertRefused(ModelFiles model, String says, Path... encoders) {
    String message =
        assertThrows(ModelException.class, () -> model.withTextEncoders(List.of(encoders)).open())
            .getMessage();
    assertTrue(message.contains(says), message);
    assertEquals(1, message.lines().count(), message);
  }

  // ---------------------------------------------------------------- autoencoders

  @ParameterizedTest
  @CsvSource({
    "original, first_stage_model., whole",
    "original, model.first_stage_model., decoder",
    "original, vae., decoder",
    "original, '', decoder",
    "diffusers, '', decoder",
    "diffusers, vae., whole",
    "diffusers, first_stage_model., decoder",
    "diffusers, model.first_stage_model., whole"
  })
  void anAutoencoderMayHaveAnyBeginningAndLackItsEncoder(String form, String prefix, String part)
      throws IOException {
    byte[] expected = paint(configured(checkpoint(), "tiny-sd1"));
    boolean original = form.equals("original");
    String own = original ? "first_stage_model." : "";
    Path source = original ? checkpoint() : TestModels.weights("tiny-sd1", "vae");
    Path vae =
        renamed(
            source,
            name -> {
              String rest = name.startsWith(own) ? name.substring(own.length()) : "encoder.";
              boolean kept = part.equals("whole") || !rest.startsWith("encoder.");
              return kept && !rest.equals("encoder.") ? prefix + rest : "";
            });
    Path other = Files.createDirectories(folder.resolve("other"));
    TestModels.copy("tiny-sd1", other);
    TestModels.rewrite(
        TestModels.weights(other, "vae"),
        tensors -> tensors.replaceAll((name, tensor) -> zeros(tensor)));
    ModelFiles files = new ModelFiles(other, Optional.empty(), Optional.of(vae), folder);
    assertFalse(Arrays.equals(expected, paint(ModelFiles.of(other))));
    assertArrayEquals(expected, paint(files));
  }

  @Test
  void anEncoderAloneIsRefused() throws IOException {
    Path encoder =
        renamed(
            TestModels.weights("tiny-sd1", "vae"), name -> name.startsWith("encoder.") ? name : "");
    ModelFiles files =
        new ModelFiles(
            TestModels.directory("tiny-sd1"), Optional.empty(), Optional.of(encoder), folder);
    String message = assertThrows(ModelException.class, files::open).getMessage();
    assertTrue(message.contains("only the encoder of an autoencoder; get one with a decoder"));
  }

  /** Part of an encoder is a file gone wrong. */
  @Test
  void anEncoderOfWhichAPartIsMissingIsRefused() throws IOException {
    Path vae =
        renamed(
            TestModels.weights("tiny-sd1", "vae"),
            name -> name.equals("encoder.conv_out.weight") ? "" : name);
    ModelFiles files =
        new ModelFiles(
            TestModels.directory("tiny-sd1"), Optional.empty(), Optional.of(vae), folder);
    String message = assertThrows(ModelException.class, () -> paint(files)).getMessage();
    assertTrue(message.contains("the weight encoder.conv_out.weight is missing"), message);
  }

  // ---------------------------------------------------------------- what is not needed

  @Test
  void aTensorOfAnUnknownTypeThatNobodyNeedsDoesNoHarm() throws IOException {
    byte[] expected = paint(configured(checkpoint(), "tiny-sd1"));
    Path file = folder.resolve("odd.safetensors");
    Golden stored = Golden.open(checkpoint());
    RawSafetensors written = new RawSafetensors();
    for (String name : stored.names()) {
      written.put(name, stored.type(name), bytes(stored, name), stored.shape(name));
    }
    written.put("training.scales", "F8_E8M0", new byte[4], 4).write(file);
    assertArrayEquals(expected, paint(configured(file, "tiny-sd1")));
  }

  private static Path checkpoint() {
    return TestModels.directory("tiny-sd1.safetensors");
  }

  private ModelFiles configured(Path file, String config) {
    return new ModelFiles(
        file, Optional.of(TestModels.directory(config)), Optional.empty(), folder);
  }

  /** Writes a file anew under other names; what has an empty one is left out. */
  private Path renamed(Path file, UnaryOperator<String> names) throws IOException {
    Golden stored = Golden.open(file);
    RawSafetensors written = new RawSafetensors();
    for (String name : stored.names()) {
      String renamed = names.apply(name);
      if (!renamed.isEmpty()) {
        written.put(renamed, stored.type(name), bytes(stored, name), stored.shape(name));
      }
    }
    return written.write(Files.createTempFile(folder, "renamed", ".safetensors"));
  }

  private static byte[] bytes(Golden stored, String name) {
    byte[] bytes = new byte[stored.bytesOf(name).remaining()];
    stored.bytesOf(name).get(bytes);
    return bytes;
  }

  private static RgbImage image(ModelFiles files, ComputeOptions compute, ImageRequest request) {
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(files, compute)) {
      return pipeline.generate(List.of(request), new RecordingListener()).get(0).image();
    }
  }

  private static byte[] paint(ModelFiles files) {
    return image(files, FP32, SHORT).rgb();
  }
}
