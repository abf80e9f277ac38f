package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.testing.EngineCalls;
import io.darkroom.testing.EngineCalls.Calls;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.text.PromptSyntax;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a step asks of the engine, and what is left after a picture. */
@Tag("slow")
class EngineCallsTest {
  private static final int MOST_CALLS = 10;
  private static final int STEPS = 8;

  private static DiffusionPipeline pipeline;

  @BeforeAll
  static void open() {
    EngineCalls.install();
    pipeline =
        DiffusionPipeline.open(TestModels.directory("tiny-sd1"), new ComputeOptions("cpu", "fp32"));
  }

  @AfterAll
  static void close() {
    pipeline.close();
  }

  /** The calls of each step. */
  private static final class Steps implements PipelineListener {
    final List<Calls> steps = new ArrayList<>();
    private final boolean previews;
    private Calls before = EngineCalls.soFar();

    Steps(boolean previews) {
      this.previews = previews;
    }

    @Override
    public void onStep(int step, int all) {
      Calls now = EngineCalls.soFar();
      if (step > 1) { // what comes before the first step counts with it
        steps.add(now.since(before));
      }
      before = now;
    }

    @Override
    public boolean wantsPreview(int step, int all) {
      return previews;
    }

    @Override
    public void onWarning(String message) {}
  }

  private static ImageRequest request(SamplerKind kind, double guidance, double rescale) {
    PictureSettings plain =
        Requests.settings(
            64, 64, STEPS, guidance, kind.optionName(), kind == SamplerKind.DDIM ? 0.5 : 0);
    return new ImageRequest(
        "a lighthouse",
        Optional.empty(),
        PromptSyntax.PLAIN,
        1,
        Requests.settings(plain, plain.schedule().optionName(), rescale, 0));
  }

  /** With guidance at some steps, and deep layers that are kept and reused. */
  private static ImageRequest savingWork(ImageRequest request) {
    return request.withSettings(Requests.settings(request.settings(), "0.3:5", 3));
  }

  @ParameterizedTest
  @EnumSource(SamplerKind.class)
  void aStepTakesFewCallsAndWaitsForNothing(SamplerKind kind) {
    for (ImageRequest request :
        List.of(
            request(kind, 1, 0),
            request(kind, 7.5, 0),
            request(kind, 7.5, 0.7),
            savingWork(request(kind, 7.5, 0)))) {
      Steps listener = new Steps(false);
      pipeline.generate(List.of(request, request), listener);
      assertTrue(listener.steps.size() >= STEPS - 1, "steps that were seen");
      for (Calls step : listener.steps) {
        assertTrue(step.working() <= MOST_CALLS, () -> kind + ": " + step.counts());
        assertEquals(Map.of(), step.waiting().counts(), kind.optionName());
        assertTrue(step.counts().get("moduleRunMethod") >= 2, () -> "not all seen: " + step);
      }
    }
  }

  /** A glimpse must be looked at, so it waits; only a step that shows one does. */
  @Test
  void onlyAPreviewWaits() {
    Steps listener = new Steps(true);
    pipeline.generate(List.of(request(SamplerKind.EULER, 7.5, 0)), listener);
    for (Calls step : listener.steps) {
      assertFalse(step.waiting().counts().isEmpty());
    }
  }

  static Stream<Arguments> samplers() {
    return Arrays.stream(SamplerKind.values())
        .flatMap(kind -> Stream.of(arguments(kind, false), arguments(kind, true)));
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void nothingIsLeftAfterAPicture(SamplerKind kind, boolean saving) {
    Steps listener = new Steps(false);
    ImageRequest request = request(kind, 7.5, 0.7);
    List<ImageRequest> pictures = List.of(saving ? savingWork(request) : request);
    pipeline.generate(pictures, listener);
    long alive = EngineCalls.alive();
    for (int picture = 0; picture < 3; picture++) {
      pipeline.generate(pictures, listener);
      assertEquals(alive, EngineCalls.alive(), "handles after picture " + picture);
    }
  }

  /** The counter sees what it is there to see. */
  @Test
  void whatWaitsIsSeen() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      NDArray array = manager.ones(new Shape(2));
      List<Consumer<NDArray>> waiting =
          List.of(
              NDArray::toFloatArray,
              x -> x.getFloat(0),
              NDArray::toByteBuffer,
              x -> x.sum().getFloat(),
              x -> x.mul(2),
              x -> x.clip(0, 1),
              x -> x.toDevice(Device.cpu(), true),
              x -> x.contentEquals(array));
      for (int i = 0; i < waiting.size(); i++) {
        Calls before = EngineCalls.soFar();
        waiting.get(i).accept(array);
        int which = i;
        assertFalse(
            EngineCalls.soFar().since(before).waiting().counts().isEmpty(),
            () -> "number " + which + " was not seen");
      }
      Calls before = EngineCalls.soFar();
      long alive = EngineCalls.alive();
      array.add(array);
      assertEquals(Map.of("torchAdd", 1L), EngineCalls.soFar().since(before).counts());
      assertEquals(alive + 1, EngineCalls.alive());
    }
  }
}
