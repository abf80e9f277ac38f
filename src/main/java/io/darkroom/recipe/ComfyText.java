package io.darkroom.recipe;

import com.google.gson.JsonPrimitive;
import io.darkroom.recipe.ComfyGraph.Link;
import io.darkroom.recipe.ComfyGraph.Node;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the words behind one of a sampler's conditionings. Good for one question. */
final class ComfyText {
  /** The inputs of text encoders, those of several encoders at once included. */
  private static final List<String> ENCODED =
      List.of("text", "text_g", "text_l", "clip_g", "clip_l", "t5xxl", "prompt", "populated_text");

  /** The inputs of nodes that only pass a text on; a filled-in one before its pattern. */
  private static final List<String> PASSED =
      List.of("populated_text", "text", "string", "value", "prompt", "wildcard_text");

  private static final Pattern PIECE = Pattern.compile("(text|string)_?[a-z0-9]");

  /** Where a link with this name leads there are no words that condition. */
  private static final Pattern BESIDE =
      Pattern.compile("(clip|model|vae|image|mask|pixels|latent|samples|control|style).*");

  /** Nodes to look at; a bound on the depth of the recursion, too. */
  private static final int MOST_NODES = 500;

  private final ComfyGraph graph;
  private final String role;
  private final Set<String> seen = new HashSet<>();
  private final Set<String> words = new LinkedHashSet<>();

  /**
   * Prepares the question.
   *
   * @param graph where to look
   * @param role {@code positive} or {@code negative}
   */
  ComfyText(ComfyGraph graph, String role) {
    this.graph = graph;
    this.role = role;
  }

  /**
   * Finds all words that a conditioning is made of.
   *
   * @param conditioning where it comes from
   * @return each text once, in the order of the graph; a conditioning without words has an empty
   *     one; none if none can be found
   */
  List<String> words(Link conditioning) {
    follow(conditioning);
    if (words.size() > 1) {
      words.removeIf(String::isBlank);
    }
    return List.copyOf(words);
  }

  private void follow(Link link) {
    Optional<Node> target = enter(link);
    if (target.isEmpty()) {
      return;
    }
    Node node = target.get();
    if (node.type().contains("ZeroOut")) {
      words.add("");
      return;
    }
    List<String> encoded =
        Stream.concat(
                literal(node, role).stream(),
                ENCODED.stream().map(input -> text(node, input)).flatMap(Optional::stream))
            .toList();
    words.addAll(encoded);
    if (encoded.isEmpty()) {
      conditionings(node, link.slot()).forEach(this::follow);
    }
  }

  /** Where a node that makes one conditioning of others gets those from. */
  private List<Link> conditionings(Node node, int slot) {
    Optional<Link> positive = node.link("positive");
    Optional<Link> negative = node.link("negative");
    if (positive.isPresent() && negative.isPresent()) {
      return List.of(slot == 1 ? negative.get() : positive.get());
    }
    List<Link> named = links(node, input -> input.contains("cond"));
    return named.isEmpty() ? links(node, input -> !BESIDE.matcher(input).matches()) : named;
  }

  private static List<Link> links(Node node, Predicate<String> names) {
    return node.inputs().keySet().stream()
        .filter(names)
        .map(node::link)
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<String> text(Node node, String input) {
    return literal(node, input).or(() -> node.link(input).flatMap(this::passed));
  }

  private static Optional<String> literal(Node node, String input) {
    return node.value(input).filter(JsonPrimitive::isString).map(JsonPrimitive::getAsString);
  }

  /** The text that a link carries, through nodes that pass it on or put it together. */
  private Optional<String> passed(Link link) {
    return enter(link).flatMap(this::passedBy);
  }

  private Optional<String> passedBy(Node node) {
    List<String> pieces =
        node.inputs().keySet().stream()
            .filter(input -> PIECE.matcher(input).matches())
            .map(input -> text(node, input))
            .flatMap(Optional::stream)
            .toList();
    if (!pieces.isEmpty()) {
      return Optional.of(String.join(literal(node, "delimiter").orElse(""), pieces));
    }
    Stream<String> names = Stream.concat(Stream.of(role, "text_" + role), PASSED.stream());
    return Stream.concat(
            names.map(input -> text(node, input)),
            node.links().map(this::passed)) // a node without such names, such as Reroute
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<Node> enter(Link link) {
    return graph.at(link).filter(node -> seen.size() < MOST_NODES && seen.add(node.id()));
  }
}
