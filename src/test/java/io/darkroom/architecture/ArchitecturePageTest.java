package io.darkroom.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page that leads through the code names what is there. */
class ArchitecturePageTest {
  private static final Pattern CLASS = Pattern.compile("`(?:[a-z]+\\.)*([A-Z][A-Za-z]+)[`.:]");
  private static final Set<String> FOREIGN = Set.of("NDArray");

  @Test
  void eachClassThatThePageNamesExists() throws IOException {
    Set<String> named =
        CLASS
            .matcher(page())
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertTrue(named.size() > 50, named.toString());
    named.removeAll(FOREIGN);
    named.removeAll(classes());
    assertEquals(Set.of(), named);
  }

  @Test
  void eachPackageHasItsLine() throws IOException {
    Set<String> told =
        Pattern.compile("(?m)^\\| `([a-z]+)` \\|")
            .matcher(page())
            .results()
            .map((MatchResult match) -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    Path root = Path.of("src/main/java/io/darkroom");
    try (Stream<Path> files = Files.walk(root)) {
      Set<String> packages =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .map(file -> root.relativize(file).getName(0).toString())
              .collect(Collectors.toCollection(TreeSet::new));
      assertEquals(packages, told);
    }
  }

  private static String page() throws IOException {
    return Files.readString(Path.of("docs/architecture.md"));
  }

  private static Set<String> classes() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.replace(".java", ""))
          .collect(Collectors.toSet());
    }
  }
}
