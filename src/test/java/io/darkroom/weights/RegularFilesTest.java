package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pipe has no end, or none that anybody knows: nothing that is to be a model is read from one.
 */
class RegularFilesTest {
  @TempDir Path folder;

  @Test
  void pipesAndDevicesAreRefusedBeforeTheyAreOpened() throws Exception {
    Path pipe = folder.resolve("pipe.safetensors");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Map<String, Consumer<Path>> readers =
        Map.of(
            "weights", path -> WeightsFormat.open(path).close(),
            "safetensors", path -> SafetensorsFile.open(path).close(),
            "PyTorch", path -> PytorchFile.open(path).close(),
            "JSON", JsonConfig::read);
    readers.forEach(
        (name, reader) -> {
          for (Path path : new Path[] {pipe, Path.of("/dev/zero")}) {
            String message =
                assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () ->
                        assertThrows(ModelException.class, () -> reader.accept(path)).getMessage(),
                    name);
            assertTrue(message.contains("is a pipe or a device"), name + ": " + message);
          }
        });
  }
}
