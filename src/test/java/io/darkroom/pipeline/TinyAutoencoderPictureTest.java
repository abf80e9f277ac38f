package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.darkroom.base.ModelException;
import io.darkroom.image.RgbImage;
import io.darkroom.model.ModelFiles;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.Golden;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.testing.TinyDecoder;
import io.darkroom.text.PromptSyntax;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures and previews by a tiny autoencoder. */
@Tag("slow")
class TinyAutoencoderPictureTest {
  private static final ComputeOptions FP32 = new ComputeOptions("cpu", "fp32");
  private static final ImageRequest REQUEST =
      Requests.of("a cat", "", 1, 64, 48, 3, 7.5, "euler", 0);

  @TempDir private Path folder;
  private final TinyDecoder decoder = TinyDecoder.published();

  // ---------------------------------------------------------------- pictures

  /** The reference's final latents, decoded by plain loops. */
  @Test
  void thePictureIsThatOfTheReferencesLatents() throws IOException {
    Golden run = Golden.open("tiny-sd1/pipe_ddpm20_64x64.safetensors");
    JsonObject call =
        Golden.json("tiny-sd1/golden.json")
            .getAsJsonObject("files")
            .getAsJsonObject("pipe_ddpm20_64x64.safetensors")
            .getAsJsonObject("params")
            .getAsJsonObject("call");
    ImageRequest request =
        Requests.of(
                call.get("prompt").getAsString(),
                call.get("negative_prompt").getAsString(),
                0,
                64,
                64,
                20,
                7.5,
                "ddpm",
                0)
            .withPromptSyntax(PromptSyntax.PLAIN);
    float[] latents = run.floats("final_latents");
    float[][] planes = new float[4][];
    for (int channel = 0; channel < 4; channel++) {
      planes[channel] = Arrays.copyOfRange(latents, 64 * channel, 64 * (channel + 1));
    }
    TinyDecoder.Image expected = decoder.decode(new TinyDecoder.Image(planes, 8, 8));
    RgbImage picture = paint(decoder.originalFile(folder.resolve("d.safetensors")), request);
    Pictures.assertAlike("by a tiny autoencoder", picture(expected), picture);
  }

  private static RgbImage picture(TinyDecoder.Image image) {
    int pixels = image.width() * image.height();
    byte[] rgb = new byte[3 * pixels];
    for (int i = 0; i < rgb.length; i++) {
      double unit = Math.min(1, Math.max(0, image.planes()[i % 3][i / 3]));
      rgb[i] = (byte) Math.rint(255 * unit);
    }
    return new RgbImage(image.width(), image.height(), rgb);
  }

