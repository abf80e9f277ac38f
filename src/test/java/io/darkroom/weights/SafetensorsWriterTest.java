package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsWriterTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void whatIsWrittenReadsBackInItsOrder(StoredType type) throws IOException {
    Path path = folder.resolve("model.safetensors");
    float[] large = new float[700_001]; // more than one block of output
    Random random = new Random(5);
    for (int i = 0; i < large.length; i++) {
      large[i] = Half.toFloat(Half.fromFloat((float) random.nextGaussian()));
    }
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("z.weight", TensorData.of(new float[] {1, -2, 0.5f, 65504, 0, -0.0f}, 2, 3));
    tensors.put("a \"quoted\" <é>", TensorData.of(new float[] {3}));
    tensors.put("none", TensorData.of(new float[0], 0, 4));
    tensors.put("m", TensorData.of(large, large.length));
    new SafetensorsWriter(type).write(path, tensors, Map.of("format", "pt", "note", "a\nb"));

    try (SafetensorsFile file = SafetensorsFile.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      assertEquals(List.copyOf(tensors.keySet()), List.copyOf(file.tensors().keySet()));
      assertEquals(Map.of("format", "pt", "note", "a\nb"), file.metadata());
      assertEquals(0, file.tensor("z.weight").offset() % 8);
      tensors.forEach(
          (name, written) -> {
            assertEquals(type, file.tensor(name).type());
            assertEquals(written.shape(), file.tensor(name).shape());
            assertArrayEquals(
                written.values().get(), file.load(name, manager).toFloatArray(), name);
          });
    }
  }

  @Test
  void tensorsAreFetchedOneByOneAndOnce() throws IOException {
    List<String> fetched = new ArrayList<>();
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (String name : List.of("second", "first")) {
      tensors.put(
          name,
          new TensorData(
              List.of(1L),
              () -> {
                fetched.add(name);
                return new float[1];
              }));
    }
    new SafetensorsWriter(StoredType.F32).write(folder.resolve("x"), tensors, Map.of());
    assertEquals(List.of("second", "first"), fetched);
  }

  @Test
  void aNumberThatF16CannotHoldIsAnErrorAndLeavesTheOldFile() throws IOException {
    Path path = folder.resolve("model.safetensors");
    Files.writeString(path, "old");
    Map<String, TensorData> tensors = Map.of("up.weight", TensorData.of(new float[] {0, 65520}, 2));
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new SafetensorsWriter(StoredType.F16).write(path, tensors, Map.of()));
    assertTrue(refused.getMessage().contains("up.weight"), refused.getMessage());
    assertTrue(refused.getMessage().contains("65520"), refused.getMessage());
    assertEquals("old", Files.readString(path));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(path), files.toList(), "no temporary file is left");
    }
  }

  @Test
  void aTensorWhoseNumbersDoNotFillItsShapeIsAnError() {
    Map<String, TensorData> tensors = Map.of("conv", TensorData.of(new float[3], 2, 2));
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new SafetensorsWriter(StoredType.F32)
                    .write(folder.resolve("x"), tensors, Map.of()));
    assertEquals("tensor conv has shape [2, 2] but 3 numbers", refused.getMessage());
  }

  @Test
  void otherTypesAreNotWritten() {
    assertThrows(IllegalArgumentException.class, () -> new SafetensorsWriter(StoredType.BF16));
  }

  @Test
  void aFolderThatIsNotThereIsAnInputOutputError() {
    Path path = folder.resolve("absent").resolve("x");
    assertThrows(
        IOException.class,
        () -> new SafetensorsWriter(StoredType.F32).write(path, Map.of(), Map.of()));
  }
}
