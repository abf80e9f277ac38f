package io.darkroom.cli.defaults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.cli.CommandRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program with a config file. */
class OwnDefaultsTest {
  @TempDir private Path folder;
  private CommandRun command;
  private Path file;

  @BeforeEach
  void prepare() throws IOException {
    command = new CommandRun(folder);
    file = folder.resolve("config home/darkroom/config.properties");
    Files.createDirectories(file.getParent());
    command.environment.remove(ConfigFile.VARIABLE);
    command.environment.put("XDG_CONFIG_HOME", file.getParent().getParent().toString());
  }

  private void write(String... lines) throws IOException {
    Files.write(file, List.of(lines));
  }

  /** Paints with the words, and gives what the program tells of the picture. */
  private JsonObject painted(String... words) {
    command.out.reset();
    command.err.reset();
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--json", "-s", "1"));
    assertEquals(0, command.run(all.toArray(String[]::new)), command::err);
    return JsonParser.parseString(command.out()).getAsJsonObject();
  }

  private void assertFault(String expected, String... words) {
    command.out.reset();
    command.err.reset();
    int opened = command.opened;
    assertEquals(2, command.run(words));
    assertEquals("darkroom: " + file + expected + "\n", command.err());
    assertEquals("", command.out());
    assertEquals(opened, command.opened);
  }

  @Test
  void theFileSetsWhatTheCommandLineLeavesOpen() throws IOException {
    write(
        "# mine",
        "",
        "steps = 7",
        "sampler: heun",
        "negative-prompt=\\",
        "  caf\u00e9",
        "quiet=true");
    JsonObject picture = painted("x");
    assertEquals(7, picture.get("steps").getAsInt());
    assertEquals("heun", picture.get("sampler").getAsString());
    assertEquals("caf\u00e9", picture.get("negative_prompt").getAsString());
    assertEquals("", command.err());
    picture = painted("x", "--steps", "3", "--sampler=euler", "-n", "");
    assertEquals(3, picture.get("steps").getAsInt());
    assertEquals("euler", picture.get("sampler").getAsString());
    assertEquals("", picture.get("negative_prompt").getAsString());
  }

  @Test
  void aFlagIsSetAndUnset() throws IOException {
    write("json=true", "paste-back=false");
    assertEquals(0, command.run("x", "-s", "1"), command::err);
    assertTrue(command.out().startsWith("{"), command::out);
    // A flag that is there by default and on the command line stays.
    assertTrue(painted("x").has("path"));
    command.out.reset();
    assertEquals(0, command.run("x", "-s", "1", "--json=false"), command::err);
    assertFalse(command.out().startsWith("{"), command::out);
    write("json=yes");
    assertFault(", line 1: json is true or false, not 'yes'", "x");
  }

  @Test
  void theLongerKeyCountsMoreWhereverItStands() throws IOException {
    write("darkroom.steps=4", "steps=7", "batch.steps=5");
    assertEquals(4, painted("x").get("steps").getAsInt());
    write("steps=7", "batch.steps=5", "darkroom.batch.guidance-scale=3");
    assertEquals(7, painted("x").get("steps").getAsInt());
    assertEquals(7.5, painted("x").get("guidance_scale").getAsDouble());
  }

  /** A list of bench, a folder of batch: other values than those of a picture. */
  @Test
  void aKeyMeansOneKindOfValue() throws IOException {
    write("steps=0x", "size=8");
    assertEquals(2, command.run("x"));
    // What does not concern a command does not keep it from its work.
    command.err.reset();
    assertEquals(0, command.run("samplers"), command::err);
    write("output={seed}.png");
    Files.writeString(command.work().resolve("p.txt"), "a house\n");
    assertEquals(0, command.run("batch", "p.txt", "-s", "5"), command::err);
    assertTrue(Files.isDirectory(command.work().resolve("p")), command.files().toString());
    assertEquals(0, command.run("x", "-s", "5"), command::err);
    assertTrue(Files.exists(command.work().resolve("5.png")), command.files().toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quiet=true | x -v | 0",
        "verbose=true | x -q | 0",
        "schedule=karras | x --sampler ddim | 0",
        "preview-vae=tiny.safetensors | x | 0",
        "strength=0.5 | x | 0",
        "mask-blur=2 | x | 0",
        "paste-back=false | x | 0",
        "mask=m.png | x | 0",
        "json=true | x -o - | 0",
        "width=64 | x --size 128x128 | 0",
        "size=64x64 | x -W 128 | 0",
        "model=other | x --json | 0"
      })
  void aDefaultNeverContradictsTheCommandLine(String entry, String line, int status)
      throws IOException {
    write(entry);
    assertEquals(status, command.run(line.split(" ")), command::err);
  }

