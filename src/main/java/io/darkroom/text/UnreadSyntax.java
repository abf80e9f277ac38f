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
      "the prompt holds the settings of a picture ('Steps: 20, Sampler: ...'), which count as text;"
          + " say them by options, or give the picture to 'again'"),
  /** Hypernetworks, and whatever else goes by a tag. */
  TAG(
      "<(?!(?:lora|lyco):)[a-zA-Z_]\\w*+:[^<>]*+>",
      "the prompt holds a tag like '<hypernet:NAME:1>', which counts as text: only <lora:...> is"
          + " read"),
  /** Composition of prompts. */
  AND(
      "\\bAND\\b",
      "the prompt holds 'AND', which counts as text: prompts are not composed of several"),
  /** One text up to a step, another one from there on. */
  SCHEDULE(
      "(?<!\\\\)\\[[^\\[\\]|]*:\\s*+(?:\\d++(?:\\.\\d*+)?+|\\.\\d++)\\s*+\\]",
      "the prompt holds '[from:to:0.5]', which counts as text: it does not change between steps"),
  /** Texts that take turns. */
  ALTERNATION(
      "(?<!\\\\)\\[[^\\[\\]|]*+\\|[^\\[\\]]*+\\]",
      "the prompt holds '[a|b]', which counts as text: texts do not take turns"),
  /** A choice at random. */
  CHOICE(
      "\\{[^{}|]*+\\|[^{}]*+\\}",
      "the prompt holds '{a|b}', which counts as text: nothing is chosen at random"),
  /** A line of a file at random. */
  WILDCARD(
      "(?<![\\p{L}\\p{N}_])__[\\p{L}\\p{N}/*-]++(?:_[\\p{L}\\p{N}/*-]++)*+__(?![\\p{L}\\p{N}_])",
      "the prompt holds '__NAME__', which counts as text: there are no wildcards");

  private static final Pattern LORA = Pattern.compile("<(?:lora|lyco):[^<>]*+>");
  private static final String NEGATIVE_LORA =
      "the negative prompt holds a <lora:...>, which counts as text there: a LoRA is merged for the"
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
