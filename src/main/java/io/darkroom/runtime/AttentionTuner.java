package io.darkroom.runtime;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import io.darkroom.torchscript.AttentionForm;
import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.AttentionShape;
import io.darkroom.torchscript.LibTorch;
import io.darkroom.torchscript.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the fastest {@link AttentionForm} of each shape: it measures once on the device, and {@link
 * MeasuredAttention} keeps what came out for later processes.
 *
 * <p>It is for bfloat16 on a processor. There libtorch 2.7's own function computes its products in
 * float32 unless the processor has AMX, so that blocks of bfloat16 products may be twice as fast.
 * In float32 its own function was the fastest of fifteen forms. GPUs have kernels of their own.
 */
public final class AttentionTuner {
  /** With fewer keys the scores fit into the cache as they are. */
  private static final long FEWEST_KEYS = 256;

  /** What takes less is not worth the measuring: 5 ms at 100 billion operations a second. */
  static final long LEAST_OPERATIONS = 500_000_000;

  private static final int[] QUERIES = {64, 128, 256, 512};

  /** Numbers that vector and matrix instructions like. */
  private static final int WIDTH_UNIT = 32;

  /** Blocks must be faster by so much: they round the scores, too. */
  private static final double CLEARLY_FASTER = 1.05;

  private static final int ROUNDS = 3;

  private final Stopwatch stopwatch;
  private final MeasuredAttention store;
  private final long leastOperations;
  private final Map<AttentionShape, Choice> choices = new LinkedHashMap<>();

  /**
   * What was chosen for a shape.
   *
   * @param shape the shape
   * @param form the fastest form
   * @param rate of the form, in operations a second
   * @param wholeRate of libtorch's own function, in operations a second
   */
  public record Choice(AttentionShape shape, AttentionForm form, double rate, double wholeRate) {}

  /** Times a form once. */
  @FunctionalInterface
  interface Stopwatch {
    /**
     * Computes attention.
     *
     * @param shape what is computed
     * @param form how
     * @return seconds
     */
    double seconds(AttentionShape shape, AttentionForm form);
  }

  /**
   * A tuner.
   *
   * @param stopwatch times a form
   * @param store what is known of this device
   * @param leastOperations what takes fewer is computed whole
   */
  AttentionTuner(Stopwatch stopwatch, MeasuredAttention store, long leastOperations) {
    this.stopwatch = stopwatch;
    this.store = store;
    this.leastOperations = leastOperations;
  }

  /**
   * The tuner of a device.
   *
   * @param manager whose device it is
   * @param precision of the network
   * @return the tuner; empty where all attention is computed whole
   */
  static Optional<AttentionTuner> of(NDManager manager, Precision precision) {
    if (manager.getDevice().isGpu() || precision.compute() != Precision.Format.BFLOAT16) {
      return Optional.empty();
    }
    return Optional.of(
        new AttentionTuner(
            new AttentionStopwatch(manager, precision.compute()),
            MeasuredAttention.ofUser(System.getenv(), Engine.getEngine("PyTorch").getVersion()),
            LEAST_OPERATIONS));
  }

  /**
   * Chooses forms, and measures where nothing is known.
   *
   * @param shapes of a network
   * @return the forms of all shapes that were asked for since the tuner was made
   */
  public synchronized AttentionForms forms(Collection<AttentionShape> shapes) {
    int threads = LibTorch.threads();
    List<Choice> measured = new ArrayList<>();
    for (AttentionShape shape : shapes) {
      if (choices.containsKey(shape) || !isWorthIt(shape)) {
        continue;
      }
      Optional<Choice> known = store.find(shape, threads);
      Choice choice = known.orElseGet(() -> measure(shape, threads));
      choices.put(shape, choice);
      if (known.isEmpty()) {
        measured.add(choice);
      }
    }
    if (!measured.isEmpty()) {
      store.keep(measured, threads);
    }
    Map<AttentionShape, AttentionForm> forms = new LinkedHashMap<>();
    choices.forEach((shape, choice) -> forms.put(shape, choice.form()));
    return new AttentionForms(forms);
  }

  /**
   * What has been chosen.
   *
   * @return in the order in which the shapes were asked for
   */
  public synchronized List<Choice> choices() {
    return List.copyOf(choices.values());
  }

  private boolean isWorthIt(AttentionShape shape) {
    return shape.keys() >= FEWEST_KEYS && shape.operations() >= leastOperations;
  }

  /**
   * Measures on a part of the heads and queries: blocks do not depend on each other. The forms take
   * turns, so that other programs disturb all of them, and the best time of each counts.
   */
  private Choice measure(AttentionShape shape, int threads) {
    List<AttentionForm> forms = candidates(shape, threads);
    AttentionShape sample =
        new AttentionShape(
            Math.min(shape.heads(), 2L * threads),
            Math.min(shape.queries(), QUERIES[QUERIES.length - 1]),
            shape.keys(),
            shape.width());
    double[] best = new double[forms.size()];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < best.length; i++) {
        best[i] = Math.min(best[i], stopwatch.seconds(sample, forms.get(i)));
      }
    }
    int fastest = 0;
    for (int i = 1; i < best.length; i++) {
      if (best[i] < best[fastest] && best[i] * CLEARLY_FASTER < best[0]) {
        fastest = i;
      }
    }
    double operations = sample.operations();
    return new Choice(shape, forms.get(fastest), operations / best[fastest], operations / best[0]);
  }

  /** The whole comes first. */
  private static List<AttentionForm> candidates(AttentionShape shape, int threads) {
    List<AttentionForm> forms = new ArrayList<>();
    forms.add(AttentionForm.WHOLE);
    long filled = (shape.width() + WIDTH_UNIT - 1) / WIDTH_UNIT * WIDTH_UNIT;
    int[] widths = filled == shape.width() ? new int[] {0} : new int[] {0, (int) filled};
    for (int width : widths) {
      for (int queries : QUERIES) {
        if (queries <= shape.queries()) {
          forms.add(new AttentionForm(queries, threads, width));
        }
      }
    }
    return forms;
  }
}
