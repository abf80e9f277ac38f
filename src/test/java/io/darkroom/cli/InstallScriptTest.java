package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/install}, in a clone whose launcher does nothing. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class InstallScriptTest {
  @TempDir private Path folder;
  private Path clone;
  private Path prefix;

  private record Run(int status, String err) {}

  @BeforeEach
  void makeClone() throws IOException {
    clone = folder.toRealPath().resolve("a clone");
    prefix = folder.resolve("pre fix");
    Files.createDirectories(clone.resolve("scripts"));
    Files.createDirectories(clone.resolve("target/man"));
    Files.createDirectories(clone.resolve("target/completion"));
    for (String shell : List.of("bash", "zsh", "fish")) {
      Files.writeString(clone.resolve("target/completion/" + shell), "completion for " + shell);
    }
    Files.copy(Path.of("scripts/install"), clone.resolve("scripts/install"));
    Path launcher = clone.resolve("scripts/darkroom");
    Files.writeString(launcher, "#!/usr/bin/env bash\n");
    assertTrue(launcher.toFile().setExecutable(true));
    Files.writeString(clone.resolve("target/man/darkroom.1"), ".TH DARKROOM 1\n");
    Files.writeString(clone.resolve("target/man/darkroom-batch.1"), ".TH BATCH 1\n");
  }

  private Run install(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(clone.resolve("scripts/install").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("HOME", folder.resolve("home").toString());
    Process process = builder.start();
    process.getOutputStream().close();
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), err);
  }

  private List<String> installed() throws IOException {
    try (Stream<Path> files = Files.walk(prefix)) {
      return files
          .filter(file -> !Files.isDirectory(file))
          .map(file -> prefix.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void itInstallsAndRemovesItsFilesAlone() throws Exception {
    Path other = prefix.resolve("share/man/man1/other.1");
    Files.createDirectories(other.getParent());
    Files.writeString(other, "not ours");
    Run run = install(prefix.toString());
    assertEquals(0, run.status(), run.err());
    assertEquals(
        List.of(
            "bin/darkroom",
            "share/bash-completion/completions/darkroom",
            "share/darkroom/installed",
            "share/fish/vendor_completions.d/darkroom.fish",
            "share/man/man1/darkroom-batch.1",
            "share/man/man1/darkroom.1",
            "share/man/man1/other.1",
            "share/zsh/site-functions/_darkroom"),
        installed());
    assertEquals(
        clone.resolve("scripts/darkroom"), Files.readSymbolicLink(prefix.resolve("bin/darkroom")));
    assertEquals(
        "completion for zsh",
        Files.readString(prefix.resolve("share/zsh/site-functions/_darkroom")));
    assertTrue(run.err().contains("not on your PATH"), run.err());

    Files.delete(clone.resolve("target/man/darkroom-batch.1"));
    assertEquals(0, install(prefix.toString()).status());
    assertFalse(
        installed().contains("share/man/man1/darkroom-batch.1"), "a page that is gone stays");

    assertEquals(0, install("--uninstall", prefix.toString()).status());
    assertEquals(List.of("share/man/man1/other.1"), installed());
    assertFalse(Files.exists(prefix.resolve("bin")));
  }

  @Test
  void withoutAFolderItTakesTheHomeFolder() throws Exception {
    assertEquals(0, install().status());
    assertTrue(Files.isSymbolicLink(folder.resolve("home/.local/bin/darkroom")));
    assertEquals(0, install("--uninstall").status());
    assertFalse(
        Files.exists(folder.resolve("home/.local/bin/darkroom"), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void whatIsNotItsOwnStays() throws Exception {
    Path command = prefix.resolve("bin/darkroom");
    Files.createDirectories(command.getParent());
    Files.writeString(command, "another program");
    Run run = install(prefix.toString());
    assertEquals(1, run.status());
    assertTrue(run.err().contains("is not this clone's; remove it first"), run.err());
    assertEquals(1, install("--uninstall", prefix.toString()).status());
    assertEquals("another program", Files.readString(command));
    assertEquals(2, install("--frobnicate").status());
    assertEquals(2, install("a", "b").status());
  }
}
