package io.darkroom.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A LoRA that a prompt asks for, in AUTOMATIC1111's form: {@code <lora:name:0.8>}, or without a
 * weight {@code <lora:name>}. It holds for the whole picture and is no part of what is encoded.
 *
 * @param name the LoRA's file name without its ending
 * @param weight how strongly, 1 if the tag does not say
 * @see <a href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/Features#lora">its
 *     description</a>
 */
public record LoraTag(String name, double weight) {
  /** Of either sign, as for {@code --lora}. */
  private static final double GREATEST_WEIGHT = 1000;

  private static final Pattern TAG = Pattern.compile("<lora:([^<>]*)>");

  /**
   * Finds a prompt's tags.
   *
   * @param prompt any text
   * @return the tags, in order
   * @throws IllegalArgumentException if one is malformed; the message is for the user
   */
  public static List<LoraTag> in(String prompt) {
    List<LoraTag> tags = new ArrayList<>();
    Matcher matcher = TAG.matcher(prompt);
    while (matcher.find()) {
      tags.add(parse(matcher.group(), matcher.group(1).split(":", -1)));
    }
    return tags;
  }

  /**
   * Takes the tags out.
   *
   * @param prompt any text
   * @return the text that is to be encoded
   */
  public static String removedFrom(String prompt) {
    return TAG.matcher(prompt).replaceAll("");
  }

  private static LoraTag parse(String tag, String[] parts) {
    String name = parts[0].strip();
    if (name.isEmpty() || parts.length > 2) {
      throw new IllegalArgumentException(tag + " is not understood; say <lora:NAME:WEIGHT>");
    }
    if (name.contains("..") || name.contains("/") || name.contains("\\")) {
      throw new IllegalArgumentException(
          tag + " names a path; say the file's name alone, without its ending");
    }
    return new LoraTag(name, parts.length == 1 ? 1 : weight(tag, parts[1].strip()));
  }

  private static double weight(String tag, String number) {
    try {
      double weight = Double.parseDouble(number);
      if (Math.abs(weight) <= GREATEST_WEIGHT) {
        return weight;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(
        tag + ": the weight " + number + " is not a number from -1000 to 1000");
  }
}