  @Test
  void oneSideOfASizeMayBeChanged() throws IOException {
    write("size=64x96");
    JsonObject picture = painted("x", "-W", "128");
    assertEquals(128, picture.get("width").getAsInt());
    assertEquals(96, picture.get("height").getAsInt());
    write("size=64x96", "width=32");
    assertFault(
        ", line 2: 'width' and 'size' in line 1 say the same twice; remove one of them", "x");
    write("size=64");
    assertEquals(2, command.run("x"));
    assertTrue(command.err().contains("config.properties, line 1: "), command::err);
  }

  @Test
  void theEnvironmentsModelCountsMore() throws IOException {
    write("model=nowhere");
    assertEquals(3, command.run("x"));
    assertTrue(command.err().endsWith("(" + file + ", line 1: model = nowhere)\n"), command::err);
    command.environment.put("DARKROOM_MODEL", "other");
    assertEquals(0, command.run("x"), command::err);
    command.environment.put("DARKROOM_MODEL", "");
    assertEquals(0, command.run("x", "-m", "scenes"), command::err);
  }

  /** The file may not change what a picture's file fixes. */
  @Test
  void againPaintsTheSame() throws IOException {
    Files.createDirectories(folder.resolve("home/models/fake"));
    assertEquals(0, command.run("a house", "-s", "9", "-o", "a.png", "--steps", "3"), command::err);
    String before = command.read("a.png").text().get("parameters");
    write(
        "steps=20",
        "guidance-scale=2",
        "seed=5",
        "images=3",
        "negative-prompt=fog",
        "size=64x64",
        "sampler=heun",
        "model=other",
        "lora=gone.safetensors",
        "vae=gone.safetensors",
        "dtype=bf16",
        "strength=0.1",
        "output=b.png",
        "prompt=a dog");
    assertEquals(0, command.run("again", "a.png"), command::err);
    assertEquals(List.of("a.png", "b.png"), command.files());
    assertEquals(before, command.read("b.png").text().get("parameters"));
    write("again.steps=20");
    assertFault(
        ", line 1: 'again.steps' has no effect, since darkroom again takes this from the picture;"
            + " remove the line",
        "again",
        "a.png");
  }

  @Test
  void aBatchTakesTheFileAsItTakesOptions() throws IOException {
    Files.writeString(
        command.work().resolve("p.jsonl"), "{\"prompt\":\"a\"}\n{\"prompt\":\"b\",\"steps\":2}\n");
    assertEquals(
        0, command.run("batch", "p.jsonl", "--steps=6", "-s11", "-o", "said"), command::err);
    write("steps=6", "seed=11", "batch.output=file");
    assertEquals(0, command.run("batch", "p.jsonl"), command::err);
    List<String> said = requests("said");
    assertEquals(2, said.size());
    assertEquals(said, requests("file"));
    assertEquals(0, command.run("batch", "p.jsonl", "--steps=7", "-o", "other"), command::err);
    assertNotEquals(said.get(0), requests("other").get(0));
    assertEquals(said.get(1), requests("other").get(1)); // a line counts more than either
  }