  @Test
  void everyLayoutGivesTheSameBits() throws IOException {
    byte[] expected = paint(decoder.diffusersFolder(folder.resolve("taesd")), REQUEST).rgb();
    assertEquals(64 * 48 * 3, expected.length);
    Path pth = folder.resolve("taesd_decoder.pth");
    PytorchWriter.write(pth, decoder.pytorchTensors());
    for (Path path :
        List.of(
            decoder.originalFile(folder.resolve("taesd_decoder.safetensors")),
            decoder.wholeFile(folder.resolve("whole.safetensors")),
            decoder.comfyFile(folder.resolve("comfy.safetensors")),
            decoder.diffusersFile(folder.resolve("diffusers.safetensors")),
            pth)) {
      assertArrayEquals(expected, paint(path, REQUEST).rgb(), path.toString());
    }
    // It may be the model's own autoencoder, too.
    Path model = Files.createDirectory(folder.resolve("model"));
    TestModels.copy("tiny-sd1", model);
    decoder.diffusersFolder(model.resolve("vae"));
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(model, FP32)) {
      RecordingListener listener = new RecordingListener();
      assertArrayEquals(
          expected, pipeline.generate(List.of(REQUEST), listener).get(0).image().rgb());
    }
    try (DiffusionPipeline own = DiffusionPipeline.open(TestModels.directory("tiny-sd1"), FP32)) {
      RecordingListener listener = new RecordingListener();
      assertFalse(
          Arrays.equals(expected, own.generate(List.of(REQUEST), listener).get(0).image().rgb()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd2", "tiny-sdxl"})
  void otherFamiliesAndPrecisionsPaintWithIt(String model) throws IOException {
    Path path = decoder.originalFile(folder.resolve("taesd.safetensors"));
    for (String dtype : List.of("fp16", "fp32")) {
      try (DiffusionPipeline pipeline =
          DiffusionPipeline.open(files(model, path), new ComputeOptions("cpu", dtype))) {
        Looking listener = new Looking(1);
        RgbImage picture = pipeline.generate(List.of(REQUEST), listener).get(0).image();
        assertEquals(64, picture.width());
        assertEquals(8, listener.previews.get(0).width()); // still the linear glimpse
      }
    }
  }

  // ---------------------------------------------------------------- previews

  @Test
  void aPreviewIsDecodedAndChangesNoPicture() throws IOException {
    Path path = decoder.originalFile(folder.resolve("taesd.safetensors"));
    RgbImage tiny = paint(path, REQUEST);
    RgbImage expected;
    String fingerprint;
    try (DiffusionPipeline plain = DiffusionPipeline.open(TestModels.directory("tiny-sd1"), FP32)) {
      expected = plain.generate(List.of(REQUEST), new Looking()).get(0).image();
      fingerprint = plain.fingerprint();
    }
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(
            TestModels.directory("tiny-sd1"), FP32.withPreviewDecoder(Optional.of(path)))) {
      Looking listener = new Looking(1, 3);
      RgbImage picture = pipeline.generate(List.of(REQUEST), listener).get(0).image();
      assertArrayEquals(expected.rgb(), picture.rgb());
      assertEquals(fingerprint, pipeline.fingerprint());
      assertEquals(2, listener.previews.size());
      assertFalse(Arrays.equals(tiny.rgb(), listener.previews.get(0).rgb()));
      // Euler's last step goes to the clean latents themselves.
      Pictures.assertAlike("the last preview", tiny, listener.previews.get(1));
      assertEquals(1, pipeline.chooseBatchSize(REQUEST, 1));
    }
  }

  @Test
  void aLargePicturesPreviewIsSmall() throws IOException {
    Path path = decoder.originalFile(folder.resolve("taesd.safetensors"));
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(
            TestModels.directory("tiny-sd1"), FP32.withPreviewDecoder(Optional.of(path)))) {
      Looking listener = new Looking(1);
      ImageRequest large = Requests.of("a cat", "", 1, 328, 64, 1, 1, "ddim", 0);
      pipeline.generate(List.of(large), listener);
      assertEquals(21 * 8, listener.previews.get(0).width());
      assertEquals(4 * 8, listener.previews.get(0).height());
    }
  }

  // ---------------------------------------------------------------- refusals

  @Test
  void whatDoesNotFitIsNamedInOneLine() throws IOException {
    Path original = folder.resolve("damaged.safetensors");
    assertRefused(
        original, tensors -> tensors.remove("4.conv.2.bias"), "decoder.layers.3.conv.2.bias is");
    assertRefused(original, tensors -> tensors.remove("7.weight"), "decoder.layers.6.weight is");
    assertRefused(original, tensors -> tensors.remove("1.weight"), "decoder.layers.0.weight is");
    assertRefused(
        original,
        tensors -> tensors.put("20.weight", TensorData.of(new float[1], 1)),
        "no place for the weight decoder.layers.19.weight");
    assertRefused(
        original,
        tensors -> tensors.put("what.is.this", TensorData.of(new float[1], 1)),
        "no place for the weight what.is.this");
    assertRefused(
        original,
        tensors -> tensors.put("7.weight", TensorData.of(new float[9 * 64 * 32], 64, 32, 3, 3)),
        "has the shape [64, 32, 3, 3], but the config asks for [64, 64, 3, 3]");
    assertRefused(
        original,
        tensors -> tensors.put("7.bias", TensorData.of(new float[64], 64)),
        "no place for the weight decoder.layers.6.bias");
    assertRefused(
        original,
        tensors -> tensors.put("1.weight", TensorData.of(new float[64 * 144], 64, 16, 3, 3)),
        "of 16 channels, as taef1 and taesd3 are, but the model's have 4");
  }

  @Test
  void configAndWeightsMustBeOfOneModel() throws IOException {
    Path directory = decoder.diffusersFolder(folder.resolve("taesd"));
    Path config = directory.resolve("config.json");
    Files.writeString(config, TinyDecoder.CONFIG.replace("[3, 3, 3, 1]", "[3, 3, 3, 2]"));
    assertRefused(directory, "decoder.layers.18.conv.0.weight is missing");
    Files.writeString(config, TinyDecoder.CONFIG.replace("\"relu\"", "\"silu\""));
    assertRefused(directory, "act_fn is \"silu\", which Darkroom does not run");
    Files.writeString(config, "{\"_class_name\": \"AutoencoderKL\"}");
    assertRefused(directory, "config.json");
  }

  private void assertRefused(Path file, Consumer<Map<String, TensorData>> damage, String says)
      throws IOException {
    Map<String, TensorData> tensors = decoder.tensors("", 0);
    damage.accept(tensors);
    new SafetensorsWriter(StoredType.F32).write(file, tensors, Map.of());
    assertRefused(file, says);
  }

  /** For pictures and for previews alike, before anything is painted. */
  private void assertRefused(Path path, String says) {
    ModelException picture = assertThrows(ModelException.class, () -> paint(path, REQUEST));
    ModelException preview =
        assertThrows(
            ModelException.class,
            () ->
                DiffusionPipeline.open(
                        TestModels.directory("tiny-sd1"),
                        FP32.withPreviewDecoder(Optional.of(path)))
                    .close());
    for (String message : List.of(picture.getMessage(), preview.getMessage())) {
      assertTrue(message.contains(says), message);
      assertTrue(message.contains(path.toString()), message);
      assertEquals(1, message.lines().count());
    }
  }

  private RgbImage paint(Path autoencoder, ImageRequest request) {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(files("tiny-sd1", autoencoder), FP32)) {
      return pipeline.generate(List.of(request), new RecordingListener()).get(0).image();
    }
  }

  private ModelFiles files(String model, Path autoencoder) {
    return new ModelFiles(
        TestModels.directory(model), Optional.empty(), Optional.of(autoencoder), folder);
  }
}
