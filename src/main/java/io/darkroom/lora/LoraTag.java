package io.darkroom.lora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A LoRA that a prompt asks for, in AUTOMATIC1111's form: {@code <lora:name:0.8>}, {@code
 * <lora:name>}, {@code <lora:name:0.8:0.5>} with the strengths in the text encoders and in the
 * U-Net, the same by name ({@code te=}, {@code unet=}), and {@code dyn=} for how many ranks count.
 * {@code <lyco:...>} is the same. It holds for the whole picture and is no part of what is encoded.
 *
 * @param name the LoRA's file name, perhaps with its folder and its ending
 * @param strength how strongly, 1 if the tag does not say
 * @see <a href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/Features#lora">its
 *     description</a>
 * @see <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/extensions-builtin/Lora/extra_networks_lora.py">the
 *     order of its arguments</a>
 */
public record LoraTag(String name, LoraStrength strength) {
  private static final Pattern TAG = Pattern.compile("<(?:lora|lyco):([^<>]*)>");
  private static final Set<String> NAMED = Set.of("te", "unet", "dyn");
  private static final List<String> PLACES = List.of("te", "unet", "dyn");

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

  /**
   * Tells whether two tags mean one LoRA.
   *
   * @param other another tag
   * @return whether their names differ at most in folder, ending and case
   */
  public boolean isSameLora(LoraTag other) {
    return bareName().equalsIgnoreCase(other.bareName());
  }

  /**
   * The name without folders and ending.
   *
   * @return what a recipe calls the LoRA
   */
  public String bareName() {
    return LoraChoice.withoutEnding(name.substring(name.lastIndexOf('/') + 1));
  }

  private static LoraTag parse(String tag, String[] parts) {
    String name = parts[0].strip().replace('\\', '/');
    if (name.isEmpty()) {
      throw notUnderstood(tag);
    }
    if (name.startsWith("/") || Arrays.asList(name.split("/", -1)).contains("..")) {
      throw new IllegalArgumentException(
          tag + " names a path outside the folder; use the name of the file, or FOLDER/NAME");
    }
    Map<String, String> values = new HashMap<>();
    int place = 0;
    for (String part : Arrays.asList(parts).subList(1, parts.length)) {
      int sign = part.indexOf('=');
      String key = sign < 0 ? "" : part.substring(0, sign).strip();
      if (sign >= 0 && NAMED.contains(key)) {
        values.put(key, part.substring(sign + 1).strip());
      } else if (sign < 0 && place < PLACES.size()) {
        values.putIfAbsent(PLACES.get(place++), part.strip());
      } else {
        throw notUnderstood(tag);
      }
    }
    double text = values.containsKey("te") ? number(tag, values.get("te")) : 1;
    double unet = values.containsKey("unet") ? number(tag, values.get("unet")) : text;
    OptionalInt rank =
        values.containsKey("dyn")
            ? OptionalInt.of(rank(tag, values.get("dyn")))
            : OptionalInt.empty();
    return new LoraTag(name, new LoraStrength(text, unet, rank));
  }

  private static IllegalArgumentException notUnderstood(String tag) {
    return new IllegalArgumentException(
        tag
            + " is not understood; write <lora:NAME:WEIGHT>, or <lora:NAME:TEXT:UNET> for different"
            + " weights in text encoder and U-Net");
  }

  private static double number(String tag, String number) {
    try {
      double weight = Double.parseDouble(number);
      if (Math.abs(weight) <= LoraStrength.GREATEST) {
        return weight;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(
        tag + ": the weight " + number + " is not a number from -1000 to 1000");
  }

  private static int rank(String tag, String number) {
    try {
      int rank = Integer.parseInt(number);
      if (rank > 0) {
        return rank;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(
        tag + ": the rank " + number + " is not a whole number" + " above 0");
  }
}
