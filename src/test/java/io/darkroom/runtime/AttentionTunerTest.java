package io.darkroom.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.darkroom.runtime.AttentionTuner.Choice;
import io.darkroom.torchscript.AttentionForm;
import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.AttentionShape;
import io.darkroom.torchscript.LibTorch;
import io.darkroom.torchscript.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionTunerTest {
  /** The largest of Stable Diffusion 1 at 512x512. */
  private static final AttentionShape LARGE = new AttentionShape(16, 4096, 4096, 40);

  private static final AttentionShape TEXT = new AttentionShape(16, 4096, 77, 40);
  private static final AttentionShape SMALL = new AttentionShape(16, 256, 256, 20);

  @TempDir Path folder;

  private final List<AttentionForm> timed = new ArrayList<>();

  /** Blocks of so many queries take half the time of the whole, all else takes as long. */
  private AttentionTuner.Stopwatch halfWithBlocksOf(int queries) {
    return (shape, form) -> {
      timed.add(form);
      return form.queries() == queries && form.width() == 0 ? 0.5 : 1;
    };
  }

  private static AttentionTuner tuner(AttentionTuner.Stopwatch stopwatch, MeasuredAttention store) {
    return new AttentionTuner(stopwatch, store, AttentionTuner.LEAST_OPERATIONS);
  }

  private MeasuredAttention store(String device) {
    return new MeasuredAttention(Optional.of(folder.resolve("a/attention.json")), device);
  }

  @Test
  void theFastestFormOfALargeShapeIsChosenAndTheOthersStayWhole() {
    AttentionTuner tuner = tuner(halfWithBlocksOf(128), store("processor"));
    AttentionForms forms = tuner.forms(List.of(TEXT, LARGE, SMALL));
    AttentionForm expected = new AttentionForm(128, LibTorch.threads(), 0);
    assertEquals(Map.of(LARGE, expected), forms.chosen());
    Choice choice = tuner.choices().get(0);
    assertEquals(1, tuner.choices().size());
    assertEquals(2 * choice.wholeRate(), choice.rate());
    // A head of 40 is tried as it is and filled up to 64: nine forms, three times.
    assertEquals(27, timed.size());
    assertTrue(timed.stream().anyMatch(form -> form.width() == 64));
  }

  @Test
  void blocksMustBeClearlyFaster() {
    AttentionTuner tuner =
        tuner((shape, form) -> form.equals(AttentionForm.WHOLE) ? 1 : 0.97, store("processor"));
    assertEquals(AttentionForms.NONE, tuner.forms(List.of(LARGE)));
    assertEquals(AttentionForm.WHOLE, tuner.choices().get(0).form());
  }

  @Test
  void whatWasMeasuredIsNotMeasuredAgain() {
    AttentionForms first = tuner(halfWithBlocksOf(64), store("processor")).forms(List.of(LARGE));
    timed.clear();
    AttentionTuner second = tuner(halfWithBlocksOf(256), store("processor"));
    assertEquals(first, second.forms(List.of(LARGE)));
    assertEquals(List.of(), timed);
    assertEquals(first, second.forms(List.of()), "what was asked for before stays");
    AttentionTuner elsewhere = tuner(halfWithBlocksOf(256), store("another one"));
    assertEquals(256, elsewhere.forms(List.of(LARGE)).chosen().get(LARGE).queries());
    assertFalse(timed.isEmpty());
    assertEquals(first, tuner(halfWithBlocksOf(256), store("processor")).forms(List.of(LARGE)));
  }

  @Test
  void anotherNumberOfThreadsIsMeasuredAnew() {
    MeasuredAttention store = store("processor");
    store.keep(List.of(new Choice(LARGE, new AttentionForm(64, 3, 0), 2, 1)), 3);
    assertEquals(64, store.find(LARGE, 3).orElseThrow().form().queries());
    assertEquals(Optional.empty(), store.find(LARGE, 4));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{\"attention\": 5}",
        "{\"attention\": [{\"device\": \"processor\"}]}",
        "{\"attention\": [{\"device\": \"processor\", \"threads\": 2, \"shape\": [1, 2, 3],"
            + " \"form\": [0, 0, 0]}]}",
        "{\"attention\": [{\"device\": \"processor\", \"threads\": 2, \"shape\": [1, 2, 3, -4],"
            + " \"form\": [0, 0, 0]}]}",
      })
  void aBrokenFileCountsAsNone(String text) throws IOException {
    Path file = folder.resolve("attention.json");
    Files.writeString(file, text);
    MeasuredAttention store = new MeasuredAttention(Optional.of(file), "processor");
    assertEquals(Optional.empty(), store.find(LARGE, 2));
    Choice choice = new Choice(LARGE, new AttentionForm(128, 2, 64), 2e11, 1e11);
    store.keep(List.of(choice), 2);
    assertEquals(Optional.of(choice), store.find(LARGE, 2));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void withoutAFolderAllIsMeasured() throws IOException {
    Path notAFolder = Files.createFile(folder.resolve("file"));
    MeasuredAttention store =
        new MeasuredAttention(Optional.of(notAFolder.resolve("attention.json")), "processor");
    AttentionTuner tuner = tuner(halfWithBlocksOf(64), store);
    assertEquals(64, tuner.forms(List.of(LARGE)).chosen().get(LARGE).queries());
    MeasuredAttention none = MeasuredAttention.ofUser(Map.of(), "2.7.1");
    none.keep(tuner.choices(), 2);
    assertEquals(Optional.empty(), none.find(LARGE, 2));
    MeasuredAttention users =
        MeasuredAttention.ofUser(Map.of("HOME", folder.resolve("home").toString()), "2.7.1");
    users.keep(tuner.choices(), 2);
    assertTrue(Files.isRegularFile(folder.resolve("home/.cache/darkroom/attention.json")));
    assertTrue(users.find(LARGE, 2).isPresent());
  }

  /** The real measurement, with shapes so small that even emulated bfloat16 is quick. */
  @Test
  void everyFormCanBeTimed() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      AttentionShape shape = new AttentionShape(3, 20, 17, 8);
      for (Precision.Format format : List.of(Precision.Format.FLOAT32, Precision.Format.BFLOAT16)) {
        AttentionStopwatch stopwatch = new AttentionStopwatch(manager, format);
        assertTrue(stopwatch.seconds(shape, AttentionForm.WHOLE) > 0);
        assertTrue(stopwatch.seconds(shape, new AttentionForm(8, 2, 32)) > 0);
      }
      assertEquals(
          Optional.empty(), AttentionTuner.of(manager, Precision.FLOAT32), "float32 stays whole");
      assertTrue(AttentionTuner.of(manager, Precision.of(Precision.Format.BFLOAT16)).isPresent());
    }
  }
}
