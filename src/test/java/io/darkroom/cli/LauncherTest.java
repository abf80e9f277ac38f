package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The launcher itself, {@code scripts/darkroom}, in a folder that looks like Darkroom's: the
 * program in it tells what it was started with, so that nothing is built and no model is read.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LauncherTest {
  /** In the program's place. */
  private static final String PROGRAM =
      """
      package io.darkroom.cli;

      import java.io.FileDescriptor;
      import java.io.FileOutputStream;
      import java.io.PrintStream;

      public class Darkroom {
        public static void main(String[] arguments) throws Exception {
          PrintStream out =
              new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
          for (String argument : arguments) {
            out.println("argument=" + argument);
          }
          out.println("home=" + System.getProperty("darkroom.home"));
          out.println("names=" + System.getProperty("sun.jnu.encoding"));
          out.println("spin=" + System.getenv("GOMP_SPINCOUNT"));
          out.println("tf32=" + System.getenv("NVIDIA_TF32_OVERRIDE"));
          out.println("library=" + Darkroom.class.getResource("/in-a-library.txt"));
          if (arguments.length > 0 && arguments[0].equals("wait")) {
            System.in.read();
          }
          out.println("input=" + new String(System.in.readAllBytes(), "UTF-8"));
          System.exit(arguments.length > 0 && arguments[0].equals("fail") ? 7 : 0);
        }
      }
      """;

  @TempDir private static Path shared;
  private static Path program;
  private static Path library;

  @TempDir private Path folder;
  private Path home;
  private final Map<String, String> environment = new TreeMap<>();

  /** How a run ended, and what it said. */
  private record Run(int status, String out, String err) {
    List<String> told(String key) {
      return out.lines()
          .filter(line -> line.startsWith(key + "="))
          .map(line -> line.substring(key.length() + 1))
          .toList();
    }
  }

  @BeforeAll
  static void compile() throws IOException {
    Path source = Files.writeString(shared.resolve("Darkroom.java"), PROGRAM);
    int failures =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-proc:none", "-d", shared.toString(), source.toString());
    assertEquals(0, failures);
    program = shared.resolve("program.jar");
    String name = "io/darkroom/cli/Darkroom.class";
    pack(program, name, Files.readAllBytes(shared.resolve(name)));
    library = shared.resolve("library.jar");
    pack(library, "in-a-library.txt", new byte[] {'x'});
  }

  private static void pack(Path jar, String name, byte[] content) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out)) {
      entries.putNextEntry(new JarEntry(name));
      entries.write(content);
      entries.closeEntry();
    }
  }

  @BeforeEach
  void install() throws IOException {
    home = install("darkroom");
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("PATH", System.getenv("PATH"));
    environment.put("LANG", "C.UTF-8");
    environment.put("DARKROOM_NATIVE", "cpu");
  }

  /** Makes Darkroom's folder, built, and with an archive of classes that is empty. */
  private Path install(String name) throws IOException {
    Path place = folder.resolve(name);
    Files.createDirectories(place.resolve("src/main/java/io/darkroom"));
    Files.createDirectories(place.resolve("target/lib"));
    Files.createDirectories(place.resolve("target/native"));
    Files.createDirectories(place.resolve("scripts"));
    Files.writeString(place.resolve("pom.xml"), "");
    Files.copy(program, place.resolve("target/darkroom.jar"));
    Files.copy(library, place.resolve("target/lib/library.jar"));
    for (String part :
        List.of(
            "scripts/darkroom",
            "scripts/darkroom.args",
            "scripts/from-source.bash",
            "scripts/class-data.bash")) {
      Files.copy(Path.of(part), place.resolve(part));
    }
    Files.createFile(place.resolve("target/.built"));
    String version = System.getProperty("java.version").replaceAll("[^0-9A-Za-z.]", "_");
    for (String each : List.of(version, "17.0.9", "25.0.1")) {
      Files.createFile(place.resolve("target/classes-" + each + ".jsa"));
      Files.createFile(place.resolve("target/classes-" + each + ".aot"));
    }
    return place;
  }

  private String launcher() {
    return home.resolve("scripts/darkroom").toString();
  }

  private Run run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(launcher()));
    command.addAll(List.of(arguments));
    return finish(start(command));
  }

  /** Runs a line of bash with the launcher as $0. */
  private Run shell(String line, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", "-c", line, launcher()));
    command.addAll(List.of(arguments));
    return finish(start(command));
  }

  private Process start(List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(folder.resolve("err").toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder.start();
  }

  private Run finish(Process process) throws Exception {
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    return new Run(
        status, out, Files.readString(folder.resolve("err"), StandardCharsets.ISO_8859_1));
  }

  private static void assertRan(Run run) {
    assertEquals(0, run.status(), run.err());
    assertEquals("", run.err());
  }

  private static void assertOneLine(int status, String part, Run run) {
    assertEquals(status, run.status(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("darkroom: "), run.err());
    assertTrue(run.err().contains(part), run.err());
    assertEquals("", run.out());
  }

  // ---------------------------------------------------------------- what reaches the program

  @Test
  void argumentsArriveAsTheyAre() throws Exception {
    String[] arguments = {"a  red\thouse", "", "*", "$HOME `id` \"x\" 'y'", "\\n", "家と木", "-x"};
    Run run = run(arguments);
    assertRan(run);
    assertEquals(List.of(arguments), run.told("argument"));
    assertEquals(List.of(home.toRealPath().toString()), run.told("home"));
  }

  @Test
  void itsStatusIsTheProgramsOwn() throws Exception {
    assertEquals(7, run("fail").status());
  }

  @Test
  void aClosedStandardInputIsAnEmptyOne() throws Exception {
    Run run = shell("exec \"$0\" \"$@\" <&-", "a");
    assertRan(run);
    assertEquals(List.of(""), run.told("input"));
  }

  @Test
  void standardInputAndOutputMayBePipes() throws Exception {
    Run run = shell("printf '%s' 'a house, 家' | \"$0\" - | cat");
    assertRan(run);
    assertEquals(List.of("a house, 家"), run.told("input"));
  }

  @Test
  void aDumpOfThreadsIsNoData() throws Exception {
    Process process = start(List.of(launcher(), "wait"));
    var out = process.getInputStream();
    StringBuilder told = new StringBuilder();
    while (told.indexOf("library=") < 0) {
      told.append((char) out.read()); // the program runs
    }
    while (out.read() != '\n') {
      // to the end of the line
    }
    ProgramProcess.send("QUIT", process);
    Path err = folder.resolve("err");
    while (!Files.readString(err, StandardCharsets.ISO_8859_1).contains("Full thread dump")) {
      assertTrue(process.isAlive());
      Thread.onSpinWait();
    }
    process.getOutputStream().write('x');
    Run run = finish(process);
    assertEquals(0, run.status());
    assertEquals("input=\n", run.out());
  }

  // ---------------------------------------------------------------- where it lies

  @ParameterizedTest
  @ValueSource(strings = {"with a space", "co:lon", "é家", "a'b\"c$d", "-dash", "st*r"})
  void itsFolderMayHaveAnyName(String name) throws Exception {
    home = install(name);
    Run run = run("a");
    assertRan(run);
    assertEquals(List.of(home.toRealPath().toString()), run.told("home"));
    assertFalse(run.told("library").contains("null"), run.out());
  }

  @Test
  void aLinkToItStartsItAndACopyTellsWhatToDo() throws Exception {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("linked"), Path.of("../darkroom/scripts/darkroom"));
    Files.createSymbolicLink(bin.resolve("twice"), Path.of("linked"));
    assertRan(finish(start(List.of(bin.resolve("twice").toString()))));
    Path copy = Files.copy(home.resolve("scripts/darkroom"), bin.resolve("copied"));
    assertOneLine(1, "make a link to scripts/darkroom", finish(start(List.of(copy.toString()))));
  }

  @Test
  void aRemovedWorkingFolderIsSaid() throws Exception {
    Run run = shell("mkdir gone; cd gone; rmdir ../gone; exec \"$0\" a");
    assertEquals(1, run.status());
    // The shell may have said something before.
    assertTrue(
        run.err()
            .endsWith("darkroom: the working folder has been removed; change to another one\n"),
        run.err());
  }

  // ---------------------------------------------------------------- locales

  @ParameterizedTest
  @CsvSource({
    "''",
    "LANG=C",
    "LC_ALL=POSIX",
    "LANG=C.UTF-8",
    "LANG=xx_XX.UTF-8",
    "LC_CTYPE=UTF-8",
    "LC_CTYPE=UTF-8 LANG=C.UTF-8",
    "LC_TIME=xx_XX.UTF-8 LANG=C.UTF-8",
    "LC_CTYPE=C.UTF-8 LANG=xx_XX.utf8",
    "LANG=xx_XX",
    "LANG=xx_XX@euro",
    "LC_ALL=xx_XX.UTF-8",
  })
  void namesAndPromptsAreUtf8WhateverTheLocale(String variables) throws Exception {
    environment.remove("LANG");
    for (String variable : variables.isEmpty() ? new String[0] : variables.split(" ")) {
      environment.put(variable.split("=", 2)[0], variable.split("=", 2)[1]);
    }
    home = install("é家");
    Run run = run("a house, 家");
    assertEquals(0, run.status(), run.err());
    assertEquals(List.of("UTF-8"), run.told("names"));
    assertEquals(List.of("a house, 家"), run.told("argument"));
    if (!environment.containsKey("LC_ALL")) {
      assertEquals("", run.err()); // with this variable bash itself warns, before its first line
    }
  }

  // ---------------------------------------------------------------- the machine

  @Test
  void threadsSpinForAShortTimeUnlessTheUserSaysOtherwise() throws Exception {
    assertEquals(List.of("1000"), run().told("spin"));
    environment.put("GOMP_SPINCOUNT", "77");
    assertEquals(List.of("77"), run().told("spin"));
    environment.put("OMP_WAIT_POLICY", "active");
    assertEquals(List.of("77"), run().told("spin"));
    environment.remove("GOMP_SPINCOUNT");
    assertEquals(List.of("null"), run().told("spin"));
  }

  /** The command line counts more than the user's own defaults, as it does in the program. */
  @Test
  void fp32MeansItWhoeverSaysIt() throws Exception {
    assertEquals(List.of("null"), run("a house").told("tf32"));
    assertEquals(List.of("0"), run("--dtype=fp32").told("tf32"));
    assertEquals(List.of("0"), run("--dtype", "fp32").told("tf32"));
    assertEquals(List.of("null"), run("--", "--dtype", "fp32").told("tf32"));
    Path config = folder.resolve("own.properties");
    Files.writeString(config, "#dtype = bf16\n  dtype : fp32\nsteps = 7");
    environment.put("DARKROOM_CONFIG", config.toString());
    assertEquals(List.of("0"), run("a house").told("tf32"));
    assertEquals(List.of("null"), run("--dtype", "bf16").told("tf32"));
    environment.put("DARKROOM_CONFIG", "");
    assertEquals(List.of("null"), run("a house").told("tf32"));
  }

  @ParameterizedTest
  @CsvSource({
    "ulimit -v 2000000,MB of addresses",
    "ulimit -n 24,no more than 24 files",
  })
  void aLimitThatIsTooLowIsNamed(String limit, String part) throws Exception {
    assertOneLine(5, part, shell(limit + "; exec \"$0\" a"));
  }

  /** A JDK that writes down its arguments. */
  private void useJdk(String version) throws IOException {
    Path jdk = folder.resolve("jdk-" + version);
    Path java = script(jdk.resolve("bin/java"), "printf 'argument=%s\\n' \"$@\"");
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    environment.put("JAVA_HOME", java.getParent().getParent().toString());
  }

  private static Path script(Path file, String line) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/usr/bin/env bash\n" + line + "\n");
    assertTrue(file.toFile().setExecutable(true));
    return file;
  }

  @Test
  void eachJdkGetsTheOptionsThatItKnows() throws Exception {
    useJdk("17.0.9");
    List<String> older = run("a").told("argument");
    assertEquals("@" + home.toRealPath().resolve("scripts/darkroom.args"), older.get(0));
    useJdk("25.0.1");
    List<String> arguments = run("a", "b c").told("argument");
    assertEquals(older.get(0), arguments.get(0));
    assertEquals(
        List.of("io.darkroom.cli.Darkroom", "a", "b c"),
        arguments.subList(arguments.size() - 3, arguments.size()));
    Path archive = home.resolve("target/classes-25.0.1.jsa");
    Path cache = home.resolve("target/classes-25.0.1.aot");
    Files.writeString(archive, "classes");
    Files.writeString(cache, "classes and profiles");
    String useArchive = "-XX:SharedArchiveFile=" + archive.toRealPath();
    String useCache = "-XX:AOTCache=" + cache.toRealPath();
    List<String> painting = run("a").told("argument");
    assertTrue(painting.contains(useCache), painting::toString);
    assertFalse(painting.contains(useArchive), painting::toString);
    List<String> looking = run("inspect", "a.png").told("argument");
    assertTrue(looking.contains(useArchive), looking::toString);
    assertFalse(looking.contains(useCache), looking::toString);
    Files.writeString(cache, "");
    assertTrue(run("a").told("argument").contains(useArchive), "an empty cache is none");
    useJdk("11.0.2");
    assertOneLine(1, "version 11.0.2; Darkroom needs Java 17 or newer", run("a"));
    environment.put("JAVA_HOME", folder.toString());
    assertOneLine(2, "there is no bin/java in it", run("a"));
  }

  @Test
  void nonsenseForTheLibraryIsUsage() throws Exception {
    environment.put("DARKROOM_NATIVE", "gpu");
    assertOneLine(2, "DARKROOM_NATIVE is gpu; say cpu or cuda", run("a"));
  }

  // ---------------------------------------------------------------- archives

  /** Makes an archive's folder, with the Java runtime of this test. */
  private Path unpack(String name) throws IOException {
    Path place = Files.createDirectories(folder.resolve(name));
    Files.createDirectories(place.resolve("bin"));
    Files.createDirectories(place.resolve("lib/app/lib"));
    Files.createDirectories(place.resolve("lib/app/native"));
    Files.copy(Path.of("scripts/darkroom"), place.resolve("bin/darkroom"));
    Files.copy(Path.of("scripts/darkroom.args"), place.resolve("darkroom.args"));
    Files.copy(program, place.resolve("lib/app/darkroom.jar"));
    Files.copy(library, place.resolve("lib/app/lib/library.jar"));
    Files.createFile(place.resolve("lib/app/native/libtokenizers.so"));
    Path own = Path.of(System.getProperty("java.home"));
    script(place.resolve("lib/runtime/bin/java"), "exec '" + own + "/bin/java' \"$@\"");
    Files.copy(own.resolve("release"), place.resolve("lib/runtime/release"));
    return place;
  }

  private Run runArchive(Path archive, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(archive.resolve("bin/darkroom").toString()));
    command.addAll(List.of(arguments));
    return finish(start(command));
  }

  @ParameterizedTest
  @ValueSource(strings = {"darkroom-0.1.0", "with a space", "é家", "a'b\"c$d", "-dash", "st*r"})
  void anArchiveNeedsNoJavaAndRunsAnywhere(String name) throws Exception {
    environment.remove("JAVA_HOME");
    environment.put("PATH", "/usr/bin:/bin");
    Path archive = unpack(name);
    Run run = runArchive(archive, "a", "b c");
    assertRan(run);
    assertEquals(List.of("a", "b c"), run.told("argument"));
    assertEquals(List.of(archive.toRealPath().toString()), run.told("home"));
    assertFalse(run.told("library").contains("null"), run.out());
  }

  @Test
  void anArchiveTakesItsOwnJavaAndBuildsNothing() throws Exception {
    useJdk("11.0.2");
    useMaven("echo built >>builds");
    Path archive = unpack("archive");
    Files.writeString(archive.resolve("pom.xml"), "newer");
    Path link = Files.createSymbolicLink(folder.resolve("link"), archive.resolve("bin/darkroom"));
    Run run = finish(start(List.of(link.toString())));
    assertRan(run);
    assertEquals(List.of(archive.toRealPath().toString()), run.told("home"));
    assertFalse(Files.exists(folder.resolve("builds")));
    assertFalse(Files.exists(archive.resolve("target")));
  }

  @Test
  void anArchivesLibrariesAreLoadedFromItsOwnFolder() throws Exception {
    useJdk("25.0.1");
    Path archive = unpack("archive");
    Path runtime = archive.resolve("lib/runtime");
    Path jdk = folder.resolve("jdk-25.0.1");
    for (String file : List.of("bin/java", "release")) {
      Files.copy(jdk.resolve(file), runtime.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    String libraries = archive.toRealPath().resolve("lib/app/native").toString();
    List<String> onCpu = runArchive(archive, "a").told("argument");
    assertTrue(onCpu.contains("-Djava.library.path=" + libraries), onCpu::toString);
    assertTrue(onCpu.contains("-Djna.boot.library.path=" + libraries), onCpu::toString);
    assertTrue(onCpu.contains("-DRUST_LIBRARY_PATH=" + libraries + "/libtokenizers.so"));
    assertTrue(onCpu.contains("-DPYTORCH_LIBRARY_PATH=" + libraries + "/libtorch"));
    environment.put("DARKROOM_NATIVE", "cuda");
    List<String> onGpu = runArchive(archive, "a").told("argument");
    assertTrue(onGpu.stream().noneMatch(each -> each.startsWith("-DPYTORCH_LIBRARY_PATH=")));
    assertTrue(onGpu.contains("-DRUST_LIBRARY_PATH=" + libraries + "/libtokenizers.so"));
  }

  @Test
  void aColonInAnArchivesPathIsSaid() throws Exception {
    assertOneLine(1, "there is a colon in the path", runArchive(unpack("co:lon"), "a"));
  }

  // ---------------------------------------------------------------- building

  private void changeSources() throws IOException {
    Path source = Files.writeString(home.resolve("src/main/java/io/darkroom/New.java"), "");
    Files.setLastModifiedTime(
        home.resolve("target/.built"), FileTime.from(Instant.now().minusSeconds(60)));
    assertTrue(Files.exists(source));
  }

  /** A Maven that does what a script says. */
  private void useMaven(String line) throws IOException {
    Path bin = script(folder.resolve("commands/mvn"), line).getParent();
    environment.put("PATH", bin + ":" + System.getenv("PATH"));
  }

  @Test
  void newerSourcesAreBuiltOnceAndTheBuildSeesNoStandardInput() throws Exception {
    useMaven("echo \"$PWD $*: $(cat)\" >>../builds");
    changeSources();
    Run first = shell("printf prompt | \"$0\" -");
    assertEquals(0, first.status(), first.err());
    assertEquals("darkroom: building Darkroom...\n", first.err());
    assertEquals(List.of("prompt"), first.told("input"));
    assertRan(run("a"));
    assertEquals(
        home.toRealPath()
            + " -q -B -P !error-prone -Dspotless.check.skip=true -Dmaven.test.skip=true package: \n",
        Files.readString(folder.resolve("builds")));
  }

  @Test
  void aBuildThatFailsIsSaid() throws Exception {
    useMaven("echo '[ERROR] no such thing'; exit 1");
    changeSources();
    Run run = run("a");
    assertEquals(1, run.status());
    assertEquals(
        List.of(
            "darkroom: building Darkroom...",
            "[ERROR] no such thing",
            "darkroom: the build failed; all it said is in "
                + home.toRealPath()
                + "/target/build.log"),
        run.err().lines().collect(Collectors.toList()));
  }

  @Test
  void whereNothingCanBeWrittenWhatIsBuiltIsUsed() throws Exception {
    changeSources();
    // To the superuser every folder is writable, but not as a file.
    Files.createDirectory(home.resolve("target/.lock"));
    Run run = run("a");
    assertEquals(0, run.status(), run.err());
    assertEquals(List.of("a"), run.told("argument"));
    assertEquals(
        "darkroom: cannot write into "
            + home.toRealPath()
            + "/target: what is built there is used, although the sources are newer\n",
        run.err());
  }
}
