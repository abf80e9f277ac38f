package io.darkroom.batch;

import io.darkroom.base.OneLine;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A table of values that are parted by commas, semicolons or tabs, and quoted where they need it
 * (RFC 4180). Its first row names the columns, which are the fields of a JSON line; a cell that is
 * blank says nothing.
 */
final class PromptTable implements PromptFormat {
  private static final List<Character> DELIMITERS = List.of(',', ';', '\t');

  private final CSVFormat format;

  /** The field of each column that has one, by the column's place. */
  private final Map<Integer, String> columns = new LinkedHashMap<>();

  private PromptTable(CSVFormat format, List<String> header) {
    this.format = format;
    for (int i = 0; i < header.size(); i++) {
      String name = header.get(i);
      if (!name.isBlank()) {
        String key =
            key(name)
                .orElseThrow(
                    () ->
                        new InvalidRequestException(
                            "the first row must name the columns: "
                                + LineFields.unknown("column", name).getMessage()));
        if (columns.containsValue(key)) {
          throw new InvalidRequestException("the column " + key + " occurs twice");
        }
        columns.put(i, key);
      }
    }
    if (!columns.containsValue("prompt")) {
      throw new InvalidRequestException("the table has no column prompt");
    }
  }

  /**
   * Tells whether a file is a table: by the ending of its name, or by a first row that is nothing
   * but the names of several columns.
   *
   * @param file the file's name; empty if it has none
   * @param header the first line that says something
   * @return the table, which begins after that line; empty if it is none
   * @throws InvalidRequestException if the file is a table with a bad first row
   */
  static Optional<PromptTable> of(String file, String header) {
    String name = file.toLowerCase(Locale.ROOT);
    if (name.endsWith(".tsv") || name.endsWith(".tab")) {
      return Optional.of(new PromptTable(format('\t'), header(format('\t'), header)));
    }
    char delimiter = ',';
    for (char candidate : DELIMITERS) {
      if (cells(format(candidate), header).size() > cells(format(delimiter), header).size()) {
        delimiter = candidate;
      }
    }
    List<String> names = cells(format(delimiter), header);
    boolean told =
        names.size() > 1
            && names.stream().allMatch(column -> key(column).isPresent())
            && names.stream().anyMatch(column -> key(column).get().equals("prompt"));
    return told || name.endsWith(".csv")
        ? Optional.of(new PromptTable(format(delimiter), header(format(delimiter), header)))
        : Optional.empty();
  }

  private static Optional<String> key(String column) {
    return LineFields.key(column.strip().toLowerCase(Locale.ROOT).replaceAll("[ -]", "_"));
  }

  private static CSVFormat format(char delimiter) {
    return CSVFormat.RFC4180.builder().setDelimiter(delimiter).setIgnoreEmptyLines(false).get();
  }

  private static List<String> header(CSVFormat format, String row) {
    List<String> names = cells(format, row);
    if (names.isEmpty()) {
      throw notQuoted();
    }
    return names;
  }

  /** The cells of a row; none if its quotation marks are wrong. */
  private static List<String> cells(CSVFormat format, String row) {
    try (CSVParser parser = CSVParser.parse(row, format)) {
      List<String> cells = new ArrayList<>();
      for (CSVRecord record : parser.getRecords()) {
        record.forEach(cells::add);
      }
      return cells;
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  private static InvalidRequestException notQuoted() {
    return new InvalidRequestException(
        "the quotation marks of the row are wrong: a cell that begins with one must end with"
            + " one, and those inside it must be doubled");
  }

  /** Spreadsheets write rows of nothing but delimiters. */
  @Override
  public boolean isSilent(String text) {
    return text.isBlank()
        || (!cells(format, text).isEmpty()
            && cells(format, text).stream().allMatch(String::isBlank));
  }

  /** Inside quotation marks a cell may have several lines. */
  @Override
  public boolean goesOn(String text) {
    return text.indexOf('"') >= 0
        && cells(format, text).isEmpty()
        && !cells(format, text + '"').isEmpty();
  }

  @Override
  public PromptLine parse(int number, String text) {
    List<String> cells = cells(format, text);
    if (cells.isEmpty()) {
      throw notQuoted();
    }
    LineFields fields = new LineFields();
    for (int i = 0; i < cells.size(); i++) {
      if (!cells.get(i).isBlank()) {
        if (!columns.containsKey(i)) {
          throw new InvalidRequestException(
              "cell %2$d of the row, '%1$s', has no column"
                  .formatted(OneLine.of(cells.get(i)), i + 1));
        }
        fields.addText(columns.get(i), cells.get(i));
      }
    }
    return fields.promptLine(number);
  }
}
