package io.darkroom.conditioning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.PictureStages;
import io.darkroom.pipeline.RecordingListener;
import io.darkroom.request.ImageRequest;
import io.darkroom.runtime.Offload;
import io.darkroom.testing.EngineCalls;
import io.darkroom.testing.EngineCalls.Calls;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.text.PromptChunk;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A text that was encoded lately is not encoded again, and no picture shows it. */
@Tag("slow")
class EncodedTextsTest {
  private static final ComputeOptions FP32 = new ComputeOptions("cpu", "fp32");
  private static final List<LoraChoice> LORAS =
      List.of(
          new LoraChoice(TestModels.directory("tiny-sd1-lora").resolve("kohya.safetensors"), 0.8));

  @BeforeAll
  static void count() {
    EngineCalls.install();
  }

  // ---------------------------------------------------------------- the store

  @Test
  void whatWasNotAskedForTheLongestLeavesFirst() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        EncodedTexts store = new EncodedTexts(2, 1000)) {
      store.keep(key(1), output(manager, 1, 10));
      store.keep(key(2), output(manager, 2, 10));
      assertEquals(1, value(store, 1));
      store.keep(key(3), output(manager, 3, 10));
      assertEquals(Optional.empty(), store.find(key(2)));
      assertEquals(1, value(store, 1));
      assertEquals(3, value(store, 3));
      assertEquals(Optional.empty(), store.find(new EncodedTexts.Key(key(1).chunk(), 2)));
    }
  }

  @Test
  void theirBytesAreBoundedAndFreed() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      long before = EngineCalls.alive();
      EncodedTexts store = new EncodedTexts(100, 10 * Float.BYTES);
      for (int i = 0; i < 5; i++) {
        store.keep(key(i), output(manager, i, 3)); // 4 numbers with the pooled one
      }
      assertEquals(before + 4, EngineCalls.alive(), "two chunks with a pooled text each");
      assertEquals(4, value(store, 4));
      assertEquals(3, value(store, 3));
      store.keep(key(6), output(manager, 6, 9)); // as much as there is room for
      assertEquals(before + 2, EngineCalls.alive());
      try (NDManager scratch = manager.newSubManager()) {
        store.keep(key(7), output(scratch, 7, 10)); // more
      }
      assertEquals(Optional.empty(), store.find(key(7)));
      assertEquals(6, value(store, 6));
      store.close();
      assertEquals(before, EngineCalls.alive());
      assertEquals(Optional.empty(), store.find(key(6)));
    }
  }

  private static EncodedTexts.Key key(int id) {
    return new EncodedTexts.Key(new PromptChunk(new long[] {id}, new float[] {1}), 1);
  }

  private static TextStage.Output output(NDManager manager, float value, int count) {
    return new TextStage.Output(
        manager.full(new Shape(1, 1, count), value),
        Optional.of(manager.full(new Shape(1, 1), value)));
  }

  private static float value(EncodedTexts store, int id) {
    TextStage.Output output = store.find(key(id)).orElseThrow();
    assertEquals(output.hidden().getFloat(0, 0, 0), output.pooled().orElseThrow().getFloat());
    return output.hidden().getFloat(0, 0, 0);
  }

  // ---------------------------------------------------------------- the road

  /** With guidance; SDXL has two text encoders, and zeros for an empty negative prompt. */
  @ParameterizedTest
  @CsvSource({"tiny-sd1, 2", "tiny-sd2, 2", "tiny-sdxl, 2"})
  void aTextIsEncodedOnce(String model, int encodings) {
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(TestModels.directory(model), FP32)) {
      long first = runs(pipeline, request("a cat"));
      assertEquals(first - encodings, runs(pipeline, request("a cat")), "all known");
      assertEquals(first - encodings, runs(pipeline, request("a cat"), request("a cat")), "twice");
      int stages = model.equals("tiny-sdxl") ? 2 : 1;
      assertEquals(first - encodings + stages, runs(pipeline, request("a dog")), "one is new");
      long unguided = runs(pipeline, unguided("a bird"));
      assertEquals(unguided - stages, runs(pipeline, unguided("a bird")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sdxl"})
  void aPictureDoesNotFeelWhatCameBefore(String model) {
    ImageRequest request = request("a photograph of an astronaut, (riding:1.2) a horse");
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(TestModels.directory(model), FP32)) {
      byte[] alone = paint(pipeline, request);
      assertArrayEquals(alone, paint(pipeline, request));
      try (DiffusionPipeline other = DiffusionPipeline.open(TestModels.directory(model), FP32)) {
        ImageRequest[] neighbours =
            IntStream.range(0, 7)
                .mapToObj(i -> request("picture " + i))
                .toArray(ImageRequest[]::new);
        neighbours[3] = request;
        runs(other, neighbours);
        assertArrayEquals(alone, paint(other, request));
        runs(other, unguided("other picture", 70)); // more than are kept
        assertArrayEquals(alone, paint(other, request));
      }
    }
  }

  @Test
  void manyTextsDoNotPileUp() {
    long before = EngineCalls.alive();
    try (DiffusionPipeline pipeline = open(FP32)) {
      runs(pipeline, unguided("picture", 64));
      long full = EngineCalls.alive();
      for (int batch = 0; batch < 3; batch++) {
        runs(pipeline, unguided("picture " + batch, 50));
        assertEquals(full, EngineCalls.alive(), "handles after batch " + batch);
      }
    }
    assertEquals(before, EngineCalls.alive(), "handles after closing");
  }

  @Test
  void otherLorasMakeOtherTexts() {
    try (DiffusionPipeline pipeline = open(FP32);
        DiffusionPipeline merged = open(FP32.withLoras(LORAS))) {
      long first = runs(pipeline, request("a cat"));
      byte[] before = paint(pipeline, request("a cat"));
      long alive = EngineCalls.alive();
      pipeline.merge(LORAS);
      assertEquals(first, runs(pipeline, request("a cat")), "all is encoded again");
      assertEquals(alive, EngineCalls.alive(), "nothing is left of the earlier texts");
      byte[] after = paint(pipeline, request("a cat"));
      assertFalse(Arrays.equals(before, after));
      assertArrayEquals(paint(merged, request("a cat")), after);
      pipeline.merge(List.of());
      assertArrayEquals(before, paint(pipeline, request("a cat")));
    }
  }

  @Test
  void aTextEncoderThatIsNotNeededIsNotLoaded() {
    try (DiffusionPipeline pipeline = open(FP32.withOffload(Offload.ALWAYS))) {
      paint(pipeline, request("a bird")); // what is loaded once for all is there
      long both = calls(pipeline, request("a cat")).get("moduleLoad");
      long decoder = calls(pipeline, request("a cat")).get("moduleLoad");
      assertEquals(both, 2 * decoder);
      assertEquals(both, calls(pipeline, request("a dog")).get("moduleLoad"));
    }
  }

  /** Whoever measures a stage wants it to do its work. */
  @Test
  void whatIsMeasuredIsComputed() {
    try (DiffusionPipeline pipeline = open(FP32);
        PictureStages stages =
            pipeline.stages(List.of(request("a cat")), new RecordingListener())) {
      for (int i = 0; i < 3; i++) {
        Calls before = EngineCalls.soFar();
        stages.encode();
        assertEquals(2, EngineCalls.soFar().since(before).counts().get("moduleRunMethod"));
      }
    }
  }

  // ---------------------------------------------------------------- helpers

  private static DiffusionPipeline open(ComputeOptions options) {
    return DiffusionPipeline.open(ModelFiles.of(TestModels.directory("tiny-sd1")).open(), options);
  }

  private static long runs(DiffusionPipeline pipeline, ImageRequest... requests) {
    return calls(pipeline, requests).get("moduleRunMethod") - requests.length; // a decoder's each
  }

  private static Map<String, Long> calls(DiffusionPipeline pipeline, ImageRequest... requests) {
    Calls before = EngineCalls.soFar();
    pipeline.generate(List.of(requests), new RecordingListener());
    return EngineCalls.soFar().since(before).counts();
  }

  private static byte[] paint(DiffusionPipeline pipeline, ImageRequest request) {
    return pipeline.generate(List.of(request), new RecordingListener()).get(0).image().rgb();
  }

  private static ImageRequest request(String prompt) {
    return Requests.of(prompt, "", 1, 64, 64, 2, 7.5, "ddim", 0);
  }

  private static ImageRequest unguided(String prompt) {
    return Requests.of(prompt, "", 1, 64, 64, 1, 1, "ddim", 0);
  }

  private static ImageRequest[] unguided(String prompt, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> unguided(prompt + " " + i))
        .toArray(ImageRequest[]::new);
  }
}
