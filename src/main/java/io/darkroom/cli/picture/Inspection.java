package io.darkroom.cli.picture;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.darkroom.base.PlainNumber;
import io.darkroom.base.Printable;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.Recipe;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The forms in which a picture's recipe is printed. */
enum Inspection {
  /** For people: the file's name, and below it a line for each value. */
  TEXT {
    @Override
    String text(PaintedPicture picture) {
      Map<String, String> rows = rows(picture.recipe());
      int width = rows.keySet().stream().mapToInt(String::length).max().orElse(0);
      StringBuilder text = new StringBuilder(printable(picture.name()));
      rows.forEach(
          (name, value) -> {
            text.append("\n  ").append(name).append(" ".repeat(width + 2 - name.length()));
            text.append(value.replace("\n", "\n" + " ".repeat(width + 4)));
          });
      return text.toString();
    }

    @Override
    String separator() {
      return "\n";
    }

    @Override
    Charset charset() {
      return Charset.defaultCharset();
    }
  },
  /** For programs: a JSON object in a line. */
  JSON {
    @Override
    String text(PaintedPicture picture) {
      JsonObject line = new JsonObject();
      line.addProperty("path", picture.path());
      line.addProperty("tool", picture.recipe().tool().jsonName());
      picture.recipe().json().asMap().forEach(line::add);
      JsonObject settings = new JsonObject();
      picture.recipe().settings().forEach(settings::addProperty);
      line.add("settings", settings);
      if (!picture.recipe().leftOut().isEmpty()) {
        JsonArray leftOut = new JsonArray();
        picture.recipe().leftOut().forEach(leftOut::add);
        line.add("left_out", leftOut);
      }
      return Printable.line(line.toString());
    }

    @Override
    String separator() {
      return "";
    }

    @Override
    Charset charset() {
      return StandardCharsets.UTF_8;
    }
  };

  /**
   * Prints a recipe.
   *
   * @param picture whose
   * @return one line or several, without the last one's end
   */
  abstract String text(PaintedPicture picture);

  /** What stands between two recipes beside the line's end. */
  abstract String separator();

  /** The text's encoding. */
  abstract Charset charset();

  private static Map<String, String> rows(Recipe recipe) {
    Map<String, String> rows = new LinkedHashMap<>();
    rows.put("tool", recipe.tool().displayName());
    for (Detail detail : Detail.values()) {
      String name = detail.jsonName();
      switch (detail) {
        case WIDTH -> put(rows, "size", size(recipe));
        case HEIGHT -> {} // part of the size
        case GUIDANCE_SCALE, GUIDANCE_RESCALE, ETA ->
            recipe.number(detail).ifPresent(value -> put(rows, name, PlainNumber.of(value)));
        default -> recipe.text(detail).ifPresent(value -> put(rows, name, value));
      }
    }
    recipe.settings().forEach((name, value) -> put(rows, name, value));
    recipe.leftOut().forEach(what -> put(rows, "left out", what));
    return rows;
  }

  private static String size(Recipe recipe) {
    return recipe.count(Detail.WIDTH).orElseThrow()
        + "x"
        + recipe.count(Detail.HEIGHT).orElseThrow();
  }

  private static void put(Map<String, String> rows, String name, String value) {
    String label = printable(name).replace('_', ' ').replace('\n', ' ');
    if (!value.isBlank()) {
      rows.merge(label, printable(value), (first, second) -> first + "\n" + second);
    }
  }

  private static String printable(String text) {
    return Printable.lines(text.strip().replaceAll("\r\n?", "\n"));
  }
}
