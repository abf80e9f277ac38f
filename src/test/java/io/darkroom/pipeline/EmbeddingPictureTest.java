package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.base.OpenResources;
import io.darkroom.conditioning.KnownEmbeddings;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.conditioning.TextPart;
import io.darkroom.conditioning.TextStage;
import io.darkroom.conditioning.UNetConditioning;
import io.darkroom.lora.Adapters;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.ImageRequest;
import io.darkroom.runtime.NetworkLoader;
import io.darkroom.runtime.OffloadableNetwork;
import io.darkroom.testing.Golden;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.PytorchWriter.Tensor;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.EmbeddingChoice;
import io.darkroom.text.TextualInversion;
import io.darkroom.torchscript.Precision;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The vectors of a word of the vocabulary, under another name, give the picture of that word, bit
 * for bit: they come to the same place, through every form of file.
 */
@Tag("slow")
class EmbeddingPictureTest {
  private static final String WORD = "lighthouse";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "tiny-sd1, safetensors, fp32",
    "tiny-sd1, pt, fp32",
    "tiny-sd1, sequence, fp32",
    "tiny-sd1, bin, bf16",
    "tiny-sd2, bin, fp32",
    "tiny-sdxl, safetensors, fp32",
    "tiny-sdxl, pt, fp32",
    "tiny-sdxl, sequence, bf16"
  })
  void theVectorsOfAWordGiveItsPicture(String model, String form, String dtype) throws IOException {
    EmbeddingChoice choice = embedding(model, form, "My-Style");
    ComputeOptions options = new ComputeOptions("cpu", dtype).withEmbeddings(List.of(choice));
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(TestModels.directory(model), options)) {
      // Of the last prompt, the second word begins the second chunk.
      String full = "the ".repeat(75 - tokens(model, "tokenizer").length) + "%s %s";
      for (String prompt : List.of("%s", "a cat and (%s:1.3), fog", full)) {
        ImageRequest words = request(prompt.replace("%s", WORD), "a " + WORD);
        ImageRequest named = request(prompt.replace("%s", "my-style"), "a MY-STYLE");
        assertArrayEquals(picture(pipeline, words), picture(pipeline, named), prompt);
        assertEquals(
            Map.of("My-Style", TextualInversion.read(choice).hash()), pipeline.embeddings(named));
        assertFalse(
            Arrays.equals(
                picture(pipeline, words),
                picture(pipeline, request(prompt.replace("%s", "cat"), "a cat"))));
      }
    }
  }

  /** The end of the text is pooled, whose number is smaller than those of an embedding's rows. */
  @ParameterizedTest
  @CsvSource({"2", "1999"})
  void theEndOfTheTextIsPooled(int endToken) throws IOException {
    Path directory = folder.resolve("model");
    TestModels.copy("tiny-sdxl", Files.createDirectory(directory));
    Path config = directory.resolve("text_encoder_2/config.json");
    String json = Files.readString(config);
    assertTrue(json.contains("\"eos_token_id\": 2,"), json);
    Files.writeString(
        config, json.replace("\"eos_token_id\": 2,", "\"eos_token_id\": " + endToken + ","));
    DiffusersDirectory model = DiffusersDirectory.open(directory);
    UNetConfig unet = UNetConfig.parse(model.settings(Component.UNET));
    KnownEmbeddings embeddings =
        new KnownEmbeddings(List.of(embedding("tiny-sdxl", "safetensors", "style")), any -> {});
    try (OpenResources resources = new OpenResources()) {
      NDManager manager = resources.keep(NDManager.newBaseManager(Device.cpu(), "PyTorch"));
      NetworkLoader loader = new NetworkLoader(model, Adapters.none(), manager);
      List<TextStage> stages = new ArrayList<>();
      for (TextPart part : TextPart.of(model, unet)) {
        ClipTokenizer tokenizer = resources.keep(part.openTokenizer(model));
        stages.add(
            new TextStage(
                tokenizer,
                part.embeddings(embeddings, tokenizer),
                resources.keep(
                    OffloadableNetwork.permanent(part.network(loader, Precision.FLOAT32))),
                part.slot().output(),
                part.config().layers()));
      }
      PromptEncoder encoder = new PromptEncoder(stages, unet, PromptEncoder.NoNegative.ENCODED);
      UNetConditioning words = embed(encoder, "a " + WORD + " at night", manager);
      UNetConditioning named = embed(encoder, "a style at night", manager);
      assertArrayEquals(words.context().toFloatArray(), named.context().toFloatArray());
      float[] pooled = words.addition().orElseThrow().pooled().toFloatArray();
      assertArrayEquals(pooled, named.addition().orElseThrow().pooled().toFloatArray());
      // What comes behind the embedding is in it, too.
      assertFalse(
          Arrays.equals(
              pooled,
              embed(encoder, "a style at noon", manager)
                  .addition()
                  .orElseThrow()
                  .pooled()
                  .toFloatArray()));
    }
  }

  private static UNetConditioning embed(PromptEncoder encoder, String prompt, NDManager manager) {
    return encoder.embed(List.of(request(prompt, "")), new RecordingListener()::onWarning, manager);
  }

  @Test
  void anEmbeddingOfAnotherFamilyIsRefused() throws IOException {
    EmbeddingChoice sd1 = embedding("tiny-sd1", "pt", "style");
    assertRefused(
        "tiny-sdxl",
        sd1,
        "style.pt: is an embedding for models of one text encoder, 32 wide; this model has Stable"
            + " Diffusion XL's two, which need both clip_l and clip_g");
    assertRefused("tiny-sd2", sd1, "style.pt: the embedding is 32 wide, but the model's text enc");
    EmbeddingChoice xl = embedding("tiny-sdxl", "safetensors", "style");
    assertRefused(
        "tiny-sd1",
        xl,
        "style.safetensors: is an embedding for Stable Diffusion XL's two text encoders; this"
            + " model has one text encoder; use an embedding of its own family");
  }

  /** Of a folder only what is named is read, and what cannot be used is text, with a warning. */
  @Test
  void aFoldersEmbeddingsAreReadWhenTheyAreNamed() throws IOException {
    EmbeddingChoice style = embedding("tiny-sd1", "pt", "style");
    EmbeddingChoice large = embedding("tiny-sdxl", "safetensors", "large");
    Path broken = Files.writeString(folder.resolve("broken.pt"), "no file of PyTorch");
    ComputeOptions options =
        new ComputeOptions("cpu", "fp32")
            .withEmbeddings(
                List.of(
                    style.whenNamed(), large.whenNamed(), EmbeddingChoice.of(broken).whenNamed()));
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(TestModels.directory("tiny-sd1"), options)) {
      assertEquals(Map.of(), pipeline.embeddings());
      ImageRequest named = request("a style at night", "");
      Map<String, String> hashes = Map.of("style", TextualInversion.read(style).hash());
      assertEquals(hashes, pipeline.embeddings(named));
      assertEquals(hashes, pipeline.embeddingsOfFolders(named));
      assertEquals(hashes, pipeline.embeddings("style"::equals));
      // The rows of the word's own tokens: the same picture as with the word.
      assertArrayEquals(
          picture(pipeline, request("a " + WORD + " at night", "")), picture(pipeline, named));
      assertArrayEquals(
          picture(pipeline, named), picture(pipeline, request("a embedding:Style at night", "")));
      RecordingListener listener = new RecordingListener();
      pipeline.generate(List.of(request("a large broken boat, embedding:lost", "")), listener);
      String warnings = String.join("\n", listener.warnings);
      assertTrue(warnings.contains("large.safetensors: is an embedding for Stable Diff"), warnings);
      assertTrue(warnings.contains("broken.pt"), warnings);
      assertTrue(warnings.contains("there is no embedding lost"), warnings);
      assertEquals(3, listener.warnings.size(), warnings);
    }
  }

  /** One that a LoRA has in its own file comes and goes with the LoRA. */
  @Test
  void aLorasOwnEmbeddingIsKnownByItsName() throws IOException {
    Golden lora = Golden.open(TestModels.directory("tiny-sd1-lora").resolve("kohya.safetensors"));
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    lora.names()
        .forEach(name -> tensors.put(name, TensorData.of(lora.floats(name), lora.shape(name))));
    float[] rows = rows("tiny-sd1", "text_encoder", "tokenizer");
    int count = tokens("tiny-sd1", "tokenizer").length;
    tensors.put(
        "bundle_emb.style.string_to_param.*", TensorData.of(rows, count, rows.length / count));
    Path file = folder.resolve("bundle.safetensors");
    new SafetensorsWriter(StoredType.F32).write(file, tensors, Map.of());
    List<LoraChoice> bundle = List.of(new LoraChoice(file, 0));
    ImageRequest word = request("a " + WORD + " at night", "");
    ImageRequest named = request("a style at night", "");
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(
            TestModels.directory("tiny-sd1"), new ComputeOptions("cpu", "fp32"))) {
      assertEquals(Map.of(), pipeline.embeddings(named));
      assertFalse(pipeline.dependsOnPromptSyntax(named, List.of()));
      assertTrue(pipeline.dependsOnPromptSyntax(named, bundle));
      byte[] text = picture(pipeline, named);
      pipeline.merge(bundle);
      assertEquals(List.of(), pipeline.warnings());
      assertEquals(List.of("style"), List.copyOf(pipeline.embeddings(named).keySet()));
      assertArrayEquals(picture(pipeline, word), picture(pipeline, named));
      pipeline.merge(List.of());
      assertArrayEquals(text, picture(pipeline, named));
    }
  }

  private static void assertRefused(String model, EmbeddingChoice choice, String says) {
    ComputeOptions options = new ComputeOptions("cpu", "fp32").withEmbeddings(List.of(choice));
    String message =
        assertThrows(
                ModelException.class,
                () -> DiffusionPipeline.open(TestModels.directory(model), options).close())
            .getMessage();
    assertTrue(message.contains(says), message);
    assertEquals(1, message.lines().count());
  }

  // ---------------------------------------------------------------- helpers

  private static ImageRequest request(String prompt, String negative) {
    return Requests.of(prompt, negative, 7, 64, 64, 2, 7.5, "ddim", 0);
  }

  private static byte[] picture(DiffusionPipeline pipeline, ImageRequest request) {
    return pipeline.generate(List.of(request), new RecordingListener()).get(0).image().rgb();
  }

  /** Writes the rows that the word's tokens have in each text encoder's table. */
  private EmbeddingChoice embedding(String model, String form, String name) throws IOException {
    Map<String, float[]> rows = new LinkedHashMap<>();
    rows.put("clip_l", rows(model, "text_encoder", "tokenizer"));
    if (model.equals("tiny-sdxl")) {
      rows.put("clip_g", rows(model, "text_encoder_2", "tokenizer_2"));
    }
    int count = tokens(model, "tokenizer").length;
    Path file = folder.resolve(name + "." + form.replace("sequence", "pt"));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    rows.forEach(
        (key, values) -> tensors.put(key, Tensor.of(values, count, values.length / count)));
    Object webUi =
        rows.size() > 1 ? tensors : Map.of("string_to_param", Map.of("*", tensors.get("clip_l")));
    switch (form) {
      case "pt" -> PytorchWriter.write(file, webUi);
      case "sequence" -> PytorchWriter.writeSequence(file, webUi);
      case "bin" -> PytorchWriter.write(file, Map.of("<token>", tensors.get("clip_l")));
      default -> {
        Map<String, TensorData> data = new LinkedHashMap<>();
        rows.forEach(
            (key, values) ->
                data.put(
                    rows.size() > 1 ? key : "emb_params",
                    TensorData.of(values, count, values.length / count)));
        new SafetensorsWriter(StoredType.F32).write(file, data, Map.of());
      }
    }
    return EmbeddingChoice.of(file);
  }

  private static float[] rows(String model, String encoder, String tokenizer) {
    String weight = "text_model.embeddings.token_embedding.weight";
    Golden weights = Golden.open(TestModels.weights(model, encoder));
    float[] table = weights.floats(weight);
    int width = table.length / 2000;
    long[] ids = tokens(model, tokenizer);
    float[] rows = new float[ids.length * width];
    for (int i = 0; i < ids.length; i++) {
      System.arraycopy(table, (int) ids[i] * width, rows, i * width, width);
    }
    return rows;
  }

  private static long[] tokens(String model, String tokenizer) {
    try (ClipTokenizer opened =
        ClipTokenizer.open(TestModels.directory(model).resolve(tokenizer))) {
      var encoded = opened.encode(WORD);
      return Arrays.copyOfRange(encoded.ids(), 1, encoded.length() - 1);
    }
  }
}
