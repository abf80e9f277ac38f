package io.darkroom.cli.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.darkroom.cli.CommandRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The completions in the shells that they are made for; one that is not installed is skipped. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class CompletionTest {
  /** What is on the line up to the cursor, and what is offered there, in any order. */
  private static final List<String> CASES =
      List.of(
          "darkroom | again batch bench completion doctor help inspect models samplers upscale",
          "darkroom b| batch bench",
          "darkroom --sam| --sampler",
          "darkroom --help| --help --help-all",
          "darkroom --sampler eul| euler euler-a",
          "darkroom --schedule kar| karras",
          "darkroom --dtype | auto bf16 fp16 fp32",
          "darkroom --prompt-syntax | plain weighted",
          "darkroom -m stab| stabilityai/sd-turbo stabilityai/sd-turbo@fp16",
          "darkroom -m sc| scenes",
          "darkroom a red b|",
          "darkroom again --no| --no-paste-back",
          "darkroom again bo| boat.png",
          "darkroom batch --status pi| pictures",
          "darkroom batch --offload | always auto never",
          "darkroom bench --arch sd| sd15 sd21 sdxl",
          "darkroom models | help list pull remove show verify",
          "darkroom models remove or| org/tiny",
          "darkroom models pull --va| --variant",
          "darkroom models pull --variant | fp16",
          "darkroom completion | bash fish zsh",
          "darkroom help sam| samplers",
          "darkroom -- b|");

  @TempDir private Path folder;
  private Path work;
  private Path hub;

  @BeforeEach
  void fill() throws IOException {
    work = Files.createDirectories(folder.resolve("work"));
    Files.createFile(work.resolve("boat.png"));
    Files.createDirectory(work.resolve("pictures"));
    hub = folder.resolve("my hub");
    model("models--stabilityai--sd-turbo", "main", "fp16");
    model("models--org--tiny", "main");
    // No diffusion model: it has no index.
    Files.createDirectories(hub.resolve("models--openai--clip/snapshots/1"));
    Files.createDirectories(hub.resolve("models--openai--clip/refs"));
    Files.writeString(hub.resolve("models--openai--clip/refs/main"), "1");
  }

  private void model(String name, String... refs) throws IOException {
    Path snapshot = Files.createDirectories(hub.resolve(name).resolve("snapshots/1"));
    Files.createFile(snapshot.resolve("model_index.json"));
    Path folder = Files.createDirectories(hub.resolve(name).resolve("refs"));
    for (String ref : refs) {
      Files.writeString(folder.resolve(ref), "1");
    }
  }

  private Path script(Shell shell) throws IOException {
    CommandRun command = new CommandRun(folder.resolve("run"));
    assertEquals(0, command.run("completion", shell.optionName()), command::err);
    return Files.writeString(folder.resolve(shell.optionName()), command.out());
  }

  private List<String> run(String... words) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(words).directory(work.toFile()).redirectErrorStream(true);
    builder.environment().put("HF_HUB_CACHE", hub.toString());
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().put("HOME", folder.toString());
    builder.environment().put("TERM", "dumb");
    builder.environment().remove("XDG_CONFIG_HOME");
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out.lines().toList();
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static String line(String example) {
    return example.substring(0, example.indexOf('|'));
  }

  private static Set<String> words(String text) {
    return new TreeSet<>(
        Arrays.stream(text.strip().split("\\s+")).filter(word -> !word.isEmpty()).toList());
  }

  private static Set<String> expected(String example) {
    return words(example.substring(example.indexOf('|') + 1));
  }

  /** Gives the function what readline gives it, which ends words at =, : and @ as well. */
  private static final String BASH =
      """
      source "$1"
      shift
      for line; do
        COMP_LINE=$line COMP_POINT=${#line} COMP_WORDS=() rest=$line
        pattern='^[[:blank:]]*([=:@]+|[^][:blank:]=:@]+)(.*)$'
        while [[ $rest =~ $pattern ]]; do
          COMP_WORDS+=("${BASH_REMATCH[1]}") rest=${BASH_REMATCH[2]}
        done
        case $line in *[[:blank:]]) COMP_WORDS+=("") ;; esac
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
        _darkroom
        echo "${COMPREPLY[*]}"
      done
      """;

  private List<String> bash(List<String> lines) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("bash", "--norc", "-c", BASH, "bash"));
    words.add(script(Shell.BASH).toString());
    words.addAll(lines);
    return run(words.toArray(String[]::new));
  }

  @Test
  void bashOffersThem() throws Exception {
    // For files it is readline that offers them, where the function offers nothing.
    List<String> cases = CASES.stream().filter(example -> !example.contains("boat")).toList();
    List<String> offered = bash(cases.stream().map(CompletionTest::line).toList());
    for (int i = 0; i < cases.size(); i++) {
      assertEquals(expected(cases.get(i)), words(offered.get(i)), cases.get(i));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "darkroom --sampler=dpm | dpm++2m dpm++2m-sde dpm++sde",
        "darkroom --device cuda: | 0 1",
        "darkroom --device=cuda: | 0 1",
        "darkroom -m stabilityai/sd-turbo@ | fp16",
        "darkroom --model=stabilityai/sd-turbo@f | fp16"
      })
  void bashGoesOnBehindTheEndsOfReadlinesWords(String line, String offers) throws Exception {
    assertEquals(words(offers), words(bash(List.of(line)).get(0)));
  }

  /** It reads folders and starts nothing: no time to be felt, and no program's name in it. */
  @ParameterizedTest
  @EnumSource(Shell.class)
  void itStartsNoProgram(Shell shell) throws Exception {
    String script = Files.readString(script(shell));
    assertTrue(
        script.lines().noneMatch(line -> line.matches(".*(\\$\\(|`|\\()\\s*darkroom\\b.*")),
        script);
  }

  private static final String FISH =
      """
      source $argv[1]
      for line in $argv[2..-1]
          echo (complete -C "$line" | string replace -r '\\t.*' '' | string join ' ')
      end
      """;

  @Test
  void fishOffersThem() throws Exception {
    assumeTrue(isInstalled("fish"), "fish is not installed");
    List<String> words = new ArrayList<>(List.of("fish", "--no-config", "-c", FISH));
    words.add(script(Shell.FISH).toString());
    CASES.forEach(example -> words.add(line(example)));
    List<String> offered = run(words.toArray(String[]::new));
    for (int i = 0; i < CASES.size(); i++) {
      Set<String> found = words(offered.get(i).replace("pictures/", "pictures"));
      assertEquals(expected(CASES.get(i)), found, CASES.get(i));
    }
  }

  /** An interactive shell on a terminal of its own; its compadd tells what it is given. */
  private static final String ZSH =
      """
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z "PROMPT= RPROMPT= ; unsetopt zle_bracketed_paste; fpath=(${(q)1} \\$fpath)"
      zpty -w z 'autoload -Uz compinit; compinit -u -D; bindkey "^I" complete-word
      compadd() {
        if [[ " $* " != *" -O "* && " $* " != *" -A "* && " $* " != *" -D "* ]]; then
          local -a told; builtin compadd -O told "$@"; print -r -- "OFFER<${(j: :)told}>"
        fi
        builtin compadd "$@"
      }
      comppostfuncs=(finish); finish() { print -r -- "FIN""ISHED"; comppostfuncs=(finish) }
      print -r -- "READ""Y"'
      await() { local got; while zpty -r z got "*$1*"; do print -r -- "$got"; [[ $got == *$1* ]] && return; done }
      await READY >/dev/null
      for line in "${@[2,-1]}"; do
        zpty -w -n z "$line"$'\\t'
        await FINISHED
        zpty -w -n z $'\\x15'
        print -r -- "NEXT"
      done
      zpty -d z
      """;

  @Test
  void zshOffersThem() throws Exception {
    assumeTrue(isInstalled("zsh"), "zsh is not installed");
    Path functions = Files.createDirectories(folder.resolve("functions"));
    Files.copy(script(Shell.ZSH), functions.resolve("_darkroom"));
    List<String> words =
        new ArrayList<>(List.of("zsh", "-f", "-c", ZSH, "zsh", functions.toString()));
    CASES.forEach(example -> words.add(line(example)));
    String all = String.join("\n", run(words.toArray(String[]::new)));
    String[] offered = all.split("NEXT", 0);
    for (int i = 0; i < CASES.size(); i++) {
      StringBuilder found = new StringBuilder();
      Pattern.compile("OFFER<([^>]*)>")
          .matcher(offered[i])
          .results()
          .forEach(match -> found.append(match.group(1)).append(' '));
      assertEquals(expected(CASES.get(i)), words(found.toString()), CASES.get(i));
    }
  }

  @Test
  void withoutANameItIsForTheUsersShell() throws IOException {
    CommandRun command = new CommandRun(folder.resolve("run"));
    command.environment.put("SHELL", "/usr/bin/fish");
    assertEquals(0, command.run("completion"), command::err);
    assertTrue(command.out().contains("for fish"), command::out);
    command.out.reset();
    command.environment.put("SHELL", "/bin/bash");
    assertEquals(0, command.run("generate-completion"), command::err);
    assertTrue(command.out().contains("complete -o default -F _darkroom darkroom"), command::out);
    command.environment.put("SHELL", "/bin/tcsh");
    assertEquals(2, command.run("completion"));
    assertTrue(command.err().contains("bash, zsh or fish"), command::err);
    assertEquals(2, command.run("completion", "tcsh"));
    assertTrue(command.err().contains("'tcsh'; choose bash, zsh, fish"), command::err);
  }
}
