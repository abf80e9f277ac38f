package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.TestModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EsrganFileTest {
  @TempDir private Path folder;

  private static Set<String> names(String file) {
    try (ComponentWeights weights =
        EsrganFile.open(TestModels.directory("tiny-esrgan").resolve(file)).weights()) {
      return new TreeSet<>(weights.shapes().keySet());
    }
  }

  @Test
  void eachSpellingBecomesTheSame() {
    Set<String> expected = names("x4_new.safetensors");
    assertTrue(
        expected.containsAll(
            Set.of("conv_first.weight", "body.1.rdb3.conv5.bias", "conv_up2.weight")));
    assertEquals(expected, names("x4_middle.pth"));
    assertEquals(expected, names("x2plus_new.pth"));
    Set<String> twice = new TreeSet<>(expected);
    twice.removeIf(name -> name.startsWith("conv_up2."));
    assertEquals(twice, names("x2_old.safetensors"));
  }

  @Test
  void numberedLayersTellHowOftenTheyDouble() {
    assertEquals(Set.of("conv_up1", "conv_up2", "conv_up3"), doublings(0, 3, 6, 9, 11, 13));
    assertEquals(Set.of("conv_up1", "conv_up2"), doublings(0, 3, 6, 8, 10));
    assertEquals(Set.of(), doublings(0, 2, 4));
  }

  private Set<String> doublings(int... layers) {
    Map<String, Object> weights = new LinkedHashMap<>();
    weights.put("model.1.sub.0.RDB1.conv1.0.weight", tensor(1));
    for (int layer : layers) {
      weights.put("model." + layer + ".weight", tensor(1));
    }
    Set<String> found = new TreeSet<>(written("numbered.pth", weights));
    assertTrue(
        found.containsAll(Set.of("conv_first.weight", "conv_hr.weight", "conv_last.weight")));
    Set<String> doublings = new TreeSet<>();
    found.stream()
        .filter(name -> name.startsWith("conv_up"))
        .forEach(name -> doublings.add(name.replace(".weight", "")));
    return doublings;
  }

  @Test
  void averagedWeightsCountMoreThanThoseOfTheLastStep() {
    Map<String, Object> last = Map.of("body.0.rdb1.conv1.weight", tensor(1));
    Map<String, Object> averaged = Map.of("body.0.rdb1.conv1.weight", tensor(2));
    for (boolean first : new boolean[] {true, false}) {
      Map<String, Object> both = new LinkedHashMap<>();
      both.put(first ? "params_ema" : "params", first ? averaged : last);
      both.put(first ? "params" : "params_ema", first ? last : averaged);
      Path file = write("both.pth", both);
      try (ComponentWeights weights = EsrganFile.open(file).weights();
          NDManager manager = NDManager.newBaseManager()) {
        assertEquals(Set.of("body.0.rdb1.conv1.weight"), weights.shapes().keySet());
        assertEquals(2f, weights.load("body.0.rdb1.conv1.weight", manager).getFloat(0, 0, 0, 0));
      }
    }
  }

  @Test
  void otherUpscalersAreNamed() {
    assertRefused(
        "layers.0.residual_group.blocks.0.attn.qkv.weight",
        "is an upscaler of another kind (SwinIR); Darkroom runs ESRGAN (RRDBNet)");
    assertRefused(
        "params.body.0.weight",
        "is an upscaler of another kind (Real-ESRGAN's compact network); Darkroom runs ESRGAN"
            + " (RRDBNet)");
    assertRefused(
        "down_blocks.0.resnets.0.conv1.weight",
        "is a U-Net of a model in diffusers' layout; give the model's directory; an ESRGAN"
            + " upscaler is wanted here");
  }

  private void assertRefused(String name, String expected) {
    Path file = write("other.pth", Map.of(name, tensor(1)));
    ModelException refusal = assertThrows(ModelException.class, () -> EsrganFile.open(file));
    assertEquals(file + ": " + expected, refusal.getMessage());
  }

  private Set<String> written(String name, Map<String, Object> weights) {
    try (ComponentWeights opened = EsrganFile.open(write(name, weights)).weights()) {
      return opened.shapes().keySet();
    }
  }

  private Path write(String name, Map<String, Object> content) {
    Path file = folder.resolve(name);
    try {
      PytorchWriter.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  private static PytorchWriter.Tensor tensor(float value) {
    return PytorchWriter.Tensor.of(new float[] {value}, 1, 1, 1, 1);
  }
}
