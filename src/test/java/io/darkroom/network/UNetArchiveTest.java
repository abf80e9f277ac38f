package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UNetArchiveTest {
  @TempDir Path folder;

  /** Names and sizes of the published models: docs/gpu.md's script relies on them. */
  @ParameterizedTest
  @CsvSource({"sd15, 686, 859520964", "sd21, 686, 865910724", "sdxl, 1680, 2567463684"})
  void theArchiveLoadsAndItsWeightsAreThoseOfTheModel(String architecture, int count, long elements)
      throws Exception {
    Path file = folder.resolve("unet.pt");
    UNetArchive.main(new String[] {architecture, "fp16", file.toString()});
    List<String> weights = Files.readAllLines(folder.resolve("unet.pt.weights"));
    assertEquals(count, weights.size());
    long sum = 0;
    for (String line : weights) {
      String[] words = line.split(" ", 0);
      long size = 1;
      for (int i = 1; i < words.length; i++) {
        size *= Long.parseLong(words[i]);
      }
      sum += size;
    }
    assertEquals(elements, sum);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        InputStream stream = Files.newInputStream(file);
        PtSymbolBlock module = JniUtils.loadModule((PtNDManager) manager, stream, false, false)) {
      assertTrue(module.getHandle() != 0);
    }
  }

  @Test
  void aConfigOfOnesOwnServes() throws IOException {
    Path file = folder.resolve("tiny.pt");
    Path config = Path.of("src/test/resources/models/tiny-sd1/unet/config.json");
    UNetArchive.main(new String[] {config.toString(), "fp32", file.toString()});
    assertTrue(Files.size(file) > 1000);
  }
}
