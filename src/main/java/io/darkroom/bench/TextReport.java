package io.darkroom.bench;

import io.darkroom.bench.BenchmarkReport.Case;
import io.darkroom.bench.BenchmarkReport.Load;
import io.darkroom.bench.BenchmarkReport.Merge;
import io.darkroom.bench.BenchmarkReport.Origin;
import io.darkroom.runtime.AttentionTuner;
import io.darkroom.torchscript.AttentionForm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

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
        "repeats: %d, sampler: %s%s"
            .formatted(
                report.repeats(),
                report.sampler(),
                Arrays.stream(Factor.values())
                    .filter(factor -> factor.values(report).size() == 1)
                    .map(factor -> factor.same(report))
                    .collect(Collectors.joining())));
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
    if (!report.attention().isEmpty()) {
      lines.add("");
      lines.add("Attention, the fastest form for each shape on this machine");
      lines.addAll(attention(report).lines());
    }
    if (!report.merges().isEmpty()) {
      lines.add("");
      lines.add(
          "Merging LoRAs of rank %d, %d layers: text encoders and U-Net load again"
              .formatted(report.merges().get(0).rank(), report.merges().get(0).layers()));
      lines.addAll(merges(report).lines());
    }
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

  private static TextTable attention(BenchmarkReport report) {
    TextTable table =
        new TextTable(List.of("heads", "queries", "keys", "width", "form", "rate", "whole"));
    for (AttentionTuner.Choice choice : report.attention()) {
      table.add(
          List.of(
              Long.toString(choice.shape().heads()),
              Long.toString(choice.shape().queries()),
              Long.toString(choice.shape().keys()),
              Long.toString(choice.shape().width()),
              form(choice.form()),
              scaled(choice.rate(), "op/s"),
              scaled(choice.wholeRate(), "op/s")));
    }
    return table;
  }

  /** Such as {@code 128x2}: the queries and heads of a block, and the width if it is filled up. */
  private static String form(AttentionForm form) {
    if (form.equals(AttentionForm.WHOLE)) {
      return "whole";
    }
    return form.queries() + "x" + form.heads() + (form.width() == 0 ? "" : "x" + form.width());
  }

  private static TextTable merges(BenchmarkReport report) {
    TextTable table = new TextTable(List.of("loras", "type", "time", "", "floor", "x"));
    for (Merge merge : report.merges()) {
      table.add(
          List.of(
              Integer.toString(merge.loras()),
              merge.dtype(),
              time(merge.seconds().median()),
              range(merge.seconds()),
              time(merge.cost().floor(report.rates())),
              digits(merge.overFloor(report.rates()))));
    }
    return table;
  }

  private static TextTable times(BenchmarkReport report) {
    boolean hasEnlarging =
        report.cases().stream().anyMatch(row -> row.seconds().enlarge().isPresent());
    List<String> stages = new ArrayList<>(List.of("encode", "", "step", "", "decode", ""));
    if (hasEnlarging) {
      stages.addAll(List.of("enlarge", ""));
    }
    TextTable table = table(report, stages.toArray(String[]::new));
    for (Case row : report.cases()) {
      List<String> cells = what(row, report);
      for (Spread spread :
          List.of(row.seconds().encode(), row.seconds().step(), row.seconds().decode())) {
        cells.add(time(spread.median()));
        cells.add(range(spread));
      }
      if (hasEnlarging) {
        Optional<Spread> enlarge = row.seconds().enlarge();
        cells.add(enlarge.map(spread -> time(spread.median())).orElse("-"));
        cells.add(enlarge.map(TextReport::range).orElse(""));
      }
      table.add(cells);
    }
    return table;
  }

  private static TextTable floors(BenchmarkReport report) {
    TextTable table = table(report, "steps/s", "outside", "", "step", "x", "decode", "x", "GiB");
    for (Case row : report.cases()) {
      List<String> cells = what(row, report);
      Spread percent = row.outside().map(share -> 100 * share);
      cells.add(digits(1 / row.seconds().step().median()));
      cells.add(String.format(Locale.ROOT, "%.1f%%", percent.median()));
      cells.add(String.format(Locale.ROOT, "%.1f..%.1f", percent.least(), percent.most()));
      cells.add(time(row.step().floor(report.rates())));
      cells.add(digits(row.stepOverFloor(report.rates())));
      cells.add(time(row.work().pictures() * row.decoding().floor(report.rates())));
      cells.add(digits(row.decodingOverFloor(report.rates())));
      OptionalLong device = row.memory().device();
      cells.add(gibi(device.isPresent() ? device : row.memory().hostPeak()));
      table.add(cells);
    }
    return table;
  }

  /** A table whose first columns tell what a row measures. */
  private static TextTable table(BenchmarkReport report, String... measured) {
    List<String> heading = new ArrayList<>(List.of("size", "batch", "type"));
    factors(report).forEach(factor -> heading.add(factor.title()));
    heading.addAll(Arrays.asList(measured));
    return new TextTable(heading);
  }

  private static List<String> what(Case row, BenchmarkReport report) {
    List<String> cells = new ArrayList<>();
    cells.add(row.work().sizes());
    cells.add(Integer.toString(row.work().pictures()));
    cells.add(row.dtype());
    factors(report).forEach(factor -> cells.add(Integer.toString(factor.of(row))));
    return cells;
  }

  /** Those that have a column. */
  private static List<Factor> factors(BenchmarkReport report) {
    return Arrays.stream(Factor.values())
        .filter(factor -> factor.values(report).size() > 1)
        .toList();
  }

  /** What is the same in all rows, unless a list was asked for. */
  private enum Factor {
    STEPS(row -> row.work().steps()),
    CHUNKS(row -> row.work().chunks()),
    LORAS(Case::loras);

    private final ToIntFunction<Case> number;

    Factor(ToIntFunction<Case> number) {
      this.number = number;
    }

    String title() {
      return name().toLowerCase(Locale.ROOT);
    }

    int of(Case row) {
      return number.applyAsInt(row);
    }

    Set<Integer> values(BenchmarkReport report) {
      return report.cases().stream().map(this::of).collect(Collectors.toSet());
    }

    /** For the line above the tables. */
    String same(BenchmarkReport report) {
      return ", " + title() + ": " + of(report.cases().get(0));
    }
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
