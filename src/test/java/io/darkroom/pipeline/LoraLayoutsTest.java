package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.image.RgbImage;
import io.darkroom.lora.AdaptableLayers;
import io.darkroom.lora.Adapters;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.Golden;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One change of every layer of a model, as each tool would write it down, against the same change
 * made in the model's own files.
 */
@Tag("slow")
class LoraLayoutsTest {
  private static final double WEIGHT = 0.7;
  private static final float ALPHA = 3;
  private static final int RANK = 2;
  private static final String LDM_UNET = "model.diffusion_model.";
  private static final ImageRequest REQUEST =
      Requests.of("a red house by the sea", "fog", 7, 64, 64, 3, 7.5, "ddim", 0);

  @TempDir Path folder;

  /** The ways in which tools write a LoRA down. */
  private enum Layout {
    /** Diffusers' names, flat. */
    KOHYA,
    /**
     * The original code's names of the U-Net's layers, flat; the 1x1 kernels of residual blocks as
     * matrices.
     */
    ORIGINAL,
    /** Without an alpha: it is the rank. */
    PEFT,
    /** Likewise. */
    DIFFUSERS
  }

  /** A layer with what is to be added to its weight. */
  private record Target(
      String component, String path, long[] shape, float[] weight, float[] up, float[] down) {
    String weightName() {
      return path + ".weight";
    }

    /** Computed in double precision, position by position. */
    float[] changed(double scale) {
      float[] sum = weight.clone();
      int columns = down.length / RANK;
      for (int i = 0; i < sum.length; i++) {
        double delta = 0;
        for (int r = 0; r < RANK; r++) {
          delta += (double) up[i / columns * RANK + r] * down[r * columns + i % columns];
        }
        sum[i] = (float) (weight[i] + scale * delta);
      }
      return sum;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-sdxl"})
  void everyLayerChangesAsItShouldInEveryLayout(String model) throws IOException {
    List<Target> targets = targets(model);
    for (ModelFiles files : List.of(directory(model), singleFile(model))) {
      ModelSource source = files.open();
      for (Layout layout : Layout.values()) {
        LoraChoice lora = new LoraChoice(write(model, layout, targets), WEIGHT);
        try (Adapters adapters =
            Adapters.open(
                List.of(lora), AdaptableLayers.of(source, source.kind().adaptableNetworks()))) {
          assertEquals(List.of(), adapters.warnings(), layout.toString());
          double worst = 0;
          for (String component : components(model)) {
            worst = Math.max(worst, compare(targets, component, source, adapters, scale(layout)));
          }
          assertTrue(worst < 1e-6, model + " " + layout + ": " + worst);
        }
      }
    }
  }

  private static double compare(
      List<Target> targets, String component, ModelSource source, Adapters adapters, double scale) {
    double worst = 0;
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        ComponentWeights weights = source.weights(Component.of(component).orElseThrow())) {
      for (Target target : targets) {
        if (target.component().equals(component)) {
          try (NDArray merged =
              adapters
                  .merging(Component.of(component).orElseThrow(), weights)
                  .apply(target.weightName(), manager)) {
            assertArrayEquals(target.shape(), merged.getShape().getShape(), target.weightName());
            float[] expected = target.changed(scale);
            float[] actual = merged.toFloatArray();
            for (int i = 0; i < expected.length; i++) {
              worst = Math.max(worst, Math.abs((double) expected[i] - actual[i]));
            }
          }
        }
      }
    }
    return worst;
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-sdxl"})
  void thePictureIsThatOfAModelWithChangedWeights(String model) throws IOException {
    List<Target> targets = targets(model);
    RgbImage plain = paint(directory(model));
    RgbImage expected = paint(changed(model, targets));
    assertTrue(Pictures.difference(plain, expected).largest() > 20, "the change shows");
    for (ModelFiles files : List.of(directory(model), singleFile(model))) {
      try (DiffusionPipeline pipeline = open(files)) {
        for (Layout layout : Layout.values()) {
          // Weight times alpha by rank is the same for all.
          double share = layout == Layout.PEFT || layout == Layout.DIFFUSERS ? ALPHA / RANK : 1;
          pipeline.merge(List.of(new LoraChoice(write(model, layout, targets), WEIGHT * share)));
          Pictures.assertAlike(files.model() + " " + layout, expected, paint(pipeline));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tiny-sdxl, Stable Diffusion XL, tiny-sd1, Stable Diffusion 1.x",
    "tiny-sdxl, Stable Diffusion XL, tiny-sd2, Stable Diffusion 2.x",
    "tiny-sd1, Stable Diffusion 1.x, tiny-sd2, Stable Diffusion 2.x",
    "tiny-sd1, Stable Diffusion 1.x, tiny-sdxl, Stable Diffusion XL",
    "tiny-sd2, Stable Diffusion 2.x, tiny-sdxl, Stable Diffusion XL"
  })
  void aLoraOfAnotherFamilyIsOneLineWithBothNames(
      String model, String family, String other, String otherFamily) throws IOException {
    for (Layout layout : Layout.values()) {
      Path file = write(model, layout, targets(model));
      String message =
          assertThrows(ModelException.class, () -> open(directory(other), new LoraChoice(file, 1)))
              .getMessage();
      String names = "LoRA for " + family + ", the model is " + otherFamily;
      assertTrue(message.contains(names), message);
      assertEquals(1, message.lines().count(), message);
    }
  }

  /** A text encoder alone may be trained, and SDXL's first is that of Stable Diffusion 1. */
  @Test
  void aPartOfTheModelIsEnough() throws IOException {
    List<Target> second =
        targets("tiny-sdxl").stream()
            .filter(target -> target.component().equals("text_encoder_2"))
            .toList();
    assertTrue(second.size() > 20, "there are " + second.size());
    LoraChoice lora = new LoraChoice(write("part", Layout.KOHYA, second), WEIGHT);
    RgbImage expected = paint(changed("tiny-sdxl", second));
    Pictures.assertAlike("part", expected, paint(directory("tiny-sdxl"), lora));
  }

  // ---------------------------------------------------------------- models

  private static ModelFiles directory(String model) {
    return ModelFiles.of(TestModels.directory(model));
  }

  private static ModelFiles singleFile(String model) {
    return ModelFiles.of(
        TestModels.directory(model + ".safetensors"),
        Optional.of(TestModels.directory(model)),
        Optional.empty(),
        Map.of());
  }

  private ModelFiles changed(String model, List<Target> targets) throws IOException {
    TestModels.copy(model, folder);
    for (String component : components(model)) {
      TestModels.rewrite(
          TestModels.weights(folder, component),
          tensors ->
              targets.stream()
                  .filter(target -> target.component().equals(component))
                  .forEach(
                      target ->
                          tensors.put(
                              target.weightName(),
                              TensorData.of(
                                  target.changed(WEIGHT * ALPHA / RANK), target.shape()))));
    }
    return ModelFiles.of(folder);
  }

  private static List<String> components(String model) {
    return model.equals("tiny-sdxl")
        ? List.of("unet", "text_encoder", "text_encoder_2")
        : List.of("unet", "text_encoder");
  }

  /** Every matrix and every kernel of a model, and for each of them random small factors. */
  private static List<Target> targets(String model) {
    Random random = new Random(11);
    List<Target> targets = new ArrayList<>();
    for (String component : components(model)) {
      Golden stored = Golden.open(TestModels.weights(model, component));
      for (String name : stored.names()) {
        long[] shape = stored.shape(name);
        if (name.endsWith(".weight") && shape.length >= 2 && !name.contains("embeddings")) {
          float[] weight = stored.floats(name);
          int rows = (int) shape[0];
          targets.add(
              new Target(
                  component,
                  name.replaceFirst("\\.weight$", ""),
                  shape,
                  weight,
                  factors(random, rows * RANK),
                  factors(random, RANK * weight.length / rows)));
        }
      }
    }
    assertTrue(targets.stream().anyMatch(target -> target.path().endsWith("conv1")));
    assertTrue(targets.stream().anyMatch(target -> target.path().endsWith("attn2.to_k")));
    assertTrue(
        targets.stream()
            .filter(target -> target.path().endsWith("proj_in"))
            .allMatch(target -> target.shape().length == (model.equals("tiny-sd1") ? 4 : 2)));
    return targets;
  }

  private static float[] factors(Random random, int count) {
    float[] factors = new float[count];
    for (int i = 0; i < count; i++) {
      factors[i] = (random.nextInt(65) - 32) / 256f;
    }
    return factors;
  }

  private static DiffusionPipeline open(ModelFiles model, LoraChoice... loras) {
    return DiffusionPipeline.open(
        model, new ComputeOptions("cpu", "fp32").withLoras(List.of(loras)));
  }

  private static RgbImage paint(ModelFiles model, LoraChoice... loras) {
    try (DiffusionPipeline pipeline = open(model, loras)) {
      return paint(pipeline);
    }
  }

  private static RgbImage paint(DiffusionPipeline pipeline) {
    assertEquals(List.of(), pipeline.warnings());
    return pipeline.generate(List.of(REQUEST), new RecordingListener()).get(0).image();
  }

  // ---------------------------------------------------------------- files

  private static double scale(Layout layout) {
    return switch (layout) {
      case KOHYA, ORIGINAL -> WEIGHT * ALPHA / RANK;
      case PEFT, DIFFUSERS -> WEIGHT;
    };
  }

  private Path write(String model, Layout layout, List<Target> targets) throws IOException {
    Map<String, String> original =
        layout == Layout.ORIGINAL ? originalNames(model, targets) : Map.of();
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (Target target : targets) {
      String path =
          target.component().equals("unet") && layout == Layout.ORIGINAL
              ? original.get(target.path())
              : target.path();
      long rows = target.shape()[0];
      long[] up = target.shape().clone();
      Arrays.fill(up, 1);
      up[0] = rows;
      up[1] = RANK;
      long[] down = target.shape().clone();
      down[0] = RANK;
      if (layout == Layout.ORIGINAL && path.endsWith("skip_connection")) {
        up = Arrays.copyOf(up, 2);
        down = Arrays.copyOf(down, 2);
      }
      String flat = "lora_" + component(model, target) + "_" + path.replace('.', '_');
      String dotted = target.component() + "." + path;
      switch (layout) {
        case KOHYA, ORIGINAL -> {
          tensors.put(flat + ".lora_up.weight", TensorData.of(target.up(), up));
          tensors.put(flat + ".lora_down.weight", TensorData.of(target.down(), down));
          tensors.put(flat + ".alpha", TensorData.of(new float[] {ALPHA}));
        }
        case PEFT -> {
          tensors.put(dotted + ".lora_B.weight", TensorData.of(target.up(), up));
          tensors.put(dotted + ".lora_A.weight", TensorData.of(target.down(), down));
        }
        case DIFFUSERS -> {
          tensors.put(dotted + ".lora.up.weight", TensorData.of(target.up(), up));
          tensors.put(dotted + ".lora.down.weight", TensorData.of(target.down(), down));
        }
      }
    }
    Path file = folder.resolve("lora-" + layout + ".safetensors");
    new SafetensorsWriter(StoredType.F32).write(file, tensors, Map.of());
    return file;
  }

  private static String component(String model, Target target) {
    boolean two = model.equals("tiny-sdxl") || model.equals("part");
    return switch (target.component()) {
      case "unet" -> "unet";
      case "text_encoder" -> two ? "te1" : "te";
      default -> "te2";
    };
  }

  /** What the U-Net's layers are called in the single file: the same weights lie under them. */
  private static Map<String, String> originalNames(String model, List<Target> targets) {
    if (targets.stream().noneMatch(target -> target.component().equals("unet"))) {
      return Map.of();
    }
    Golden file = Golden.open(TestModels.directory(model + ".safetensors"));
    Map<String, float[]> weights = new LinkedHashMap<>();
    for (String name : file.names()) {
      if (name.startsWith(LDM_UNET) && name.endsWith(".weight")) {
        weights.put(
            name.substring(LDM_UNET.length()).replaceFirst("\\.weight$", ""), file.floats(name));
      }
    }
    Map<String, String> names = new LinkedHashMap<>();
    for (Target target : targets) {
      if (target.component().equals("unet")) {
        List<String> same =
            weights.entrySet().stream()
                .filter(weight -> Arrays.equals(weight.getValue(), target.weight()))
                .map(Map.Entry::getKey)
                .toList();
        assertEquals(1, same.size(), target.path());
        names.put(target.path(), same.get(0));
      }
    }
    return names;
  }
}
