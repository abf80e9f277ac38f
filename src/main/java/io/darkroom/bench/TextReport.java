package io.darkroom.bench;

import io.darkroom.bench.BenchmarkReport.Case;
import io.darkroom.bench.BenchmarkReport.Load;
import io.darkroom.bench.BenchmarkReport.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** A report for people: plain text of at most 80 columns. */
public final class TextReport {
  private static final double GIBI = 1 << 30;

  private TextReport() {}

  /**
   * Writes a report down.
   *
   * @param report what was measured
   * @return lines, the last one without its end
   */
  public static String of(BenchmarkReport report) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s%s on %s%s"
            .formatted(
                report.model(),
                report.weights() == Origin.RANDOM ? " with random weights" : "",
                report.device(),
                report.threads().isPresent() ? ", threads: " + report.threads().getAsInt() : ""));
    lines.add(
        "repeats: %d, steps each: %d, sampler: %s"
            .formatted(report.repeats(), report.steps(), report.sampler()));
    lines.add("");
    report.loads().forEach(load -> lines.addAll(load(load, report.weights())));
    report
        .rates()
        .forEach(
            (format, rates) ->
                lines.add(
                    "%s at best: products %s, convolutions %s, memory %s"
                        .formatted(
                            JsonReport.name(format),
                            scaled(rates.matrixProducts(), "op/s"),
                            scaled(rates.convolutions(), "op/s"),
                            scaled(rates.bytes(), "B/s"))));
    lines.add("");
    lines.add("Time of a batch: median, least..most");
    lines.addAll(times(report).lines());
    lines.add("");
    lines.add("Floor: the networks' products alone, at best; x: how many times that it took");
    lines.add("outside: share of the loop's time beside the U-Net; " + memoryLegend(report));
    lines.addAll(floors(report).lines());
    return String.join("\n", lines);
  }

  private static String memoryLegend(BenchmarkReport report) {
    boolean device = report.cases().stream().anyMatch(row -> row.memory().device().isPresent());
    return device ? "GiB: in use on the GPU" : "GiB: peak memory";
  }

  private static List<String> load(Load load, Origin weights) {
    String arithmetic = JsonReport.name(load.arithmetic());
    List<String> lines = new ArrayList<>();
    lines.add(
        load.dtype()
            + (arithmetic.equals(load.dtype()) ? "" : ", computing in " + arithmetic)
            + (weights == Origin.FILE ? ": load " : ": weights made in ")
            + time(load.seconds())
            + (load.peakBytes().isPresent() ? ", peak " + gibi(load.peakBytes()) + " GiB" : ""));
    load.read()
        .ifPresent(
            read ->
                lines.add(
                    "  bare reading of its files: %s, %s; the load takes %s times that"
                        .formatted(
                            time(read.seconds()),
                            scaled((double) read.bytes(), "B"),
                            digits(load.seconds() / read.seconds()))));
    return lines;
  }

  private static TextTable times(BenchmarkReport report) {
    TextTable table =
        new TextTable("size", "batch", "type", "encode", "", "step", "", "decode", "");
    for (Case row : report.cases()) {
      List<String> cells = new ArrayList<>(what(row));
      for (Spread spread :
          List.of(row.seconds().encode(), row.seconds().step(), row.seconds().decode())) {
        cells.add(time(spread.median()));
        cells.add(range(spread));
      }
      table.add(cells);
    }
    return table;
  }

  private static TextTable floors(BenchmarkReport report) {
    TextTable table =
        new TextTable(
            "size", "batch", "type", "steps/s", "outside", "", "step", "x", "decode", "x", "GiB");
    for (Case row : report.cases()) {
      List<String> cells = new ArrayList<>(what(row));
      Spread percent = row.outside().map(share -> 100 * share);
      cells.add(digits(1 / row.seconds().step().median()));
      cells.add(String.format(Locale.ROOT, "%.1f%%", percent.median()));
      cells.add(String.format(Locale.ROOT, "%.1f..%.1f", percent.least(), percent.most()));
      cells.add(time(row.step().floor(report.rates())));
      cells.add(digits(row.stepOverFloor(report.rates())));
      cells.add(time(row.pictures() * row.decoding().floor(report.rates())));
      cells.add(digits(row.decodingOverFloor(report.rates())));
      OptionalLong device = row.memory().device();
      cells.add(gibi(device.isPresent() ? device : row.memory().hostPeak()));
      table.add(cells);
    }
    return table;
  }

  private static List<String> what(Case row) {
    return List.of(row.size().toString(), Integer.toString(row.pictures()), row.dtype());
  }

  // ---------------------------------------------------------------- numbers

  /** Three digits that count, and a unit. */
  static String time(double seconds) {
    return seconds < 1 ? digits(1000 * seconds) + "ms" : digits(seconds) + "s";
  }

  /** In the unit of the median. */
  static String range(Spread seconds) {
    double unit = seconds.median() < 1 ? 1000 : 1;
    return digits(unit * seconds.least()) + ".." + digits(unit * seconds.most());
  }

  /** Three digits that count; all of those before the point. */
  static String digits(double number) {
    double size = Math.abs(number);
    int places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + places + "f", number);
  }

  /** With the prefix that leaves one to three digits before the point. */
  static String scaled(double number, String unit) {
    String prefixes = "MGT";
    double scaled = number / 1e6;
    int prefix = 0;
    while (scaled >= 999.5 && prefix < prefixes.length() - 1) {
      scaled /= 1000;
      prefix++;
    }
    return digits(scaled) + " " + prefixes.charAt(prefix) + unit;
  }

  private static String gibi(OptionalLong bytes) {
    return bytes.isPresent() ? String.format(Locale.ROOT, "%.1f", bytes.getAsLong() / GIBI) : "-";
  }
}
