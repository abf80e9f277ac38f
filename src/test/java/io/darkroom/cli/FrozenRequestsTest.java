package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.cli.console.Version;
import io.darkroom.image.Png;
import io.darkroom.image.RgbImage;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.TestModels;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the program says about requests, letter by letter as it once was: a batch's hashes, by which
 * it finds its pictures again, the texts in a picture's file, the lines for scripts, the help.
 *
 * <p>Where a change is meant, {@code mvn test -Dtest=FrozenRequestsTest -Ddarkroom.freeze=true}
 * writes the file anew; its difference then tells all that has changed.
 *
 * <p>The models are real, but for most requests nothing is painted: hashes and texts follow from
 * the request and the model's files.
 */
@Tag("slow")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FrozenRequestsTest {
  private static final Path FILE = Path.of("src", "test", "resources", "frozen", "requests.json");
  private static final boolean FREEZE = Boolean.getBoolean("darkroom.freeze");
  private static final Gson PRETTY =
      new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();
  private static final Path MODELS = TestModels.directory("").toAbsolutePath();

  /** A channel's mean may differ by this much between processors. */
  private static final int CLOSE = 2;

  /**
   * Model, options, prompt. In an option's value {@code _} is a space; {@code MODELS} and {@code
   * WORK} are folders.
   */
  private static final String REQUESTS =
      """
tiny-sd1  | | a red house
tiny-sd2  | | a red house
tiny-sdxl | | a red house
tiny-sd1  | | 家の前の café 🏠, "quoted": a\\b
tiny-sd1  | | word
tiny-sd1  | -n blurry,_dark: | a red house
tiny-sdxl | -n blurry | a red house
tiny-sd1  | --negative-prompt= | a red house
tiny-sd1  | --steps 7 | a red house
tiny-sd2  | --steps 1 | a red house
tiny-sd1  | -g 3 | a red house
tiny-sd1  | -g 1 | a red house
tiny-sd1  | --guidance-scale 0.12345678901234567 | a red house
tiny-sd1  | -W 128 -H 64 | a red house
tiny-sd2  | -W 64 -H 96 | a red house
tiny-sdxl | -W 96 | a red house
tiny-sd1  | --sampler ddim --eta 0.5 | a red house
tiny-sd1  | --sampler ddim --eta 1 --schedule trailing | a red house
tiny-sd1  | --sampler ddpm | a red house
tiny-sd1  | --sampler euler --schedule karras | a red house
tiny-sd1  | --sampler euler-a --schedule exponential | a red house
tiny-sd1  | --sampler heun --schedule align-your-steps | a red house
tiny-sdxl | --sampler heun --schedule align-your-steps-xl | a red house
tiny-sd1  | --sampler pndm | a red house
tiny-sd1  | --sampler lms | a red house
tiny-sd1  | --sampler dpm++2m --schedule trailing | a red house
tiny-sd1  | --sampler DPM++_2M_Karras | a red house
tiny-sd1  | --sampler DPMSolverMultistepScheduler | a red house
tiny-sd2  | --sampler dpm++2m-sde | a red house
tiny-sd1  | --sampler dpm++sde | a red house
tiny-sd2  | --sampler unipc | a red house
tiny-sd1  | --sampler lcm -g 1 --steps 4 | a red house
tiny-sd1  | --sampler Euler_a --schedule model | a red house
tiny-sd1  | --guidance-rescale 0.7 | a red house
tiny-sd2  | --guidance-interval 0.3:5.5 | a red house
tiny-sd1  | --guidance-interval :5 | a red house
tiny-sd1  | --guidance-interval 1: | a red house
tiny-sd1  | --deep-cache 3 | a red house
tiny-sdxl | --deep-cache 2 | a red house
tiny-sd1  | --clip-skip 2 | a red house
tiny-sd1  | --clip-skip 1 | a red house
tiny-sdxl | --clip-skip 2 | a red house
tiny-sd1  | --prompt-syntax plain | a (red:1.3) house
tiny-sd1  | --prompt-syntax weighted | a (red:1.3) house
tiny-sd1  | | a ((red)) [house] BREAK at night
tiny-sd1  | --prompt-syntax plain | a red house
tiny-sdxl | -n (dark:0.5) | (a red house:1.2) BREAK snow
tiny-sd1  | --embedding WORK/ink.safetensors | a house in ink
tiny-sd1  | --embedding WORK/ink.safetensors | a red house
tiny-sd1  | --embedding my,style=WORK/ink.safetensors -n my,style | a house
tiny-sd1  | --lora MODELS/tiny-sd1-lora/kohya.safetensors:0.8 | a red house
tiny-sd1  | --lora MODELS/tiny-sd1-lora/kohya.safetensors --lora MODELS/tiny-sd1-lora/peft.safetensors:-0.5 | a red house
tiny-sd1  | --lora-dir MODELS/tiny-sd1-lora | a red house <lora:diffusers:0.7>
tiny-sd1  | --lora-dir MODELS/tiny-sd1-lora | <lora:peft:0.5> a red <lora:kohya> house
tiny-sd1  | --lora-dir MODELS/tiny-sd1-lora --lora MODELS/tiny-sd1-lora/kohya.safetensors:0.3 | a house <lora:peft:1>
tiny-sd1  | --vae MODELS/tiny-sd2/vae | a red house
tiny-sd1.safetensors | --config MODELS/tiny-sd1 | a red house
tiny-sdxl.safetensors | --config MODELS/tiny-sdxl | a red house
tiny-sd1  | --dtype bf16 | a red house
tiny-sd1  | --offload always | a red house
tiny-sd1  | -N 3 --batch-size 2 | a red house
tiny-sd1  | -s 4294967295 -N 2 | a red house
tiny-sd1  | -s 18446744073709551615 | a red house
tiny-sd1  | -n dark --steps 4 -g 5.5 -W 64 -H 64 --sampler dpm++2m --schedule karras --guidance-rescale 0.5 --guidance-interval 0.5:9 --deep-cache 2 --clip-skip 2 --prompt-syntax weighted --vae MODELS/tiny-sd2/vae --embedding WORK/ink.safetensors --lora MODELS/tiny-sd1-lora/kohya.safetensors:0.25 | a (house:1.1) in ink
""";

  /** Lines of prompt files, each painted with the options of the command that follow the bar. */
  private static final String LINES =
      """
a red house | -s 5
a red house | -s 5 -N 2
{"prompt":"a red house"} | -s 5
{"prompt":"a red house","seed":9,"steps":3,"guidance_scale":4,"sampler":"euler","width":64,"height":128} | -s 5
{"prompt":"a red house","negative_prompt":"dark","eta":0.25,"schedule":"trailing","guidance_rescale":0.3} | -s 5
{"prompt":"a red house","guidance_interval":"1:4","clip_skip":2,"prompt_syntax":"plain","deep_cache":2} | -s 5
{"prompt":"a red house","images":2,"output":"{index}/{seed}.png","id":"mine"} | -s 5
{"prompt":"a red house","id":17} | -s 5
{"prompt":"a (red:1.2) house","negative_prompt":""} | -s 5 -n dark
{"prompt":"a red house","sampler":"DPM++ 2M Karras"} | -s 5 --steps 3
{"prompt":"家 🏠 \\ud83c\\udfe0"} | -s 5
{"prompt":"a house <lora:kohya:0.5>"} | -s 5 --lora-dir MODELS/tiny-sd1-lora
--prompt a red house --negative_prompt dark sky --seed 9 --steps 3 --cfg_scale 4 --sampler_name Euler a | -s 5
--prompt "a red house" --width 64 --height 128 --eta 0.5 --schedule trailing --guidance-rescale 0.1 | -s 5
--prompt "a red house" --guidance-interval 1:4 --deep-cache 2 --clip-skip 2 --prompt-syntax plain | -s 5
--prompt x --batch_size 2 --n_iter 2 --seed -1 | -s 5
--prompt x -N 2 -o "{index}.png" --id mine -n y -g 2 -W 64 -H 64 -s 4294967295 | -s 5
""";

  @TempDir private static Path folder;
  private static final Map<List<Object>, DiffusionPipeline> OPEN = new HashMap<>();
  private static JsonObject frozen;
  private static final JsonObject FRESH = new JsonObject();

  @BeforeAll
  static void prepare() throws IOException {
    new CommandRun(folder);
    float[] values = new float[2 * 32];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % 7 - 3) / 5f;
    }
    new SafetensorsWriter(StoredType.F32)
        .write(
            folder.resolve("work/ink.safetensors"),
            Map.of("emb_params", TensorData.of(values, 2, 32)),
            Map.of());
    frozen = FREEZE ? new JsonObject() : read();
  }

  private static JsonObject read() throws IOException {
    return JsonParser.parseString(Files.readString(FILE)).getAsJsonObject();
  }

  @AfterAll
  static void finish() throws IOException {
    OPEN.values().forEach(DiffusionPipeline::close);
    OPEN.clear();
    if (FREEZE) {
      JsonObject sorted = new JsonObject();
      new TreeSet<>(FRESH.keySet()).forEach(key -> sorted.add(key, FRESH.get(key)));
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, PRETTY.toJson(sorted) + "\n");
    }
  }

  @ParameterizedTest
  @MethodSource("requests")
  void aRequestIsAsItWas(String request) throws IOException {
    assertFrozen("request: " + request, painted(request, FrozenRequestsTest::unpainted));
  }

  static Stream<String> requests() {
    return REQUESTS.lines();
  }

  @ParameterizedTest
  @MethodSource("lines")
  void aLineOfABatchIsAsItWas(String line) throws IOException {
    int bar = line.lastIndexOf(" | ");
    List<String> arguments = new ArrayList<>(List.of("-m", "MODELS/tiny-sd1", "--device", "cpu"));
    arguments.addAll(options(line.substring(bar + 3)));
    assertFrozen("line: " + line, batch(line.substring(0, bar), arguments));
  }

  static Stream<String> lines() {
    return LINES.lines();
  }

  @ParameterizedTest
  @MethodSource("io.darkroom.cli.CommandRun#commands")
  void aCommandsHelpIsAsItWas(String command) throws IOException {
    List<String> arguments = new ArrayList<>(options(command));
    for (String help : List.of("help", "help-all")) {
      List<String> whole = new ArrayList<>(arguments);
      whole.add("--" + help);
      assertFrozen(help + ": " + command, text(run(whole).out()));
    }
  }

  @Test
  void theListsForScriptsAreAsTheyWere() throws IOException {
    assertFrozen("samplers", text(run(List.of("samplers")).out()));
    assertFrozen("samplers --json", text(run(List.of("samplers", "--json")).out()));
  }

  @Test
  void aPictureThatIsPaintedAgainIsAsItWas() throws IOException {
    String all = REQUESTS.lines().reduce((first, second) -> second).orElseThrow();
    List<String> arguments = arguments(all);
    arguments.addAll(List.of("-q", "-o", "first.png"));
    run(arguments);
    assertFrozen("inspect", text(run(List.of("inspect", "first.png")).out()));
    assertFrozen("inspect --json", text(run(List.of("inspect", "--json", "first.png")).out()));
    for (String more : List.of("", "--steps 9 -s 3 --prompt a_boat_in_ink", "--sampler euler")) {
      List<String> again =
          new ArrayList<>(
              List.of("again", "first.png", "-m", "MODELS/tiny-sd1", "--device", "cpu"));
      again.addAll(List.of("--vae", "MODELS/tiny-sd2/vae", "--embedding", "WORK/ink.safetensors"));
      again.addAll(List.of("--lora", "MODELS/tiny-sd1-lora/kohya.safetensors:0.25", "--json"));
      again.addAll(options(more));
      assertFrozen("again: " + more, pictures(run(again)));
    }
  }

  /** With the networks: what they say of a picture is the same, and so is the picture, nearly. */
  @ParameterizedTest
  @MethodSource("models")
  void aPictureIsAsItWas(String model) throws IOException {
    String request = model + " | --steps 1 -W 64 -H 64 | a red house";
    JsonObject unpainted = painted(request, FrozenRequestsTest::unpainted);
    List<RgbImage> images = new ArrayList<>();
    JsonObject painted =
        painted(
            request,
            (pipeline, requests) -> {
              List<RenderedImage> pictures = pipeline.generate(requests, new Silence());
              pictures.forEach(picture -> images.add(picture.image()));
              return pictures;
            });
    assertEquals(PRETTY.toJson(unpainted), PRETTY.toJson(painted));
    JsonArray colours = colours(images.get(0));
    String key = "colours: " + model;
    if (FREEZE) {
      FRESH.add(key, colours);
      return;
    }
    JsonArray expected = frozen.getAsJsonArray(key);
    assertEquals(expected.size(), colours.size());
    for (int i = 0; i < colours.size(); i++) {
      assertEquals(expected.get(i).getAsInt(), colours.get(i).getAsInt(), CLOSE, "colour " + i);
    }
  }

  static Stream<String> models() {
    return Stream.of("tiny-sd1", "tiny-sd2", "tiny-sdxl");
  }

  /** The means of red, green and blue in each of four by four fields. */
  private static JsonArray colours(RgbImage image) {
    int fields = 4;
    long[] sums = new long[fields * fields * 3];
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        int field = y * fields / image.height() * fields + x * fields / image.width();
        for (int c = 0; c < 3; c++) {
          sums[3 * field + c] += image.rgb()[3 * (y * image.width() + x) + c] & 0xFF;
        }
      }
    }
    JsonArray means = new JsonArray();
    for (long sum : sums) {
      means.add(sum * fields * fields / ((long) image.width() * image.height()));
    }
    return means;
  }

  // ---------------------------------------------------------------- what is compared

  private static void assertFrozen(String key, JsonElement fresh) {
    if (FREEZE) {
      FRESH.add(key, fresh);
      return;
    }
    assertTrue(frozen.has(key), "not in the file yet: " + key);
    assertEquals(PRETTY.toJson(frozen.get(key)), PRETTY.toJson(fresh));
  }

  /** What the program and a batch say of a request. */
  private static JsonObject painted(String request, Painting painting) throws IOException {
    List<String> arguments = arguments(request);
    arguments.add("--json");
    JsonObject result = new JsonObject();
    result.add("pictures", pictures(run(arguments, painting)));
    String prompt = request.substring(request.lastIndexOf(" | ") + 3);
    arguments.remove("--json");
    arguments.remove(prompt);
    JsonObject line = new JsonObject();
    line.addProperty("prompt", prompt);
    result.add("batch", batch(line.toString(), arguments));
    return result;
  }

  private static List<String> arguments(String request) {
    String[] parts = request.split("\\|", -1);
    List<String> arguments = new ArrayList<>(List.of("-m", "MODELS/" + parts[0].strip()));
    arguments.addAll(List.of("--device", "cpu"));
    List<String> options = options(parts[1]);
    arguments.addAll(options);
    if (!options.contains("-s")) {
      arguments.addAll(List.of("-s", "7"));
    }
    if (!options.contains("--dtype")) {
      arguments.addAll(List.of("--dtype", "fp32"));
    }
    arguments.add(parts[2].strip());
    return arguments;
  }

  private static List<String> options(String text) {
    return Stream.of(text.split(" "))
        .filter(word -> !word.isEmpty())
        .map(word -> word.replace('_', ' '))
        .toList();
  }

  /** The lines that the program prints of its pictures, and the texts in their files. */
  private static JsonArray pictures(CommandRun run) throws IOException {
    JsonArray pictures = new JsonArray();
    for (String line : run.out().lines().toList()) {
      JsonObject picture = JsonParser.parseString(line).getAsJsonObject();
      Path file = Path.of(picture.get("path").getAsString());
      Png png = run.read(run.work().relativize(file).toString());
      Files.delete(file);
      assertEquals(
          "[load, encode, denoise, decode, total]",
          picture.getAsJsonObject("seconds").keySet().toString());
      picture.remove("seconds");
      JsonObject all = new JsonObject();
      all.addProperty("json", plain(picture.toString()));
      png.text().forEach((keyword, value) -> all.add(keyword, text(value)));
      pictures.add(all);
    }
    return pictures;
  }

  /** What the manifest says of a prompt file with one line. */
  private static JsonArray batch(String line, List<String> options) throws IOException {
    CommandRun run = new CommandRun(folder);
    Files.writeString(run.work().resolve("prompts"), line + "\n");
    List<String> arguments = new ArrayList<>(List.of("batch", "prompts", "-o", "batch"));
    arguments.addAll(options);
    run(run, arguments, FrozenRequestsTest::unpainted);
    JsonArray records = new JsonArray();
    for (String text : Files.readAllLines(run.work().resolve("batch/manifest.jsonl"))) {
      JsonObject record = JsonParser.parseString(text).getAsJsonObject();
      record.remove("seconds");
      record.remove("sha256");
      records.add(record);
    }
    delete(run.work().resolve("batch"));
    return records;
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** A text as its lines, so that a difference of two versions of the file is told line by line. */
  private static JsonArray text(String text) {
    JsonArray lines = new JsonArray();
    plain(text).lines().forEach(lines::add);
    return lines;
  }

  /** Without what differs from machine to machine and from version to version. */
  private static String plain(String text) {
    return text.replace(Version.text(), "darkroom VERSION")
        .replace(folder.resolve("work").toString(), "WORK")
        .replace(MODELS.toString(), "MODELS");
  }

  // ---------------------------------------------------------------- the program

  /** Wants to know nothing of the work. */
  private static final class Silence implements PipelineListener {
    @Override
    public void onStep(int step, int steps) {}

    @Override
    public void onWarning(String message) {}
  }

  /** Makes pictures out of requests. */
  private interface Painting {
    List<RenderedImage> paint(DiffusionPipeline pipeline, List<ImageRequest> requests);
  }

  private static List<RenderedImage> unpainted(
      DiffusionPipeline pipeline, List<ImageRequest> requests) {
    return requests.stream()
        .map(
            request -> {
              int width = request.settings().width();
              int height = request.settings().height();
              return new RenderedImage(
                  request,
                  new RgbImage(width, height, new byte[3 * width * height]),
                  new RenderedImage.Seconds(0, 0, 0));
            })
        .toList();
  }

  private static CommandRun run(List<String> arguments) throws IOException {
    return run(arguments, FrozenRequestsTest::unpainted);
  }

  private static CommandRun run(List<String> arguments, Painting painting) throws IOException {
    return run(new CommandRun(folder), arguments, painting);
  }

  private static CommandRun run(CommandRun run, List<String> arguments, Painting painting) {
    run.opener =
        (model, options) -> {
          List<Object> key = List.of(model, options);
          return watched(
              OPEN.computeIfAbsent(key, k -> DiffusionPipeline.open(model, options)), painting);
        };
    String[] words =
        arguments.stream()
            .map(
                word ->
                    word.replace("MODELS", MODELS.toString())
                        .replace("WORK", run.work().toString()))
            .toArray(String[]::new);
    assertEquals(0, run.run(words), run::err);
    return run;
  }

  /** An open model, which stays open and paints as it is told. */
  private static TextToImage watched(DiffusionPipeline pipeline, Painting painting) {
    return (TextToImage)
        Proxy.newProxyInstance(
            TextToImage.class.getClassLoader(),
            new Class<?>[] {TextToImage.class},
            (proxy, method, arguments) -> {
              return switch (method.getName()) {
                case "close" -> null;
                case "generate" -> {
                  @SuppressWarnings("unchecked")
                  List<ImageRequest> requests = (List<ImageRequest>) arguments[0];
                  yield painting.paint(pipeline, requests);
                }
                default -> {
                  try {
                    yield method.invoke(pipeline, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                }
              };
            });
  }
}