  private List<String> requests(String batch) throws IOException {
    return Files.readAllLines(command.work().resolve(batch).resolve("manifest.jsonl")).stream()
        .map(line -> JsonParser.parseString(line).getAsJsonObject().get("request").getAsString())
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "stepz=3 | there is no option 'stepz'; did you mean 'steps'?",
        "batch.worker=3 | there is no option 'batch.worker'; did you mean 'batch.workers'?",
        "frobnicate=3 | there is no option 'frobnicate'; write an option's long name without its"
            + " dashes (darkroom --help-all lists them)",
        "--steps=3 | there is no option '--steps'; did you mean 'steps'?",
        "help=true | there is no option 'help'; write an option's long name without its dashes"
            + " (darkroom --help-all lists them)",
        "steps=many | steps must be a whole number, not 'many' (steps = many)",
        "steps=0 | steps must be 1 to 10000, not 0 (steps = 0)",
        "images=x | 'x' is not a whole number (images = x)",
        "key=\\u12 | a backslash and u need four hexadecimal digits behind them"
      })
  void aBadLineIsNamed(String line, String fault) throws IOException {
    write("# a comment that ends in \\", "sampler = \\", "heun", line);
    assertFault(", line 4: " + fault, "x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"device=gpu", "images=0", "threads=0", "offload=maybe"})
  void aValueThatACommandRefusesIsNamed(String line) throws IOException {
    write(line);
    assertEquals(2, command.run("x"));
    assertEquals(1, command.err().lines().count(), command::err);
    assertTrue(
        command.err().endsWith("(" + file + ", line 1: " + line.replace("=", " = ") + ")\n"),
        command::err);
    assertEquals(0, command.run("x", "--device=cpu", "-N1", "--threads=1", "--offload=auto"));
  }

  @Test
  void aKeyStandsOnce() throws IOException {
    write("steps=3", "", "steps=4");
    assertFault(", line 3: 'steps' is already in line 1; remove one of them", "x");
  }

  @Test
  void whatIsNoFileOfTextIsOneLine() throws IOException {
    Files.write(file, "steps=3\ncaf\u00e9=1".getBytes(StandardCharsets.ISO_8859_1));
    assertFault(", line 2: is not UTF-8", "x");
    Files.delete(file);
    Files.createDirectory(file);
    assertFault(" is a folder, but must be a file; move the folder away", "x");
    Files.delete(file);
    Files.createSymbolicLink(file, Path.of("/dev/zero"));
    assertFault(" is a pipe or a device, but must be a file", "x");
  }

  @Test
  void aFileThatMayNotBeReadIsOneLine() throws IOException {
    write("steps=3");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    Assumptions.assumeFalse(Files.isReadable(file), "this user may read everything");
    assertEquals(2, command.run("x"));
    assertTrue(command.err().contains("cannot read the config file " + file), command::err);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "--help-all",
        "--version",
        "help",
        "completion bash",
        "batch --help",
        "x --help"
      })
  void helpIsThereWhateverIsWrongWithTheFile(String line) throws IOException {
    write("stepz=3");
    assertEquals(0, command.run(line.split(" ")), command::err);
    write("steps=x");
    assertEquals(0, command.run(line.split(" ")), command::err);
  }

  @Test
  void theVariableNamesAnotherFileOrNone() throws IOException {
    write("stepz=3");
    command.environment.put(ConfigFile.VARIABLE, "");
    assertEquals(0, command.run("x"), command::err);
    Path other = Files.writeString(folder.resolve("other.properties"), "steps=2");
    command.environment.put(ConfigFile.VARIABLE, other.toString());
    assertEquals(2, painted("x").get("steps").getAsInt());
    Files.delete(other);
    command.err.reset();
    assertEquals(2, command.run("x"));
    assertEquals(
        "darkroom: DARKROOM_CONFIG names %s, but there is no such file; correct the variable, or"
                .formatted(other)
            + " unset it\n",
        command.err());
  }

  @Test
  void withoutTheVariableItLiesInTheHomeFolder() throws IOException {
    command.environment.remove("XDG_CONFIG_HOME");
    assertEquals(0, command.run("x"), command::err); // no home, no file
    command.environment.put("HOME", folder.toString());
    Path own = folder.resolve(".config/darkroom/config.properties");
    Files.createDirectories(own.getParent());
    Files.writeString(own, "\uFEFFsteps=3\noutput=~/pictures/");
    assertEquals(3, painted("x").get("steps").getAsInt());
    assertTrue(Files.isDirectory(folder.resolve("pictures")));
    command.environment.put("XDG_CONFIG_HOME", "relative");
    assertEquals(3, painted("x").get("steps").getAsInt());
  }

  @Test
  void aHomeFolderThatCannotBeLookedIntoHasNone() throws IOException {
    command.environment.remove("XDG_CONFIG_HOME");
    // Also to the superuser, who may look into each folder.
    Path home = Files.writeString(folder.resolve("file"), "a file in the folder's place");
    command.environment.put("HOME", home.toString());
    assertEquals(0, command.run("x"), command::err);
  }

  /** A new option of again must be thought of: does its default change the picture? */
  @Test
  void eachOptionOfAgainIsEitherRecordedOrHarmless() throws IOException {
    List<String> harmless =
        List.of(
            "lora-dir",
            "batch-size",
            "output",
            "json",
            "show",
            "preview",
            "preview-vae",
            "device",
            "offload",
            "threads",
            "quiet",
            "verbose");
    command.run("again", "--help-all");
    List<String> options =
        command
            .out()
            .lines()
            .filter(line -> line.matches("( {2}-\\w, | {6})--.*"))
            .map(line -> line.replaceFirst("^.*?--(\\[no-\\])?([a-z-]+).*$", "$2"))
            .filter(name -> !List.of("help", "help-all", "version").contains(name))
            .toList();
    assertTrue(options.size() > 40, options.toString());
    for (String option : options) {
      write("again." + option + "=1");
      command.err.reset();
      command.run("again", "missing.png");
      assertEquals(!harmless.contains(option), command.err().contains("has no effect"), option);
    }
  }
}
