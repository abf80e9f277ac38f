package io.darkroom.text;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What other tools read in a prompt and Darkroom does not, so that it is encoded as the text that
 * it is. Its user may not notice.
 */
public enum UnreadSyntax {
  /** Settings behind a prompt, as AUTOMATIC1111's web UI shows them with a picture. */
  PARAMETERS(
      "(?m)^\\s*+Negative prompt:|\\bSteps: \\d+, +(Sampler|Size|CFG scale|Seed|Schedule type):",
      "the prompt contains the settings of a picture ('Steps: 20, Sampler: ...'), which are read as"
          + " plain text; set them with options, or give the picture to 'again'"),
  /** Hypernetworks, and whatever else goes by a tag. */
  TAG(
      "<(?!(?:lora|lyco):)[a-zA-Z_]\\w*+:[^<>]*+>",
      "the prompt contains a tag like '<hypernet:NAME:1>', which is read as plain text: Darkroom"
          + " knows only <lora:...>"),
  /** Composition of prompts. */
  AND(
      "\\bAND\\b",
      "the prompt contains 'AND', which is read as plain text: prompts are not combined"),
  /** One text up to a step, another one from there on. */
  SCHEDULE(
      "(?<!\\\\)\\[[^\\[\\]|]*:\\s*+(?:\\d++(?:\\.\\d*+)?+|\\.\\d++)\\s*+\\]",
      "the prompt contains '[from:to:0.5]', which is read as plain text: it does not change"
          + " between steps"),
  /** Texts that take turns. */
  ALTERNATION(
      "(?<!\\\\)\\[[^\\[\\]|]*+\\|[^\\[\\]]*+\\]",
      "the prompt contains '[a|b]', which is read as plain text: texts do not alternate"),
  /** A choice at random. */
  CHOICE(
      "\\{[^{}|]*+\\|[^{}]*+\\}",
      "the prompt contains '{a|b}', which is read as plain text: nothing is chosen at random"),
  /** A line of a file at random. */
  WILDCARD(
      "(?<![\\p{L}\\p{N}_])__[\\p{L}\\p{N}/*-]++(?:_[\\p{L}\\p{N}/*-]++)*+__(?![\\p{L}\\p{N}_])",
      "the prompt contains '__NAME__', which is read as plain text: Darkroom has no wildcards");

  private static final Pattern LORA = Pattern.compile("<(?:lora|lyco):[^<>]*+>");
  private static final String NEGATIVE_LORA =
      "the negative prompt holds a <lora:...>, which is read as plain text there: a LoRA is merged for the"
          + " whole picture; name it in the prompt";

  private final Pattern pattern;
  private final String warning;

  UnreadSyntax(String pattern, String warning) {
    this.pattern = Pattern.compile(pattern);
    this.warning = warning;
  }

  /**
   * Looks for it.
   *
   * @param prompt a prompt with weights
   * @return a warning for each kind, the same for every prompt
   */
  public static List<String> warnings(String prompt) {
    return found(prompt).toList();
  }

  /**
   * Looks for it in a negative prompt.
   *
   * @param prompt a negative prompt with weights
   * @return a warning for each kind, the same for every prompt
   */
  public static List<String> warningsOfNegative(String prompt) {
    Optional<String> lora =
        LORA.matcher(prompt).find() ? Optional.of(NEGATIVE_LORA) : Optional.empty();
    return Stream.concat(found(prompt), lora.stream()).toList();
  }

  private static Stream<String> found(String prompt) {
    return Stream.of(values())
        .filter(syntax -> syntax.pattern.matcher(prompt).find())
        .map(syntax -> syntax.warning);
  }
}
