package io.darkroom.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.bench.Architecture;
import io.darkroom.cli.Darkroom;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** The script {@code scripts/growth}: what it measures, and what it makes of results. */
@EnabledOnOs(OS.LINUX)
class GrowthScriptTest {
  @TempDir Path folder;
  private Path results;

  private record Run(int status, List<String> out, String err) {}

  @BeforeEach
  void create() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/jq")), "there is no jq");
    results = Files.createDirectory(folder.resolve("results"));
  }

  private Run run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Path.of("scripts", "growth").toString()));
    command.addAll(List.of(arguments));
    command.add(results.toString());
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("DARKROOM", program().toString());
    builder.environment().put("OPT_OUT_TRACKING", "true");
    builder.environment().put("GOMP_SPINCOUNT", "1000");
    int status = builder.start().waitFor();
    return new Run(status, Files.readAllLines(out), Files.readString(err));
  }

  /** The program, as the launcher starts it, without a build. */
  private Path program() throws IOException {
    Path program = folder.resolve("darkroom");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Files.writeString(
        program,
        """
        #!/bin/sh
        exec '%s' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx1g -Ddarkroom.home='%s' -cp '%s' %s "$@"
        """
            .formatted(
                java,
                Path.of("").toAbsolutePath(),
                System.getProperty("java.class.path"),
                Darkroom.class.getName()));
    assertTrue(program.toFile().setExecutable(true));
    return program;
  }

  // ---------------------------------------------------------------- results that are there

  /** Rows of a part as {@code bench --json} gives them; each takes a tenth longer than the last. */
  private void store(String part, String factor, int... values) throws IOException {
    JsonArray cases = new JsonArray();
    for (int i = 0; i < values.length; i++) {
      double seconds = 0.8 * Math.pow(1.1, i);
      JsonObject row =
          JsonParser.parseString(
                  """
                  {"width": 256, "height": 256, "batch_size": 1, "chunks": 1, "steps": 2, "loras": 0,
                   "dtype": "fp32", "evaluations": 2,
                   "seconds": {"step": {"median": %1$s, "min": %2$s, "max": %3$s}},
                   "step": {"floor_seconds": 0.4}}
                  """
                      .formatted(seconds, 0.9 * seconds, 1.2 * seconds))
              .getAsJsonObject();
      row.addProperty(factor, values[i]);
      if (factor.equals("width")) {
        row.addProperty("height", values[i]);
      }
      cases.add(row);
    }
    JsonObject report = new JsonObject();
    report.addProperty("model", "<sd & 15>");
    report.addProperty("device", "cpu");
    report.addProperty("threads", 2);
    report.add("cases", cases);
    if (part.equals("loras")) {
      report.add(
          "merges",
          JsonParser.parseString(
              """
              [{"loras": 0, "rank": 16, "seconds": {"median": 5, "min": 4, "max": 6}, "floor_seconds": 1},
               {"loras": 1, "rank": 16, "seconds": {"median": 7.5, "min": 6, "max": 8}, "floor_seconds": 2}]
              """));
    }
    Files.writeString(results.resolve(part + ".json"), report.toString());
  }

  private void storeAll() throws IOException {
    store("pixels", "width", 256, 512);
    store("steps", "steps", 1, 2);
    store("batch", "batch_size", 1, 16);
    store("chunks", "chunks", 1, 8);
    store("loras", "loras", 0, 1);
    Files.writeString(
        results.resolve("memory.json"),
        """
        {"memory": [{"pictures": 10, "host_resident_bytes": 104857600, "host_peak_bytes": 209715200}]}
        """);
  }

  @Test
  void theTableTellsGrowthBesideThatOfTheFloor() throws Exception {
    storeAll();
    Run run = run("-n");
    assertEquals(0, run.status(), run.err());
    assertEquals("", run.err());
    assertEquals(
        List.of(results.resolve("growth.md").toString(), results.resolve("growth.svg").toString()),
        run.out());
    List<String> lines = Files.readAllLines(results.resolve("growth.md"));
    assertEquals("<sd & 15>, fp32 on cpu, threads: 2:", lines.get(0));
    for (String line :
        List.of(
            "| 512 | 880 ms (792 ms to 1.06 s) | 400 ms | 2.20 | 1.10 | 1.00 |",
            "| 16 | 880 ms (792 ms to 1.06 s) | 400 ms | 2.20 | 1.10 | 1.00 |",
            // A loop has two evaluations here.
            "| 1 | 1.60 s (1.44 s to 1.92 s) | 800 ms | 2.00 | 1.00 | 1.00 |",
            "| 1 | 7.50 s (6.00 s to 8.00 s) | 2.00 s | 3.75 | 1.50 | 2.00 |",
            "| 10 | 100 MiB | 200 MiB |")) {
      assertTrue(lines.contains(line), () -> line + "\n" + String.join("\n", lines));
    }
  }

  @Test
  void thePlotIsAPictureWithItsOwnBackground() throws Exception {
    storeAll();
    assertEquals(0, run("-n").status());
    Document plot = svg();
    Element first = (Element) plot.getElementsByTagName("rect").item(0);
    assertEquals("#ffffff", first.getAttribute("fill"));
    List<String> texts = texts(plot.getElementsByTagName("text"));
    assertTrue(
        texts.containsAll(
            List.of(
                "How time grows: <sd & 15>, fp32 on cpu, threads: 2",
                "Pixels",
                "side of the picture, pixels",
                "LoRAs merged, rank 16",
                "time of the loop",
                "500 ms",
                "16")),
        texts::toString);
    // Two curves in each of six panels, and two in the legend.
    NodeList curves = plot.getElementsByTagName("polyline");
    assertEquals(2 * 6 + 2, curves.getLength());
    double width = Double.parseDouble(plot.getDocumentElement().getAttribute("width"));
    double height = Double.parseDouble(plot.getDocumentElement().getAttribute("height"));
    for (int i = 0; i < curves.getLength(); i++) {
      for (String point : ((Element) curves.item(i)).getAttribute("points").split(" ", 0)) {
        double x = Double.parseDouble(point.split(",", 2)[0]);
        double y = Double.parseDouble(point.split(",", 2)[1]);
        assertTrue(x > 0 && x < width && y > 0 && y < height, point);
      }
    }
  }

  private Document svg() throws Exception {
    String text = Files.readString(results.resolve("growth.svg"));
    return DocumentBuilderFactory.newDefaultInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(text)));
  }

  private static List<String> texts(NodeList nodes) {
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent())
        .toList();
  }

  @Test
  void aPartAloneIsEnough() throws Exception {
    store("batch", "batch_size", 1);
    assertEquals(0, run("-n").status());
    assertEquals(2 + 2, svg().getElementsByTagName("polyline").getLength());
  }

  // ---------------------------------------------------------------- what makes no sense

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-n | 1 | there are no results in",
        "-p pixels,colours | 2 | 'colours' is no part; say pixels steps batch chunks loras memory",
        "-r none | 2 | -r none is no number",
        "-m 0 | 2 | -m 0 is no number",
        "-x | 2 | -x is no option",
        "another | 2 | say one folder",
        "-p pixels -l 16 | 2 | -l 16: the smallest pictures have a side of 256",
      })
  void whatMakesNoSenseIsOneLine(String arguments, int status, String message) throws Exception {
    Run run = run(arguments.split(" ", 0));
    assertEquals(status, run.status(), run.err());
    String last = run.err().lines().reduce((before, after) -> after).orElseThrow();
    assertTrue(last.startsWith("growth: " + message), run.err());
    assertEquals(List.of(), run.out());
    try (var files = Files.list(results)) {
      assertEquals(List.of(), files.toList());
    }
  }

  // ---------------------------------------------------------------- measuring

  @Tag("slow")
  @Test
  void itMeasuresTimeAndMemory() throws Exception {
    String bundled = Architecture.BUNDLED.optionName();
    Run run =
        run("-a", bundled, "-d", "fp32", "-l", "64", "-m", "10", "-r", "1", "-p", "pixels,memory");
    assertEquals(0, run.status(), run.err());
    JsonObject memory =
        JsonParser.parseString(Files.readString(results.resolve("memory.json"))).getAsJsonObject();
    JsonObject point = memory.getAsJsonArray("memory").get(0).getAsJsonObject();
    assertEquals(1, memory.getAsJsonArray("memory").size());
    assertEquals(10, point.get("pictures").getAsInt());
    long resident = point.get("host_resident_bytes").getAsLong();
    assertTrue(resident > 50L << 20, () -> resident + " bytes");
    assertTrue(point.get("host_peak_bytes").getAsLong() >= resident);
    List<String> lines = Files.readAllLines(results.resolve("growth.md"));
    assertTrue(lines.get(0).startsWith("bundled, fp32 on cpu"), lines::toString);
    assertTrue(lines.stream().anyMatch(line -> line.startsWith("| 64 |")), lines::toString);
    try (var files = Files.list(results)) {
      assertEquals(
          List.of("growth.md", "growth.svg", "memory.json", "pixels.json"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }
}
