package io.darkroom.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A piece of a prompt, and how much it counts.
 *
 * <p>The syntax is that of AUTOMATIC1111's web UI: {@code (text)} counts 1.1 times as much, {@code
 * (text:1.3)} 1.3 times, {@code [text]} 1.1 times less; brackets nest and multiply. A bracket that
 * is never closed reaches to the prompt's end; one that was never opened is text, and so is any
 * bracket behind a backslash. The word {@code BREAK} begins a new chunk, within brackets too.
 *
 * @param text as the tokenizer is to read it, without syntax
 * @param weight what its tokens' embeddings are multiplied by; 1 for no emphasis
 * @see <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/prompt_parser.py">the
 *     reference, {@code parse_prompt_attention}</a>
 */
public record WeightedText(String text, float weight) {
  private static final double ROUND = 1.1;
  private static final double SQUARE = 1 / 1.1;

  /** Far beyond sense; keeps the weight of a thousand brackets finite. */
  private static final double LARGEST = 1e6;

  /** An escape, a bracket with a weight, a bracket, or text. Each character falls in one. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\\\[()\\[\\]\\\\]?|:\\s*+([+-]?[.\\d]++)\\s*+\\)|[()\\[\\]:]|[^\\\\()\\[\\]:]++");

  private static final Pattern BREAK =
      Pattern.compile("\\bBREAK\\b", Pattern.UNICODE_CHARACTER_CLASS);

  /** One step of the prompt, in order. */
  private sealed interface Event {}

  private record Text(String text) implements Event {}

  private record Break() implements Event {}

  /** A bracket opens; what it multiplies by is known when it is closed. */
  private static final class Opening implements Event {
    private final boolean isRound;
    private double factor;

    Opening(boolean isRound) {
      this.isRound = isRound;
      this.factor = isRound ? ROUND : SQUARE;
    }
  }

  private record Closing(boolean isRound) implements Event {}

  /**
   * Reads a prompt. Any text is accepted, in a time that grows with its length alone.
   *
   * @param prompt the prompt as the user wrote it
   * @return what stands between one {@code BREAK} and the next, at least one list; neighbours
   *     differ in weight, and no text is empty
   */
  public static List<List<WeightedText>> parse(String prompt) {
    return weigh(events(prompt));
  }

  private static List<Event> events(String prompt) {
    List<Event> events = new ArrayList<>();
    Deque<Opening> round = new ArrayDeque<>();
    Deque<Opening> square = new ArrayDeque<>();
    Matcher token = TOKEN.matcher(prompt);
    int position = 0;
    while (position < prompt.length() && token.find(position)) {
      String text = token.group();
      position = token.end();
      double weight = token.group(1) == null ? Double.NaN : number(token.group(1));
      if (token.group(1) != null && Double.isNaN(weight)) {
        // No number: the colon is text, and the bracket gets its turn.
        text = ":";
        position = token.start() + 1;
      }
      if (text.startsWith("\\")) {
        events.add(new Text(text.substring(1)));
      } else if (text.equals("(") || text.equals("[")) {
        Opening opening = new Opening(text.equals("("));
        (opening.isRound ? round : square).push(opening);
        events.add(opening);
      } else if (!Double.isNaN(weight) && !round.isEmpty()) {
        round.pop().factor = weight;
        events.add(new Closing(true));
      } else if (text.equals(")") && !round.isEmpty()) {
        round.pop();
        events.add(new Closing(true));
      } else if (text.equals("]") && !square.isEmpty()) {
        square.pop();
        events.add(new Closing(false));
      } else {
        addText(events, text);
      }
    }
    return events;
  }

  private static void addText(List<Event> events, String text) {
    Matcher separator = BREAK.matcher(text);
    int start = 0;
    while (separator.find()) {
      String before = text.substring(start, separator.start());
      events.add(new Text((start == 0 ? before : before.stripLeading()).stripTrailing()));
      events.add(new Break());
      start = separator.end();
    }
    String rest = text.substring(start);
    events.add(new Text(start == 0 ? rest : rest.stripLeading()));
  }

  /** Round brackets nest among themselves, square ones likewise; the two may overlap. */
  private static List<List<WeightedText>> weigh(List<Event> events) {
    List<List<WeightedText>> sections = new ArrayList<>();
    sections.add(new ArrayList<>());
    Deque<Double> round = new ArrayDeque<>(List.of(1.0));
    Deque<Double> square = new ArrayDeque<>(List.of(1.0));
    StringBuilder run = new StringBuilder();
    float runWeight = 1;
    for (Event event : events) {
      if (event instanceof Text piece && !piece.text().isEmpty()) {
        float weight = (float) limited(round.peek() * square.peek());
        if (weight != runWeight) {
          end(run, runWeight, sections);
          runWeight = weight;
        }
        run.append(piece.text());
      } else if (event instanceof Break) {
        end(run, runWeight, sections);
        sections.add(new ArrayList<>());
      } else if (event instanceof Opening opening) {
        Deque<Double> stack = opening.isRound ? round : square;
        stack.push(limited(stack.peek() * opening.factor));
      } else if (event instanceof Closing closing) {
        (closing.isRound() ? round : square).pop();
      }
    }
    end(run, runWeight, sections);
    return sections.stream().map(List::copyOf).toList();
  }

  private static void end(StringBuilder run, float weight, List<List<WeightedText>> sections) {
    if (run.length() > 0) {
      sections.get(sections.size() - 1).add(new WeightedText(run.toString(), weight));
      run.setLength(0);
    }
  }

  private static double number(String text) {
    try {
      return limited(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private static double limited(double weight) {
    return Math.max(-LARGEST, Math.min(LARGEST, weight));
  }
}
