package io.darkroom.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What is public has Javadoc that tells of its parameters, its result and its exceptions. The
 * compiler's own check would ask it of a record's compact constructor as well, although the record
 * has told of its components, so it is run here and those are passed over.
 */
@Tag("slow")
class JavadocTest {
  private static final Pattern MISSING =
      Pattern.compile("no (comment|@(param|return|throws)\\b).*");
  private static final Pattern COMPACT_CONSTRUCTOR = Pattern.compile("\\s*public \\w+ \\{");

  @Test
  void whatIsPublicIsTold() throws IOException {
    assertEquals(List.of(), missing(Path.of("src/main/java/io/darkroom")));
  }

  private static List<String> missing(Path sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(found, Locale.ROOT, null);
        Stream<Path> paths = Files.walk(sources)) {
      List<Path> classes = paths.filter(path -> path.toString().endsWith(".java")).toList();
      assertTrue(classes.size() > 100, "there are the sources");
      List<String> options =
          List.of(
              "-proc:none",
              "-Xdoclint:missing/public",
              "-Xmaxwarns",
              "1000",
              "-cp",
              System.getProperty("java.class.path"));
      var task =
          compiler.getTask(
              null, files, found, options, null, files.getJavaFileObjectsFromPaths(classes));
      ((JavacTask) task).analyze();
    }
    List<String> missing = new ArrayList<>();
    for (Diagnostic<? extends JavaFileObject> each : found.getDiagnostics()) {
      String message = each.getMessage(Locale.ROOT);
      if (MISSING.matcher(message).matches() && !isOfCompactConstructor(each)) {
        missing.add(each.getSource().getName() + ":" + each.getLineNumber() + ": " + message);
      }
    }
    return missing;
  }

  private static boolean isOfCompactConstructor(Diagnostic<? extends JavaFileObject> found)
      throws IOException {
    String source = found.getSource().getCharContent(true).toString();
    return source
        .lines()
        .skip(found.getLineNumber() - 1)
        .findFirst()
        .filter(line -> COMPACT_CONSTRUCTOR.matcher(line).matches())
        .isPresent();
  }
}
