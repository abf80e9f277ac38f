package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossLogTest {
  @TempDir private Path folder;

  @Test
  void writesTheMeansOfSomeSteps() throws Exception {
    Path file = folder.resolve("loss.csv");
    try (LossLog log = new LossLog(file)) {
      log.add(1, 2, List.of(1f, 10f));
      log.add(2, 2, List.of(2f, 20f));
      log.add(3, 2, List.of(5f, 50f));
      log.add(4, 2, List.of(7f, 70f));
    }
    List<String> lines = Files.readAllLines(file);
    assertEquals(2, lines.size());
    assertTrue(lines.get(0).matches("2,[0-9.]+,1.50000,15.00000"), lines.get(0));
    assertTrue(lines.get(1).matches("4,[0-9.]+,6.00000,60.00000"), lines.get(1));
  }
}
