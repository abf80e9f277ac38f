package io.darkroom.recipe;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * ComfyUI's graph of nodes in the form of its API: an object of nodes by id, each with its {@code
 * class_type} and its {@code inputs}, where an input is a value or a link {@code ["4", 0]} to a
 * slot of another node's output.
 *
 * <p>A graph may be anything: it may have cycles, links to nowhere, values of any type.
 */
final class ComfyGraph {
  /**
   * A node.
   *
   * @param id its name in the graph, mostly a number
   * @param type its class, such as {@code KSampler}
   * @param inputs values and links
   */
  record Node(String id, String type, JsonObject inputs) {
    /** The value of an input, if it is no link. */
    Optional<JsonPrimitive> value(String input) {
      return inputs.get(input) instanceof JsonPrimitive value
          ? Optional.of(value)
          : Optional.empty();
    }

    /** The link of an input, if it is one. */
    Optional<Link> link(String input) {
      return Link.of(inputs.get(input));
    }

    /** All links, in order. */
    Stream<Link> links() {
      return inputs.asMap().values().stream().map(Link::of).flatMap(Optional::stream);
    }
  }

  /**
   * Where an input comes from.
   *
   * @param node the other node's id
   * @param slot which of its outputs, from 0
   */
  record Link(String node, int slot) {
    private static Optional<Link> of(JsonElement input) {
      return input instanceof JsonArray pair
              && pair.size() == 2
              && pair.get(0) instanceof JsonPrimitive node
              && pair.get(1) instanceof JsonPrimitive slot
              && slot.getAsString().matches("\\d{1,4}")
          ? Optional.of(new Link(node.getAsString(), slot.getAsInt()))
          : Optional.empty();
    }
  }

  /** Real graphs have hundreds at most. Searches within searches look at the square of it. */
  private static final int MOST_NODES = 5000;

  private static final Comparator<String> BY_NUMBER =
      Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

  private final Map<String, Node> nodes = new LinkedHashMap<>();

  private ComfyGraph() {}

  /**
   * Reads a graph.
   *
   * @param text any text
   * @return the graph, if the text is a JSON object with 1 to 5000 nodes in it
   */
  static Optional<ComfyGraph> parse(String text) {
    ComfyGraph graph = new ComfyGraph();
    RecipeReader.object(text)
        .ifPresent(
            json ->
                json.keySet().stream()
                    .sorted(BY_NUMBER)
                    .forEach(id -> graph.add(id, json.get(id))));
    return graph.nodes.isEmpty() || graph.nodes.size() > MOST_NODES
        ? Optional.empty()
        : Optional.of(graph);
  }

  private void add(String id, JsonElement element) {
    if (element instanceof JsonObject node
        && node.get("class_type") instanceof JsonPrimitive type
        && node.get("inputs") instanceof JsonObject inputs) {
      nodes.put(id, new Node(id, type.getAsString(), inputs));
    }
  }

  /** All nodes, smallest id first. */
  Collection<Node> nodes() {
    return Collections.unmodifiableCollection(nodes.values());
  }

  /** The node that a link leads to, if there is one. */
  Optional<Node> at(Link link) {
    return Optional.ofNullable(nodes.get(link.node()));
  }

  /** The node that an input comes from, if there is one. */
  Optional<Node> source(Node node, String input) {
    return node.link(input).flatMap(this::at);
  }

  /**
   * Walks against the direction of the data, each node once, the nearest first.
   *
   * @param starts where to begin; looked at, too
   * @param next where to go from a node
   * @param find what is looked for
   * @param <T> the kind of the answer
   * @return the first answer
   */
  <T> Optional<T> search(
      Collection<Node> starts,
      Function<Node, Stream<Link>> next,
      Function<Node, Optional<T>> find) {
    Set<String> seen = new HashSet<>();
    Queue<Node> queue = new ArrayDeque<>();
    starts.stream().filter(node -> seen.add(node.id())).forEach(queue::add);
    while (!queue.isEmpty()) {
      Node node = queue.remove();
      Optional<T> found = find.apply(node);
      if (found.isPresent()) {
        return found;
      }
      next.apply(node)
          .map(this::at)
          .flatMap(Optional::stream)
          .filter(source -> seen.add(source.id()))
          .forEach(queue::add);
    }
    return Optional.empty();
  }

  /** Likewise from the node that an input comes from, along all links. */
  <T> Optional<T> searchFrom(Node node, String input, Function<Node, Optional<T>> find) {
    List<Node> start = source(node, input).stream().toList();
    return search(start, Node::links, find);
  }
}
