package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.ModelException;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.conditioning.TextPart;
import io.darkroom.conditioning.TextStage;
import io.darkroom.lora.Adapters;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.model.ModelSource;
import io.darkroom.model.TextSlot;
import io.darkroom.network.TextEncoder;
import io.darkroom.network.TextEncoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.runtime.NetworkLoader;
import io.darkroom.runtime.OffloadableNetwork;
import io.darkroom.testing.Golden;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.EmbeddingChoice;
import io.darkroom.text.EmbeddingTable;
import io.darkroom.text.PromptSyntax;
import io.darkroom.text.TextualInversion;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptEncoderTest {
  private static final int LENGTH = 77;
  private static final int WIDTH = 32;

  @TempDir Path folder;

  private final ModelSource source = DiffusersDirectory.open(TestModels.directory("tiny-sd1"));
  private final TextEncoderConfig config =
      TextEncoderConfig.parse(source.settings(Component.TEXT_ENCODER));
  private final RecordingListener listener = new RecordingListener();
  private NDManager manager;
  private ClipTokenizer tokenizer;
  private OffloadableNetwork module;
  private PromptEncoder encoder;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    tokenizer = ClipTokenizer.open(source.tokenizer(Component.TOKENIZER));
    Adapters none = Adapters.none();
    module =
        OffloadableNetwork.permanent(
            TextPart.of(source, UNetConfig.parse(source.settings(Component.UNET)))
                .get(0)
                .network(new NetworkLoader(source, none, manager), fp32()));
    encoder = encoder();
  }

  @AfterEach
  void close() {
    module.close();
    tokenizer.close();
    manager.close();
  }

  /** The way it was before prompts had weights. */
  @Test
  void withoutWeightsTheBitsAreThoseOfTheBareEncoder() {
    List<String> prompts = List.of("", "a cat", "a photograph of an astronaut, riding: a horse");
    long[] ids = new long[prompts.size() * LENGTH];
    for (int i = 0; i < prompts.size(); i++) {
      System.arraycopy(tokenizer.encode(prompts.get(i)).ids(), 0, ids, i * LENGTH, LENGTH);
    }
    Script script = new Script(fp32());
    try (var weights = source.weights(Component.TEXT_ENCODER)) {
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      Method method = script.method("bare");
      method.returns(new TextEncoder(config).encodeToLast(catalog.root(), method.tensor("ids", 1)));
      try (LoadedModule bare = LoadedModule.load(script, manager, weights::load)) {
        NDArray expected =
            bare.callForTensor("bare", manager.create(ids, new Shape(prompts.size(), LENGTH)));
        NDArray actual =
            encoder
                .embed(
                    List.of(request("a cat", ""), request(prompts.get(2), "")),
                    listener::onWarning,
                    manager)
                .context();
        assertEquals(new Shape(4, LENGTH, WIDTH), actual.getShape());
        assertArrayEquals(row(expected, 0), row(actual, 0));
        assertArrayEquals(row(expected, 0), row(actual, 1));
        assertArrayEquals(row(expected, 1), row(actual, 2));
        assertArrayEquals(row(expected, 2), row(actual, 3));
      }
    }
  }

  @Test
  void weightsMultiplyTokensAndTheChunksMeanStays() {
    float[] plain = embed(request("a cat", ""), 1);
    float[] weighted = embed(request("a (cat:1.7)", ""), 1);
    assertEquals(mean(plain), mean(weighted), 1e-6);
    int tokens = tokenizer.encode("a").length() - 1;
    double factor = weighted[0] / (double) plain[0];
    for (int i = 0; i < plain.length; i++) {
      int place = i / WIDTH;
      boolean emphasized = place >= tokens && place < tokenizer.encode("a cat").length() - 1;
      assertEquals(plain[i] * factor * (emphasized ? 1.7 : 1), weighted[i], 1e-5, "number " + i);
    }
    assertNotEquals(1, factor, 1e-4);
    // The negative prompt beside it has no weights and is what it was.
    assertArrayEquals(embed(request("a cat", ""), 0), embed(request("a (cat:1.7)", ""), 0));
  }

  @Test
  void chunksStandOneBehindTheOtherAndTheShorterTextIsFilledUp() {
    String one = "the ".repeat(75);
    ImageRequest request = request(one + "(a cat:1.5)", "fog");
    assertEquals(2, encoder.chunks(request));
    NDArray text = encoder.embed(List.of(request), listener::onWarning, manager).context();
    assertEquals(new Shape(2, 2 * LENGTH, WIDTH), text.getShape());
    assertClose(embed(request(one, ""), 1), row(text.get(":, :77"), 1));
    assertClose(embed(request("(a cat:1.5)", ""), 1), row(text.get(":, 77:"), 1));
    assertClose(embed(request("fog", ""), 1), row(text.get(":, :77"), 0));
    assertClose(embed(request("", ""), 1), row(text.get(":, 77:"), 0));
    assertEquals(List.of(), listener.warnings);
  }

  @Test
  void plainTextsAreCutWithAWarning() {
    ImageRequest request =
        request("the ".repeat(80) + "(end)", "").withPromptSyntax(PromptSyntax.PLAIN);
    assertEquals(1, encoder.chunks(request));
    assertClose(embed(request("the ".repeat(75), ""), 1), embed(request, 1));
    assertEquals(1, listener.warnings.size());
    assertTrue(listener.warnings.get(0).endsWith("the the the the the (end)"));
  }

  /** Clip skip against transformers' hidden states after the final norm. */
  @Test
  void clipSkipTakesAnEarlierLayer() {
    Golden golden = Golden.open("tiny-sd1/text.safetensors");
    long[] ids = golden.longs("ids");
    String prompt = goldenPrompt(Arrays.copyOf(ids, LENGTH));
    float[] expected = Arrays.copyOf(golden.floats("penultimate_final_ln"), LENGTH * WIDTH);
    ImageRequest skipping = skipping(request(prompt, prompt), 2);
    assertClose(expected, embed(skipping, 1));
    assertClose(expected, embed(skipping, 0));
    // Read plainly, a negative prompt has the last layer all the same, as in diffusers.
    ImageRequest plain = skipping.withPromptSyntax(PromptSyntax.PLAIN);
    assertClose(expected, embed(plain, 1));
    assertClose(embed(request(prompt, ""), 1), embed(plain, 0));
    assertArrayEquals(embed(request("a cat", ""), 1), embed(skipping(request("a cat", ""), 1), 1));
    encoder.check(skipping(plain, 3));
    assertEquals(
        "clip skip 4 is too large: the text encoder of the model has 3 layers",
        assertThrows(InvalidRequestException.class, () -> encoder.check(skipping(plain, 4)))
            .getMessage());
  }

  /** Its words are not all that shapes what the encoder makes of a text. */
  @Test
  void aTextThatIsReadOtherwiseIsEncodedAnew() {
    ImageRequest weighted = request("a (cat:1.5)", "");
    List<ImageRequest> readings =
        List.of(
            weighted,
            request("a (cat:1.4)", ""),
            weighted.withPromptSyntax(PromptSyntax.PLAIN),
            skipping(weighted, 2),
            skipping(weighted.withPromptSyntax(PromptSyntax.PLAIN), 2),
            request("a (cat:1.5) BREAK", "a (cat:1.5)"));
    for (ImageRequest request : readings) {
      float[] fresh =
          encoder().embed(List.of(request), listener::onWarning, manager).context().toFloatArray();
      for (int time = 0; time < 2; time++) {
        assertArrayEquals(
            fresh,
            encoder.embed(List.of(request), listener::onWarning, manager).context().toFloatArray());
      }
    }
  }

  /** Not even in the last bits, which may depend on the shape of a product. */
  @Test
  void theTextsBesideItDoNotMatter() {
    List<ImageRequest> batch =
        IntStream.range(0, 9).mapToObj(i -> request("a cat, number " + i, "fog")).toList();
    NDArray together = encoder().embed(batch, listener::onWarning, manager).context();
    for (int i = 0; i < batch.size(); i++) {
      NDArray alone =
          encoder().embed(List.of(batch.get(i)), listener::onWarning, manager).context();
      assertArrayEquals(row(alone, 0), row(together, i));
      assertArrayEquals(row(alone, 1), row(together, batch.size() + i));
    }
  }

  /** The vectors of a word of the vocabulary, under another name, mean that word. */
  @Test
  void anEmbeddingStandsForItsVectors() throws IOException {
    Golden weights = Golden.open(TestModels.weights("tiny-sd1", "text_encoder"));
    float[] table = weights.floats("text_model.embeddings.token_embedding.weight");
    long[] ids = tokenizer.encode("the lighthouse").ids();
    int count = tokenizer.encode("lighthouse").length() - 2;
    int before = tokenizer.encode("the").length() - 1;
    float[] vectors = new float[count * WIDTH];
    for (int i = 0; i < count; i++) {
      System.arraycopy(table, (int) ids[before + i] * WIDTH, vectors, i * WIDTH, WIDTH);
    }
    Path file = folder.resolve("My-Style.safetensors");
    new SafetensorsWriter(StoredType.F32)
        .write(file, Map.of("emb_params", TensorData.of(vectors, count, WIDTH)), Map.of());
    PromptEncoder named = encoder(TextualInversion.read(file));
    ImageRequest request = request("the (my-style:1.2)", "");
    assertArrayEquals(
        embed(encoder, request("the (lighthouse:1.2)", ""), 1), embed(named, request, 1));
    assertEquals(
        List.of("My-Style"),
        named.embeddings(request).stream().map(TextualInversion::name).toList());
    assertEquals(List.of(), named.embeddings(request.withPromptSyntax(PromptSyntax.PLAIN)));
    assertTrue(named.dependsOnSyntax(request("my-style", "")));
    assertFalse(encoder.dependsOnSyntax(request("my-style", "")));
  }

  @Test
  void aPipelineWithEmbeddingsIsAnotherModel() throws IOException {
    Path file = folder.resolve("style.safetensors");
    float[] vector = new float[WIDTH];
    Arrays.fill(vector, 0.5f);
    new SafetensorsWriter(StoredType.F32)
        .write(file, Map.of("emb_params", TensorData.of(vector, WIDTH)), Map.of());
    ComputeOptions bare = new ComputeOptions("cpu", "fp32");
    try (DiffusionPipeline without =
            DiffusionPipeline.open(TestModels.directory("tiny-sd1"), bare);
        DiffusionPipeline with =
            DiffusionPipeline.open(
                TestModels.directory("tiny-sd1"),
                bare.withEmbeddings(List.of(EmbeddingChoice.of(file))))) {
      assertTrue(with.fingerprint().matches("[0-9a-f]{64}"));
      assertNotEquals(without.fingerprint(), with.fingerprint());
      assertEquals(Map.of(), without.embeddings());
      assertEquals(Map.of("style", TextualInversion.read(file).hash()), with.embeddings());
      assertEquals(with.embeddings(), with.embeddings(request("in style", "")));
      assertEquals(Map.of(), with.embeddings(request("a cat", "")));
      assertArrayEquals(
          generate(without, request("a cat", "")), generate(with, request("a cat", "")));
      assertFalse(
          Arrays.equals(
              generate(without, request("in style", "")), generate(with, request("in style", ""))));
    }
    assertThrows(
        ModelException.class,
        () ->
            DiffusionPipeline.open(
                TestModels.directory("tiny-sd2"),
                bare.withEmbeddings(List.of(EmbeddingChoice.of(file)))));
  }

  @Test
  void longAndShortTextsInOneBatchDoNotTouchEachOther() {
    ImageRequest longer = request("the ".repeat(100) + "(end:1.3)", "");
    ImageRequest brief = request("a cat", "fog");
    ImageRequest broken = request("a cat", "fog BREAK rain BREAK snow");
    List<ImageRequest> batch = List.of(longer, brief, broken, brief, longer);
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(
            TestModels.directory("tiny-sd1"), new ComputeOptions("cpu", "fp32"))) {
      List<RenderedImage> together = pipeline.generate(batch, listener);
      assertEquals(
          List.of("1/9", "2/9", "3/9", "4/9", "5/9", "6/9", "7/9", "8/9", "9/9"), listener.steps);
      for (int i = 0; i < batch.size(); i++) {
        assertEquals(batch.get(i), together.get(i).request());
        Pictures.assertAlike(
            "picture " + i,
            pipeline.generate(List.of(batch.get(i)), new RecordingListener()).get(0).image(),
            together.get(i).image());
      }
      assertTrue(
          Pictures.difference(together.get(1).image(), together.get(2).image()).share() > 0.1);
    }
  }

  @Test
  void howTextsAreReadMattersOnlyWhereTheySayMore() {
    for (String prompt : List.of("", "a cat", "16:9, 50% off", "the ".repeat(75))) {
      assertFalse(encoder.dependsOnSyntax(request(prompt, "")), prompt);
      assertFalse(encoder.dependsOnSyntax(request("", prompt)), prompt);
    }
    for (String prompt : List.of("a (cat)", "\\(", "(", "a BREAK b", "[a]", "the ".repeat(76))) {
      assertTrue(encoder.dependsOnSyntax(request(prompt, "")), prompt);
      assertTrue(encoder.dependsOnSyntax(request("", prompt)), prompt);
      ImageRequest unguided = Requests.of("", prompt, 1, 64, 64, 3, 1, "ddim", 0);
      assertFalse(encoder.dependsOnSyntax(unguided), prompt);
    }
    assertTrue(encoder.dependsOnSyntax(skipping(request("a", ""), 2)));
  }

  // ---------------------------------------------------------------- helpers

  private PromptEncoder encoder(TextualInversion... embeddings) {
    EmbeddingTable table =
        new EmbeddingTable(
            List.of(embeddings),
            tokenizer,
            TextualInversion.Encoder.ONLY,
            config.vocabularySize(),
            WIDTH);
    TextStage stage =
        new TextStage(tokenizer, table, module, TextSlot.Output.LAST, config.layers());
    UNetConfig unet = UNetConfig.parse(source.settings(Component.UNET));
    return new PromptEncoder(List.of(stage), unet, PromptEncoder.NoNegative.ENCODED);
  }

  private static Precision fp32() {
    return Precision.FLOAT32;
  }

  /** The reference's first prompt, found by its tokens. */
  private String goldenPrompt(long[] ids) {
    return Golden.json("tokenizer.json")
        .getAsJsonObject("per_model")
        .getAsJsonObject("tiny-sd1/tokenizer")
        .getAsJsonArray("cases")
        .asList()
        .stream()
        .map(example -> example.getAsJsonObject().get("prompt").getAsString())
        .filter(prompt -> Arrays.equals(ids, tokenizer.encode(prompt).ids()))
        .findFirst()
        .orElse("a photograph of an astronaut riding a horse");
  }

  private float[] embed(ImageRequest request, int row) {
    return embed(encoder, request, row);
  }

  private float[] embed(PromptEncoder by, ImageRequest request, int row) {
    return row(by.embed(List.of(request), listener::onWarning, manager).context(), row);
  }

  private static float[] row(NDArray array, int row) {
    return array.get(row).toFloatArray();
  }

  private static byte[] generate(DiffusionPipeline pipeline, ImageRequest request) {
    return pipeline.generate(List.of(request), new RecordingListener()).get(0).image().rgb();
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static void assertClose(float[] expected, float[] actual) {
    assertArrayEquals(expected, actual, 1e-4f);
  }

  private static ImageRequest request(String prompt, String negative) {
    return Requests.of(prompt, negative, 1, 64, 64, 3, 7.5, "ddim", 0);
  }

  private static ImageRequest skipping(ImageRequest request, int clipSkip) {
    PictureSettings old = request.settings();
    return request.withSettings(
        Requests.settings(old, old.schedule().optionName(), old.guidance().rescale(), clipSkip));
  }
}
