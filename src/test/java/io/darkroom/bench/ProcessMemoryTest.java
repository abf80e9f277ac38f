package io.darkroom.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ProcessMemoryTest {
  @Test
  void linesAreInKibibytes(@TempDir Path folder) throws IOException {
    Path status = folder.resolve("status");
    Files.writeString(status, "Name:\tjava\nVmHWM:\t  3072 kB\nVmRSS:\t  2048 kB\nVmData:\n");
    assertEquals(OptionalLong.of(3 << 20), ProcessMemory.read(status, "VmHWM:"));
    assertEquals(OptionalLong.of(2 << 20), ProcessMemory.read(status, "VmRSS:"));
    assertEquals(OptionalLong.empty(), ProcessMemory.read(status, "VmData:"));
    assertEquals(OptionalLong.empty(), ProcessMemory.read(status, "VmSwap:"));
    assertEquals(OptionalLong.empty(), ProcessMemory.read(folder.resolve("none"), "VmHWM:"));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void thisProcessHasMemory() {
    long before = ProcessMemory.peak().orElseThrow();
    ProcessMemory.forgetPeak();
    long resident = ProcessMemory.resident().orElseThrow();
    assertTrue(resident > 1 << 20, () -> "resident " + resident);
    assertTrue(before >= resident / 2, () -> before + " and " + resident);
  }
}
