package io.darkroom.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Text in columns, all but the first flush right; each is as wide as it must be, and further apart
 * where there is room.
 */
final class TextTable {
  private static final int WIDTH = 80;

  private final List<List<String>> rows = new ArrayList<>();

  /** Begins a table with its heading. */
  TextTable(List<String> heading) {
    rows.add(List.copyOf(heading));
  }

  /** Adds a row of as many cells as the heading has. */
  void add(List<String> cells) {
    rows.add(List.copyOf(cells));
  }

  /** All lines, the heading first. */
  List<String> lines() {
    int[] widths =
        IntStream.range(0, rows.get(0).size())
            .map(i -> rows.stream().mapToInt(row -> row.get(i).length()).max().orElseThrow())
            .toArray();
    int gaps = widths.length - 1;
    String gap = IntStream.of(widths).sum() + 2 * gaps <= WIDTH ? "  " : " ";
    return rows.stream().map(row -> line(row, widths, gap)).toList();
  }

  private static String line(List<String> cells, int[] widths, String gap) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - cells.get(i).length());
      line.append(i == 0 ? cells.get(i) + padding : gap + padding + cells.get(i));
    }
    return line.toString().stripTrailing();
  }
}
