package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginalConfigTest {
  @TempDir Path folder;

  private OriginalConfig read(String yaml) throws IOException {
    Files.writeString(folder.resolve("a.b.yaml"), yaml);
    return OriginalConfig.beside(folder.resolve("a.b.ckpt"));
  }

  @ParameterizedTest
  @CsvSource({"\"v\", v_prediction", "v, v_prediction", "eps, epsilon", "'x0', sample"})
  void theParameterizationCounts(String value, String type) throws IOException {
    OriginalConfig config =
        read(
            """
            model:
              base_learning_rate: 1.0e-4
              target: ldm.models.diffusion.ddpm.LatentDiffusion
              params:
                parameterization: %s
                linear_start: 0.00085
                unet_config: {target: x, params: {use_fp16: True}}
            """
                .formatted(value));
    assertEquals(Optional.of(type), config.prediction().map(ToldPrediction::type));
    assertTrue(config.prediction().get().reason().startsWith("a.b.yaml says"), config::toString);
    assertEquals(Optional.empty(), config.warning());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "model: 3", "model: {params: [1]}", "- v", "model: {params: {}}"})
  void whatSaysNothingIsSilent(String yaml) throws IOException {
    OriginalConfig config = read(yaml);
    assertEquals(Optional.empty(), config.prediction());
    assertEquals(Optional.empty(), config.warning());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model: {params: [",
        "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b]",
        "model: !!javax.script.ScriptEngineManager [x]",
        "model: {}\nmodel: {}"
      })
  void whatIsNoPlainConfigIsAWarning(String yaml) throws IOException {
    OriginalConfig config = read(yaml);
    assertEquals(Optional.empty(), config.prediction());
    String warning = config.warning().orElseThrow();
    assertTrue(warning.contains("a.b.yaml cannot be read and is ignored: "), warning);
    assertEquals(1, warning.lines().count());
  }

  @Test
  void depthAndLengthAreBounded() throws IOException {
    assertTrue(read("[".repeat(200_000)).warning().isPresent());
    assertTrue(read("#" + "x".repeat(1 << 20)).warning().orElseThrow().endsWith("too long"));
  }

  @Test
  void withoutAFileThereIsNothingToSay() {
    OriginalConfig none = OriginalConfig.beside(folder.resolve("a.b.ckpt"));
    assertEquals(Optional.empty(), none.prediction());
    assertEquals(Optional.empty(), none.warning());
  }
}
