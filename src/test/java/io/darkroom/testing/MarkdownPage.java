package io.darkroom.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page of the documentation: its blocks of code, its links and its headings. */
public final class MarkdownPage {
  private static final Pattern COMMENT = Pattern.compile("<!--\\s*(.*?)\\s*-->");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^()\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("#{1,6} +(.*)");
  private static final Pattern LIST_ITEM = Pattern.compile("([-*+]|\\d+\\.) .*");

  /**
   * A block of code.
   *
   * @param line its first line, counted from 1
   * @param language what the fence says; {@code sh} for an indented block
   * @param note the HTML comment right before it, else empty
   * @param text its lines
   */
  public record Block(int line, String language, String note, String text) {}

  private final List<Block> blocks = new ArrayList<>();
  private final List<String> links = new ArrayList<>();
  private final Set<String> anchors = new TreeSet<>();

  private MarkdownPage() {}

  /**
   * Reads a page.
   *
   * @param file in Markdown
   * @return the page
   * @throws IOException if it cannot be read
   */
  public static MarkdownPage read(Path file) throws IOException {
    MarkdownPage page = new MarkdownPage();
    List<String> lines = Files.readAllLines(file);
    String note = "";
    String before = ""; // the last line that is not blank
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean fenced = line.startsWith("```");
      boolean indented =
          line.startsWith("    ")
              && (i == 0 || lines.get(i - 1).isBlank())
              && !LIST_ITEM.matcher(before.strip()).matches();
      if (fenced || indented) {
        int end = fenced ? i + 1 : i;
        StringBuilder text = new StringBuilder();
        while (end < lines.size()
            && (fenced ? !lines.get(end).startsWith("```") : lines.get(end).startsWith("    "))) {
          text.append(lines.get(end).substring(fenced ? 0 : 4)).append('\n');
          end++;
        }
        String language = fenced ? line.substring(3).strip() : "sh";
        page.blocks.add(new Block(i + 1, language, note, text.toString()));
        i = fenced ? end : end - 1;
        note = "";
        before = "";
        continue;
      }
      page.readText(line);
      if (!line.isBlank()) {
        Matcher comment = COMMENT.matcher(line.strip());
        note = comment.matches() ? comment.group(1) : "";
        before = line;
      }
    }
    return page;
  }

  private void readText(String line) {
    LINK.matcher(line).results().forEach(link -> links.add(link.group(1)));
    Matcher heading = HEADING.matcher(line);
    if (heading.matches()) {
      anchors.add(
          heading.group(1).toLowerCase(Locale.ROOT).replaceAll("[^\\w -]", "").replace(' ', '-'));
    }
  }

  /**
   * The blocks of code.
   *
   * @return in order
   */
  public List<Block> blocks() {
    return blocks;
  }

  /**
   * Where the links go.
   *
   * @return as they are written, without those in code blocks
   */
  public List<String> links() {
    return links;
  }

  /**
   * The names by which links lead to a heading.
   *
   * @return such as {@code how-it-works}
   */
  public Set<String> anchors() {
    return anchors;
  }
}
