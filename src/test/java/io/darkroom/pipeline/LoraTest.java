package io.darkroom.pipeline;

import static io.darkroom.testing.Closeness.assertClose;
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
import io.darkroom.conditioning.TextPart;
import io.darkroom.image.PngReader;
import io.darkroom.image.RgbImage;
import io.darkroom.lora.AdaptableLayers;
import io.darkroom.lora.Adapters;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraStrength;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.runtime.NetworkLoader;
import io.darkroom.testing.Golden;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One LoRA in three spellings against what diffusers computes with it. */
@Tag("slow")
class LoraTest {
  private static final String PROMPT = "a photograph of an astronaut riding a horse";

  /** A share of the largest value, which is about 3: 1e-4 in all. */
  private static final double TOLERANCE = 3e-5;

  private static final DiffusersDirectory MODEL =
      DiffusersDirectory.open(TestModels.directory("tiny-sd1"));

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"kohya", "peft", "diffusers"})
  void theTextEncoderAndTheUNetComputeAsTheReference(String style) {
    Golden golden = Golden.open("tiny-sd1-lora/lora.safetensors");
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Adapters adapters =
            Adapters.open(
                List.of(lora(style, 0.8)),
                AdaptableLayers.of(MODEL, List.of(Component.UNET, Component.TEXT_ENCODER)));
        LoadedModule text =
            TextPart.of(MODEL, UNetConfig.parse(MODEL.settings(Component.UNET)))
                .get(0)
                .network(new NetworkLoader(MODEL, adapters, manager), Precision.FLOAT32)
                .load();
        LoadedModule unet = unet(adapters, manager)) {
      assertEquals(List.of(), adapters.warnings());
      long width = golden.array("text.lora", manager).getShape().get(2);
      NDArray unusedRow = manager.zeros(new Shape(1, width));
      List<NDArray> layers = text.callForTensors("encode", golden.array("ids", manager), unusedRow);
      NDArray context = layers.get(layers.size() - 1);
      assertClose(style + " text", golden.floats("text.lora"), context, TOLERANCE);
      NDArray prediction =
          unet.callForTensor(
              "predict",
              golden.array("unet.sample", manager),
              manager.create(new float[] {401}),
              golden.array("unet.context", manager));
      assertClose(style + " unet", golden.floats("unet.lora"), prediction, TOLERANCE);
    }
  }

  private static LoadedModule unet(Adapters adapters, NDManager manager) {
    try (var weights = MODEL.weights(Component.UNET)) {
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      Script script = new Script(Precision.FLOAT32);
      Method predict = script.method("predict");
      predict.returns(
          new UNet(UNetConfig.parse(MODEL.settings(Component.UNET)))
              .predict(
                  catalog.root(),
                  predict.tensor("sample", 4),
                  predict.tensor("timestep", 1),
                  predict.tensor("context", 32)));
      return LoadedModule.load(script, manager, adapters.merging(Component.UNET, weights));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kohya", "peft", "diffusers"})
  void makesTheReferencesPicture(String style) throws IOException {
    byte[] png = Golden.bytes("tiny-sd1-lora/pipe_lora_ddim10_64x64.png");
    RgbImage golden = new PngReader(new ByteArrayInputStream(png)).read().image();
    try (DiffusionPipeline pipeline = open(lora(style, 0.8))) {
      Pictures.assertAlike(style, golden, paint(pipeline, PROMPT));
      // A tag asks for what is merged already, and is no part of the prompt that is encoded.
      RgbImage tagged = paint(pipeline, PROMPT + "<lora:" + style + ":0.8>");
      assertArrayEquals(paint(pipeline, PROMPT).rgb(), tagged.rgb());
      for (String tag : List.of("<lora:other:0.8>", "<lora:" + style + ">", "<lora:a:b>")) {
        assertThrows(InvalidRequestException.class, () -> pipeline.check(request(PROMPT + tag)));
      }
    }
  }

  @Test
  void weightZeroIsNoLora() {
    try (DiffusionPipeline plain = open();
        DiffusionPipeline zero = open(lora("kohya", 0));
        DiffusionPipeline full = open(lora("kohya", 1));
        DiffusionPipeline half = open(lora("kohya", 0.5))) {
      assertArrayEquals(paint(plain, PROMPT).rgb(), paint(zero, PROMPT).rgb());
      assertFalse(Arrays.equals(paint(plain, PROMPT).rgb(), paint(full, PROMPT).rgb()));
      assertEquals(MODEL.fingerprint(), plain.fingerprint());
      assertEquals(MODEL.fingerprint(), zero.fingerprint());
      assertNotEquals(MODEL.fingerprint(), full.fingerprint());
      assertNotEquals(half.fingerprint(), full.fingerprint());
      assertTrue(plain.loras().isEmpty());
    }
  }

  /** What the U-Net has no part in is what a file without layers of the U-Net does. */
  @Test
  void eachStrengthHoldsForItsNetworks() throws IOException {
    Golden kohya = Golden.open(lora("kohya", 1).file());
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (String name : kohya.names()) {
      if (name.startsWith("lora_te_")) {
        tensors.put(name, TensorData.of(kohya.floats(name), kohya.shape(name)));
      }
    }
    Path texts = folder.resolve("kohya.safetensors");
    new SafetensorsWriter(StoredType.F32).write(texts, tensors, Map.of());
    LoraStrength apart = new LoraStrength(0.8, 0, OptionalInt.empty());
    LoraChoice whole = new LoraChoice(lora("kohya", 1).file(), apart);
    try (DiffusionPipeline pipeline = open(whole)) {
      byte[] picture = paint(pipeline, PROMPT).rgb();
      assertArrayEquals(
          picture, paint(pipeline, PROMPT + "<lyco:sub/KOHYA.safetensors:0.8:0>").rgb());
      assertThrows(
          InvalidRequestException.class,
          () -> pipeline.check(request(PROMPT + "<lora:kohya:0.8>")));
      String fingerprint = pipeline.fingerprint();
      assertNotEquals(fingerprint, pipeline.fingerprint(List.of(lora("kohya", 0.8))));
      pipeline.merge(List.of(new LoraChoice(texts, 0.8)));
      assertArrayEquals(paint(pipeline, PROMPT).rgb(), picture);
      pipeline.merge(List.of(lora("kohya", 0.8)));
      assertFalse(Arrays.equals(paint(pipeline, PROMPT).rgb(), picture));
    }
  }

  @Test
  void mergingOthersEqualsOpeningWithThem() {
    List<LoraChoice> kohya = List.of(lora("kohya", 0.8));
    try (DiffusionPipeline merged = open();
        DiffusionPipeline plain = open();
        DiffusionPipeline opened = open(lora("kohya", 0.8))) {
      assertEquals(opened.fingerprint(), merged.fingerprint(kohya));
      merged.merge(kohya);
      assertEquals(kohya, merged.loras());
      assertEquals(opened.fingerprint(), merged.fingerprint());
      assertArrayEquals(paint(opened, PROMPT).rgb(), paint(merged, PROMPT).rgb());
      merged.merge(List.of());
      assertArrayEquals(paint(plain, PROMPT).rgb(), paint(merged, PROMPT).rgb());
      assertEquals(MODEL.fingerprint(), merged.fingerprint());
    }
  }

  @Test
  void whatCannotBeMergedLeavesTheMergedOnesAsTheyAre() throws IOException {
    List<LoraChoice> kohya = List.of(lora("kohya", 0.8));
    LoraChoice peft = lora("peft", 0.5);
    List<LoraChoice> bad =
        List.of(
            new LoraChoice(Path.of("nowhere.safetensors"), 1),
            new LoraChoice(TestModels.weights("tiny-sd1", "unet"), 1),
            new LoraChoice(TestModels.directory("tiny-sdxl.safetensors"), 1),
            new LoraChoice(infiniteAlpha(), 1));
    try (DiffusionPipeline pipeline = open(lora("kohya", 0.8))) {
      byte[] before = paint(pipeline, PROMPT).rgb();
      String fingerprint = pipeline.fingerprint();
      for (LoraChoice one : bad) {
        for (List<LoraChoice> loras : List.of(List.of(one), List.of(peft, one))) {
          assertThrows(
              ModelException.class, () -> pipeline.check(request(PROMPT), loras), one::toString);
          assertThrows(ModelException.class, () -> pipeline.merge(loras), one::toString);
          assertEquals(kohya, pipeline.loras());
          assertEquals(fingerprint, pipeline.fingerprint());
          assertEquals(List.of(), pipeline.warnings());
          assertArrayEquals(before, paint(pipeline, PROMPT).rgb(), one::toString);
        }
      }
      pipeline.merge(List.of(peft));
      assertFalse(Arrays.equals(before, paint(pipeline, PROMPT).rgb()));
    }
  }

  /** A LoRA of the model's own layers whose matrices nobody would find fault with. */
  private Path infiniteAlpha() throws IOException {
    Golden kohya = Golden.open(lora("kohya", 1).file());
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (String name : kohya.names()) {
      float[] values = kohya.floats(name);
      if (name.endsWith(".alpha")) {
        values[0] = Float.POSITIVE_INFINITY;
      }
      tensors.put(name, TensorData.of(values, kohya.shape(name)));
    }
    Path file = folder.resolve("infinite.safetensors");
    new SafetensorsWriter(StoredType.F32).write(file, tensors, Map.of());
    return file;
  }

  /** What the old networks took is free already; where nothing loads, nothing can be painted. */
  @Test
  void aModelWhoseWeightsAreGonePaintsNothingUntilTheyAreBack() throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Path weights = TestModels.weights(folder, "unet");
    Path away = folder.resolve("away");
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(folder, new ComputeOptions("cpu", "fp32"))) {
      byte[] before = paint(pipeline, PROMPT).rgb();
      pipeline.check(request(PROMPT), List.of(lora("kohya", 0.8)));
      Files.move(weights, away);
      assertThrows(ModelException.class, () -> pipeline.merge(List.of(lora("kohya", 0.8))));
      assertEquals(List.of(), pipeline.loras());
      assertThrows(IllegalStateException.class, () -> paint(pipeline, PROMPT));
      Files.move(away, weights);
      pipeline.merge(List.of());
      assertArrayEquals(before, paint(pipeline, PROMPT).rgb());
    }
  }

  @Test
  void twoLorasAddUp() {
    try (DiffusionPipeline two = open(lora("kohya", 0.3), lora("peft", 0.5));
        DiffusionPipeline one = open(lora("kohya", 0.8))) {
      Pictures.assertAlike("0.3 and 0.5", paint(one, PROMPT), paint(two, PROMPT));
    }
  }

  private static DiffusionPipeline open(LoraChoice... loras) {
    return DiffusionPipeline.open(
        TestModels.directory("tiny-sd1"),
        new ComputeOptions("cpu", "fp32").withLoras(List.of(loras)));
  }

  private static LoraChoice lora(String style, double weight) {
    Path folder = TestModels.directory("tiny-sd1-lora");
    return new LoraChoice(folder.resolve(style + ".safetensors"), weight);
  }

  private static RgbImage paint(DiffusionPipeline pipeline, String prompt) {
    return pipeline.generate(List.of(request(prompt)), new RecordingListener()).get(0).image();
  }

  private static ImageRequest request(String prompt) {
    return Requests.of(prompt, "blurry, low quality, watermark", 3, 64, 64, 10, 7.5, "ddim", 0);
  }
}
