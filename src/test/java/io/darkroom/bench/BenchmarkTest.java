package io.darkroom.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.bench.BenchmarkReport.Case;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.model.ModelFiles;
import io.darkroom.network.StepSizes;
import io.darkroom.network.UNetConfig;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.HiresSize;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.runtime.AttentionTuner;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.AttentionForm;
import io.darkroom.torchscript.AttentionShape;
import io.darkroom.torchscript.Cost;
import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class BenchmarkTest {
  private final Heard heard = new Heard();

  private static final class Heard implements BenchmarkListener {
    final List<String> parts = new ArrayList<>();
    final List<String> progress = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();

    @Override
    public void onPart(String what) {
      parts.add(what);
    }

    @Override
    public void onProgress(String what) {
      progress.add(what);
    }

    @Override
    public void onWarning(String message) {
      warnings.add(message);
    }
  }

  private static BenchmarkPlan plan(
      int repeats, List<PictureSize> sizes, List<Integer> batchSizes, String... dtypes) {
    List<ComputeOptions> compute = new ArrayList<>();
    for (String dtype : dtypes) {
      compute.add(new ComputeOptions("cpu", dtype));
    }
    return new BenchmarkPlan(
        sizes,
        batchSizes,
        List.of(1),
        List.of(1),
        LoraPlan.NONE,
        Optional.empty(),
        compute,
        repeats);
  }

  private BenchmarkReport measure(String model, BenchmarkPlan plan) throws IOException {
    return Benchmark.of(ModelFiles.of(TestModels.directory(model)), plan, heard)
        .with(RateMeterTest.LITTLE)
        .run();
  }

  /** The second pass is measured as it is made: its size, its steps, and what comes before them. */
  @Test
  void aSecondPassHasItsFigures() throws Exception {
    BenchmarkPlan plan =
        new BenchmarkPlan(
            List.of(new PictureSize(32, 32)),
            List.of(1),
            List.of(1),
            List.of(2),
            LoraPlan.NONE,
            Optional.of(HiresSize.parse("2")),
            List.of(new ComputeOptions("cpu", "fp32")),
            1);
    BenchmarkReport report = measure("tiny-sd1", plan);
    assertEquals(2, report.cases().size());
    Case first = report.cases().get(0);
    Case second = report.cases().get(1);
    assertEquals(new PictureSize(64, 64), second.work().size());
    assertEquals(first.evaluations(), second.evaluations());
    assertEquals(expected(second), second.step().cost().operations());
    assertTrue(first.seconds().enlarge().isEmpty());
    assertTrue(second.seconds().enlarge().orElseThrow().median() > 0);
    JsonObject row = JsonReport.of(report).getAsJsonArray("cases").get(1).getAsJsonObject();
    assertEquals(32, row.get("first_width").getAsInt());
    assertTrue(row.getAsJsonObject("seconds").has("enlarge"));
    String text = TextReport.of(report);
    assertTrue(text.contains("64x64 after 32x32"), text);
    assertTrue(text.contains("enlarge"), text);
  }

  @Test
  void everyCombinationIsARow() throws Exception {
    List<PictureSize> sizes = List.of(new PictureSize(32, 32), new PictureSize(16, 64));
    BenchmarkReport report = measure("tiny-sd1", plan(1, sizes, List.of(1, 2), "fp32", "bf16"));
    assertEquals(
        List.of(
            "32x32 1 fp32",
            "32x32 2 fp32",
            "16x64 1 fp32",
            "16x64 2 fp32",
            "32x32 1 bf16",
            "32x32 2 bf16",
            "16x64 1 bf16",
            "16x64 2 bf16"),
        report.cases().stream()
            .map(row -> row.work().size() + " " + row.work().pictures() + " " + row.dtype())
            .toList());
    assertEquals(BenchmarkReport.Origin.FILE, report.weights());
    assertEquals("tiny-sd1", report.model());
    for (Case row : report.cases()) {
      assertTrue(row.guided());
      assertEquals(77, row.tokens());
      assertEquals(
          expected(row), row.step().cost().operations(), "operations counted for " + row.work());
    }
    long files =
        Files.size(TestModels.weights("tiny-sd1", "unet"))
            + Files.size(TestModels.weights("tiny-sd1", "vae"))
            + Files.size(TestModels.weights("tiny-sd1", "text_encoder"));
    assertEquals(List.of("fp32", "bf16"), report.loads().stream().map(l -> l.dtype()).toList());
    report.loads().forEach(load -> assertEquals(files, load.read().orElseThrow().bytes()));
    assertEquals(List.of(), heard.warnings);
    assertEquals(8 * 2, heard.progress.size());
    assertTrue(heard.parts.contains("16x64, batch 2, steps 1, bf16 on cpu"), heard.parts::toString);
    assertComplete(report);
    assertFits(report);
  }

  private static long expected(Case row) {
    UNetConfig config =
        UNetConfig.parse(
            DiffusersDirectory.open(TestModels.directory("tiny-sd1")).settings(Component.UNET));
    int factor = 8;
    PictureSize size = row.work().size();
    return row.work().pictures()
        * NetworkCost.of(
                config,
                Precision.FLOAT32,
                new StepSizes(
                    1,
                    size.height() / factor,
                    size.width() / factor,
                    row.tokens(),
                    row.evaluations(),
                    true))
            .operations();
  }

  @Test
  void twoTextEncodersAndTheModelsOwnSize() throws IOException {
    BenchmarkReport report = measure("tiny-sdxl", plan(3, List.of(), List.of(1), "fp32"));
    assertEquals(1, report.cases().size());
    assertEquals(new PictureSize(64, 64), report.cases().get(0).work().size());
    assertComplete(report);
    assertFits(report);
  }

  @Test
  void randomWeightsAreMadeNotLoaded() throws IOException {
    BenchmarkReport report =
        Benchmark.of(
                Architecture.BUNDLED,
                Path.of("models", "scenes"),
                plan(2, List.of(new PictureSize(64, 64)), List.of(1), "fp32"),
                heard)
            .with(RateMeterTest.LITTLE)
            .run();
    assertEquals(BenchmarkReport.Origin.RANDOM, report.weights());
    assertEquals(Optional.empty(), report.loads().get(0).read());
    assertEquals(48, report.cases().get(0).tokens());
    assertComplete(report);
    assertFits(report);
    JsonObject load = JsonReport.of(report).getAsJsonArray("loads").get(0).getAsJsonObject();
    assertTrue(load.has("weights_made_seconds"));
    assertFalse(load.has("load_seconds"));
    assertTrue(TextReport.of(report).contains("fp32: weights made in "));
    assertFalse(TextReport.of(report).contains("load"));
    assertEquals(List.of(), heard.warnings);
  }

  @Test
  void eachChunkOfThePromptIsAttendedTo() throws IOException {
    BenchmarkPlan plan =
        new BenchmarkPlan(
            List.of(new PictureSize(32, 32)),
            List.of(1),
            List.of(1, 3),
            List.of(1, 2),
            LoraPlan.NONE,
            Optional.empty(),
            List.of(new ComputeOptions("cpu", "fp32")),
            1);
    BenchmarkReport report = measure("tiny-sd1", plan);
    // The model's sampler, PNDM, has one evaluation more than steps, from two on.
    assertEquals(
        List.of("1 1 77 1", "1 2 77 3", "3 1 231 1", "3 2 231 3"),
        report.cases().stream()
            .map(
                row ->
                    row.work().chunks()
                        + " "
                        + row.work().steps()
                        + " "
                        + row.tokens()
                        + " "
                        + row.evaluations())
            .toList());
    long one = report.cases().get(0).step().cost().operations();
    long three = report.cases().get(2).step().cost().operations();
    assertTrue(three > one, "the floor counts the text");
    report.cases().forEach(row -> assertEquals(expected(row), row.step().cost().operations()));
    assertComplete(report); // with columns for two more lists it does not fit into 80
    String text = TextReport.of(report);
    assertTrue(text.contains("batch type steps chunks"), text);
    assertTrue(text.contains(", loras: 0"), text);
    assertFalse(text.contains(", steps: "), text);
  }

  @Test
  void mergingLorasIsTimedAndTheyAreDeleted() throws IOException {
    List<Path> before = temporaryFolders();
    BenchmarkPlan plan =
        new BenchmarkPlan(
            List.of(new PictureSize(32, 32)),
            List.of(1),
            List.of(1),
            List.of(1),
            new LoraPlan(List.of(0, 2), 3),
            Optional.empty(),
            List.of(new ComputeOptions("cpu", "bf16")),
            2);
    BenchmarkReport report = measure("tiny-sd1", plan);
    assertEquals(List.of(0, 2), report.cases().stream().map(Case::loras).toList());
    assertEquals(List.of(0, 2), report.merges().stream().map(merge -> merge.loras()).toList());
    assertEquals(
        report.cases().get(0).step().cost(), report.cases().get(1).step().cost(), "merged weights");
    assertComplete(report);
    assertFits(report);
    BenchmarkReport.Merge merge = report.merges().get(1);
    JsonObject json = JsonReport.of(report).getAsJsonArray("merges").get(1).getAsJsonObject();
    assertPositive(
        json,
        "loras",
        "rank",
        "layers",
        "operations",
        "bytes",
        "floor_seconds",
        "measured_over_floor");
    assertEquals(3, merge.rank());
    String text = TextReport.of(report);
    assertTrue(text.contains("Merging LoRAs of rank 3, " + merge.layers() + " layers"), text);
    assertEquals(before, temporaryFolders());
    assertEquals(List.of(), heard.warnings);
  }

  private static List<Path> temporaryFolders() throws IOException {
    try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return all.filter(path -> path.getFileName().toString().startsWith("darkroom-bench-"))
          .sorted()
          .toList();
    }
  }

  /** Every number that a report promises is there and makes sense; none is held to a time. */
  private static void assertComplete(BenchmarkReport report) {
    JsonObject json = JsonParser.parseString(JsonReport.of(report).toString()).getAsJsonObject();
    assertPositive(json, "steps", "repeats", "threads");
    assertEquals(report.cases().size(), json.getAsJsonArray("cases").size());
    for (JsonElement rates : json.getAsJsonArray("rates")) {
      assertPositive(
          rates.getAsJsonObject(),
          "matrix_product_operations_per_second",
          "convolution_operations_per_second",
          "bytes_per_second");
    }
    for (JsonElement element : json.getAsJsonArray("loads")) {
      JsonObject load = element.getAsJsonObject();
      if (report.weights() == BenchmarkReport.Origin.FILE) {
        assertPositive(load, "load_seconds", "read_seconds", "read_bytes", "load_over_read");
      } else {
        assertPositive(load, "weights_made_seconds");
      }
    }
    for (int i = 0; i < report.cases().size(); i++) {
      JsonObject row = json.getAsJsonArray("cases").get(i).getAsJsonObject();
      assertPositive(
          row, "width", "height", "batch_size", "evaluations", "tokens", "steps_per_second");
      for (String stage : List.of("encode", "embed", "step", "bare_step", "decode")) {
        JsonObject spread = row.getAsJsonObject("seconds").getAsJsonObject(stage);
        assertPositive(spread, "median", "min", "max");
        assertTrue(spread.get("min").getAsDouble() <= spread.get("median").getAsDouble());
        assertTrue(spread.get("median").getAsDouble() <= spread.get("max").getAsDouble());
      }
      assertTrue(row.getAsJsonObject("outside_networks").get("median").getAsDouble() < 1);
      Case known = report.cases().get(i);
      for (Map.Entry<String, NetworkCost> network :
          Map.of("step", known.step().cost(), "decode", known.decoding().cost()).entrySet()) {
        JsonObject counted = row.getAsJsonObject(network.getKey());
        assertPositive(
            counted, "product_bytes", "elementwise_bytes", "floor_seconds", "measured_over_floor");
        JsonObject operations = counted.getAsJsonObject("operations");
        assertPositive(operations, "convolution", "matrix_product", "attention");
        assertEquals(
            network.getValue().operations(Kind.CONVOLUTION),
            operations.get("convolution").getAsLong());
      }
    }
  }

  private static void assertFits(BenchmarkReport report) {
    List<String> lines = TextReport.of(report).lines().toList();
    assertTrue(
        lines.stream().allMatch(line -> line.length() <= 80), () -> String.join("\n", lines));
  }

  private static void assertPositive(JsonObject json, String... names) {
    for (String name : names) {
      assertTrue(json.has(name), () -> name + " in " + json);
      double value = json.get(name).getAsDouble();
      assertTrue(value > 0 && Double.isFinite(value), () -> name + " in " + json);
    }
  }

  @Test
  void aFileWithEverythingIsReadOnceAndAllPartsOfASplitOne(@TempDir Path folder)
      throws IOException {
    Path one = TestModels.directory("tiny-sd1.safetensors");
    ModelFiles model =
        new ModelFiles(
            one, Optional.of(TestModels.directory("tiny-sd1")), Optional.empty(), folder);
    assertEquals(Files.size(one), ModelReading.of(model.open()).run().bytes());

    TestModels.copy("tiny-sd1", folder);
    Path unet = TestModels.weights(folder, "unet");
    Path first = unet.resolveSibling("part-1.safetensors");
    Path second = unet.resolveSibling("part-2.safetensors");
    Files.copy(unet, first);
    Files.copy(unet, second);
    TestModels.rewrite(first, all -> all.keySet().removeIf(name -> name.startsWith("up")));
    TestModels.rewrite(second, all -> all.keySet().removeIf(name -> !name.startsWith("up")));
    JsonObject places = new JsonObject();
    for (Path part : List.of(first, second)) {
      Golden.open(part)
          .names()
          .forEach(name -> places.addProperty(name, part.getFileName().toString()));
    }
    JsonObject index = new JsonObject();
    index.add("weight_map", places);
    Files.writeString(
        unet.resolveSibling("diffusion_pytorch_model.safetensors.index.json"), index.toString());
    Files.delete(unet);
    assertEquals(
        Files.size(first)
            + Files.size(second)
            + Files.size(TestModels.weights(folder, "vae"))
            + Files.size(TestModels.weights(folder, "text_encoder")),
        ModelReading.of(DiffusersDirectory.open(folder)).run().bytes());
  }

  @Test
  void aSizeThatTheModelCannotPaintIsToldBeforeAnythingIsLoaded() {
    List<PictureSize> sizes = List.of(new PictureSize(64, 64), new PictureSize(64, 60));
    BenchmarkPlan plan = plan(1, sizes, List.of(1), "fp32");
    Path bundled = Path.of("models", "scenes");
    for (Benchmark benchmark :
        List.of(
            Benchmark.of(ModelFiles.of(TestModels.directory("tiny-sd1")), plan, heard),
            Benchmark.of(Architecture.SDXL, bundled, plan, heard),
            Benchmark.of(Architecture.BUNDLED, bundled, plan, heard))) {
      InvalidRequestException failure = assertThrows(InvalidRequestException.class, benchmark::run);
      assertTrue(failure.getMessage().startsWith("height 60 is not a multiple of"));
      assertEquals(List.of(), heard.parts);
    }
  }

  @Test
  void aDeviceThatIsNotThereIsToldBeforeAnythingIsRead() {
    BenchmarkPlan plan =
        new BenchmarkPlan(
            List.of(),
            List.of(1),
            List.of(1),
            List.of(1),
            LoraPlan.NONE,
            Optional.empty(),
            List.of(new ComputeOptions("cpu", "fp32"), new ComputeOptions("cuda:999", "fp32")),
            1);
    assertThrows(InvalidRequestException.class, () -> measure("tiny-sd1", plan));
    assertEquals(List.of(), heard.parts);
  }

  @Test
  void whatElseTheModelCannotDoIsToldBeforeAnythingIsMeasured() {
    BenchmarkPlan plan =
        new BenchmarkPlan(
            List.of(),
            List.of(1),
            List.of(1),
            List.of(1, 1_000_000),
            LoraPlan.NONE,
            Optional.empty(),
            List.of(new ComputeOptions("cpu", "fp32")),
            1);
    InvalidRequestException failure =
        assertThrows(InvalidRequestException.class, () -> measure("tiny-sd1", plan));
    assertTrue(failure.getMessage().contains("1000000"), failure::getMessage);
    assertEquals(List.of(), heard.progress);
  }

  @Test
  void plansMustMakeSense() {
    for (String text :
        List.of("", "512", "512x", "x512", "512x512x3", "-8x8", "8 x 8", "0x8", "8x0")) {
      assertThrows(InvalidRequestException.class, () -> PictureSize.parse(text), text);
    }
    assertEquals(new PictureSize(768, 512), PictureSize.parse("768x512"));
    List<ComputeOptions> compute = List.of(ComputeOptions.AUTO);
    for (int[] numbers :
        new int[][] {
          {0, 1, 1, 1}, {1, 0, 1, 1}, {1, 101, 1, 1}, {1, 1, 0, 1}, {1, 1, 1, 0}, {1, 1, 1, 1001}
        }) {
      assertThrows(
          InvalidRequestException.class,
          () ->
              new BenchmarkPlan(
                  List.of(),
                  List.of(1, numbers[0]),
                  List.of(1, numbers[1]),
                  List.of(1, numbers[2]),
                  LoraPlan.NONE,
                  Optional.empty(),
                  compute,
                  numbers[3]));
    }
    for (int[] numbers : new int[][] {{-1, 1}, {101, 1}, {1, 0}, {1, 1025}}) {
      assertThrows(
          InvalidRequestException.class, () -> new LoraPlan(List.of(0, numbers[0]), numbers[1]));
    }
  }

  @Test
  void theTextFitsWhateverCameOut() {
    Spread slow = new Spread(1234.5, 1012.3, 2345.6);
    Spread fast = new Spread(0.1234, 0.0912, 0.9999);
    NetworkCost cost =
        new NetworkCost(List.of(new Cost(Kind.MATRIX_PRODUCT, 100_000_000_000_000_000L, 0)));
    BenchmarkReport.Counted counted = new BenchmarkReport.Counted(cost, Precision.Format.FLOAT32);
    List<Case> cases = new ArrayList<>();
    for (Spread time : List.of(slow, fast)) {
      cases.add(
          new Case(
              new Workload(new PictureSize(1024, 1024), 16, 1, 4, Optional.empty()),
              0,
              "bf16",
              4,
              77,
              true,
              new BenchmarkReport.Seconds(time, time, time, time, time, Optional.empty()),
              new Spread(-0.123, -0.234, 0.345),
              new BenchmarkReport.Memory(
                  OptionalLong.of(123L << 30), OptionalLong.empty(), OptionalLong.empty()),
              counted,
              counted));
    }
    BenchmarkReport report =
        new BenchmarkReport(
            "model",
            BenchmarkReport.Origin.FILE,
            "cpu",
            OptionalInt.of(128),
            "euler",
            3,
            Map.of(Precision.Format.FLOAT32, new DeviceRates(123.4e12, 99.9e12, 999e9)),
            List.of(
                new BenchmarkReport.Load(
                    "bf16",
                    Precision.Format.FLOAT32,
                    1234,
                    Optional.of(new BenchmarkReport.Read(12345678900L, 1.5)),
                    OptionalLong.of(123L << 30))),
            Set.of(
                new AttentionTuner.Choice(
                    new AttentionShape(32, 1 << 20, 1 << 20, 160),
                    new AttentionForm(512, 128, 192),
                    123.4e12,
                    99.9e12)),
            List.of(new BenchmarkReport.Merge("bf16", 100, 1024, 12345, slow, counted)),
            cases);
    for (String line : TextReport.of(report).split("\n", 0)) {
      assertTrue(line.length() <= 80, line.length() + ": " + line);
    }
    assertTrue(TextReport.of(report).contains("512x128x192"), TextReport.of(report));
    JsonObject choice = JsonReport.of(report).getAsJsonArray("attention").get(0).getAsJsonObject();
    assertEquals(1 << 20, choice.get("keys").getAsInt());
    assertEquals(512, choice.get("block_queries").getAsInt());
    assertEquals(99.9e12, choice.get("whole_operations_per_second").getAsDouble());
  }

  @Test
  void numbersHaveThreeDigits() {
    assertEquals("1.23s", TextReport.time(1.2345));
    assertEquals("12.3ms", TextReport.time(0.012345));
    assertEquals("0.012ms", TextReport.time(0.000012345));
    assertEquals("1235s", TextReport.time(1234.5));
    assertEquals("12.3..1234", TextReport.range(new Spread(0.0124, 0.0123, 1.2341)));
    assertEquals("1.00..2.00", TextReport.range(new Spread(1, 1, 2)));
    assertEquals("99.9", TextReport.digits(99.94));
    assertEquals("100", TextReport.digits(99.96));
    assertEquals("10.0", TextReport.digits(9.996));
    assertEquals("1.50 GB", TextReport.scaled(1.5e9, "B"));
    assertEquals("4.20 MB", TextReport.scaled(4.2e6, "B"));
    assertEquals("1.00 TB", TextReport.scaled(0.9999e12, "B"));
  }
}
