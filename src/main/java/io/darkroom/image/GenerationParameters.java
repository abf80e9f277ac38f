package io.darkroom.image;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a picture was made, as AUTOMATIC1111's web UI writes it into the PNG text {@code parameters}
 * and as most other tools read it:
 *
 * <pre>{@code
 * a red house
 * Negative prompt: fog
 * Steps: 20, Sampler: DDIM, CFG scale: 7.5, Seed: 42, Size: 512x512, Model: scenes
 * }</pre>
 *
 * <p>{@link #text} and {@link #parse} are each other's inverse, but for one thing that the form
 * cannot say: a line of the prompt that itself begins with {@code Negative prompt:} is read as the
 * beginning of the negative prompt.
 *
 * @param prompt what was to be shown; may have several lines
 * @param negativePrompt what to steer away from; empty for nothing
 * @param settings name to value in the order of the line, such as {@code Steps} to {@code 20}
 * @see <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/infotext_utils.py">the
 *     reference, {@code infotext_utils.py}</a>
 */
public record GenerationParameters(
    String prompt, String negativePrompt, Map<String, String> settings) {
  /** The keyword of the PNG text that holds the parameters. */
  public static final String KEYWORD = "parameters";

  private static final String NEGATIVE_PROMPT = "Negative prompt:";
  private static final Pattern NAME =
      Pattern.compile("\\w[\\w \\-/]+", Pattern.UNICODE_CHARACTER_CLASS);

  /** A last line with fewer settings than this is a line of the prompt, as in the reference. */
  private static final int FEWEST_SETTINGS = 3;

  /** Copies the settings and checks their names. */
  public GenerationParameters {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(negativePrompt, "negativePrompt");
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    for (String name : settings.keySet()) {
      if (!NAME.matcher(name).matches() || !name.equals(name.strip())) {
        throw new IllegalArgumentException("'" + name + "' is not the name of a setting");
      }
    }
  }

  /**
   * The text to write into a PNG.
   *
   * @return prompt, negative prompt if there is one, and the line of settings
   */
  public String text() {
    List<String> parts = new ArrayList<>();
    if (!prompt.isEmpty()) {
      parts.add(prompt);
    }
    if (!negativePrompt.isEmpty()) {
      parts.add(NEGATIVE_PROMPT + " " + negativePrompt);
    }
    if (!settings.isEmpty()) {
      List<String> pairs = new ArrayList<>();
      settings.forEach((name, value) -> pairs.add(name + ": " + quote(value)));
      parts.add(String.join(", ", pairs));
    }
    return String.join("\n", parts);
  }

  /**
   * Reads the text of a PNG, whoever wrote it. Any text is accepted: one without a line of settings
   * is all prompt.
   *
   * @param text the text
   * @return what it says
   */
  public static GenerationParameters parse(String text) {
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    Map<String, String> settings = parseSettings(lines.get(lines.size() - 1));
    if (settings.size() >= FEWEST_SETTINGS) {
      lines.remove(lines.size() - 1);
    } else {
      settings = Map.of();
    }
    int negative = 0;
    while (negative < lines.size() && !lines.get(negative).startsWith(NEGATIVE_PROMPT)) {
      negative++;
    }
    String prompt = String.join("\n", lines.subList(0, negative));
    String negativePrompt =
        String.join("\n", lines.subList(negative, lines.size()))
            .replaceFirst("^" + NEGATIVE_PROMPT + " ?", "");
    return new GenerationParameters(prompt, negativePrompt, settings);
  }

  /** Quotes as the reference does, and also what it would take for a quoted value or trim. */
  private static String quote(String value) {
    boolean plain =
        value.chars().noneMatch(c -> c == ',' || c == ':' || c < ' ')
            && !value.startsWith("\"")
            && value.equals(value.strip());
    return plain ? value : new GsonBuilder().disableHtmlEscaping().create().toJson(value);
  }

  private static Optional<String> unquote(String quoted) {
    try {
      return Optional.of(JsonParser.parseString(quoted).getAsString());
    } catch (JsonParseException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  private static Map<String, String> parseSettings(String line) {
    Map<String, String> settings = new LinkedHashMap<>();
    int position = 0;
    while (position < line.length()) {
      int colon = line.indexOf(':', position);
      if (colon < 0) {
        break;
      }
      String name = line.substring(position, colon).strip();
      int start = colon + 1;
      while (start < line.length() && Character.isWhitespace(line.charAt(start))) {
        start++;
      }
      int end = endOfValue(line, start);
      String raw = line.substring(start, end).strip();
      if (NAME.matcher(name).matches()) {
        String value = raw.startsWith("\"") ? unquote(raw).orElse(raw) : raw;
        settings.putIfAbsent(name, value);
      }
      position = end + 1;
    }
    return settings;
  }

  /** The index of the comma behind the value that begins at {@code start}, or the line's end. */
  private static int endOfValue(String line, int start) {
    int index = start;
    if (index < line.length() && line.charAt(index) == '"') {
      index++;
      while (index < line.length() && line.charAt(index) != '"') {
        index += line.charAt(index) == '\\' ? 2 : 1;
      }
      index = index < line.length() ? index + 1 : start;
    }
    int comma = line.indexOf(',', index);
    return comma < 0 ? line.length() : comma;
  }
}
