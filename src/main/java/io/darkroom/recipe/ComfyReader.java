package io.darkroom.recipe;

import com.google.gson.JsonPrimitive;
import io.darkroom.recipe.ComfyGraph.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads what a picture was made with off the graph that ComfyUI ran for it.
 *
 * <p>The graph says how, not what: the reader looks for the sampler whose picture was saved and
 * asks from where its inputs come. Nodes of any extension may stand between, so names of inputs
 * count more than classes of nodes.
 */
final class ComfyReader {
  private static final List<String> SAVING = List.of("SaveImage", "PreviewImage");
  private static final List<String> MODELS = List.of("ckpt_name", "unet_name", "model_name");
  private static final List<String> PLAIN_VALUES = List.of("value", "int", "float", "number");

  /** A sampler's inputs that newer samplers take from nodes of their own. */
  private static final List<String> PARTS = List.of("noise", "guider", "sampler", "sigmas");

  /** Inputs that carry a picture or its latent. */
  private static final List<String> PICTURES =
      List.of(
          "images", "image", "samples", "pixels", "latent_image", "latent", "image1", "anything");

  /** Nodes that leave what they are given as it is, or do what Darkroom does. */
  private static final Pattern PASSING =
      Pattern.compile(
          "(?i)(.*reroute.*|.*switch.*|.*bus.*|.*pipe.*|VAEDecode.*|.*cache.*|.*loader.*|(get|set)node"
              + "|.*primitive.*|.*tilingdecode)");

  /** Nodes that do to a conditioning what Darkroom cannot. */
  private static final Pattern CONDITIONING =
      Pattern.compile(
          "(ControlNetApply|ACN_|ConditioningSet|ConditioningAverage|unCLIP|StyleModel|GLIGEN"
              + "|InpaintModelConditioning|IPAdapter|ReferenceLatent).*");

  private static final Map<String, Detail> DETAILS = new LinkedHashMap<>();

  static {
    DETAILS.put("seed", Detail.SEED);
    DETAILS.put("noise_seed", Detail.SEED);
    DETAILS.put("steps", Detail.STEPS);
    DETAILS.put("cfg", Detail.GUIDANCE_SCALE);
    DETAILS.put("sampler_name", Detail.SAMPLER);
    DETAILS.put("scheduler", Detail.SCHEDULE);
    DETAILS.put("eta", Detail.ETA);
  }

  private final ComfyGraph graph;
  private final Recipe.Builder recipe = new Recipe.Builder(Tool.COMFYUI);

  private ComfyReader(ComfyGraph graph) {
    this.graph = graph;
  }

  /**
   * Reads a graph.
   *
   * @param text any text
   * @return the recipe; nothing if the text is no graph
   */
  static Optional<Recipe> read(String text) {
    return ComfyGraph.parse(text).map(graph -> new ComfyReader(graph).read());
  }

  private Recipe read() {
    List<Node> samplers = graph.nodes().stream().filter(ComfyReader::isSampler).toList();
    if (samplers.isEmpty()) {
      return recipe.note("no node of ComfyUI's graph is a sampler that Darkroom knows").build();
    }
    Node sampler = first(saved().orElse(samplers.get(0)));
    if (samplers.size() > 1) {
      recipe.note(
          "ComfyUI's graph has "
              + samplers.size()
              + " samplers; these are the settings of node "
              + sampler.id()
              + ", where the picture begins");
    }
    List<Node> parts = parts(sampler);
    parts.forEach(this::readValues);
    readWords(parts, Detail.PROMPT, "positive", "conditioning");
    readWords(parts, Detail.NEGATIVE_PROMPT, "negative");
    readSize(sampler);
    readModel(parts);
    readClipSkip(parts);
    readConditioning(parts);
    readBeginning(sampler);
    readEnd(sampler);
    return recipe.build();
  }

  private static boolean isSampler(Node node) {
    boolean seeded = Stream.of("seed", "noise_seed", "noise").anyMatch(node.inputs()::has);
    return seeded && (node.inputs().has("latent_image") || node.type().contains("KSampler"));
  }

  /** The last sampler before a picture that is kept, or else shown. */
  private Optional<Node> saved() {
    return SAVING.stream()
        .map(type -> graph.nodes().stream().filter(node -> node.type().startsWith(type)).toList())
        .map(ends -> graph.search(ends, Node::links, ComfyReader::sampler))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** The sampler whose latent the others only refine: it has the seed and the prompt that count. */
  private Node first(Node last) {
    Set<String> seen = new HashSet<>();
    Node first = last;
    while (seen.add(first.id())) {
      first = graph.searchFrom(first, "latent_image", ComfyReader::sampler).orElse(first);
    }
    return first;
  }

  private static Optional<Node> sampler(Node node) {
    return isSampler(node) ? Optional.of(node) : Optional.empty();
  }

  private List<Node> parts(Node sampler) {
    List<Node> parts = new ArrayList<>(List.of(sampler));
    for (String part : PARTS) {
      graph.source(sampler, part).filter(node -> !parts.contains(node)).ifPresent(parts::add);
    }
    return parts;
  }

  /** Takes the numbers and names; what is no detail is a setting under ComfyUI's name. */
  private void readValues(Node part) {
    for (String input : part.inputs().keySet()) {
      Detail detail = DETAILS.get(input);
      if (detail != null) {
        value(part, input, detail).ifPresent(value -> recipe.offer(detail, value));
      } else {
        part.value(input).ifPresent(value -> recipe.setting(input, value.getAsString()));
      }
    }
  }

  /** The value of an input; behind a link it may be called as here, or plainly a value. */
  private Optional<JsonPrimitive> value(Node node, String input, Detail detail) {
    return node.value(input)
        .flatMap(detail::accept)
        .or(() -> graph.searchFrom(node, input, source -> linkedValue(source, detail)));
  }

  private static Optional<JsonPrimitive> linkedValue(Node source, Detail detail) {
    Stream<String> names = DETAILS.keySet().stream().filter(name -> DETAILS.get(name) == detail);
    return Stream.concat(names, PLAIN_VALUES.stream())
        .map(source::value)
        .flatMap(Optional::stream)
        .map(detail::accept)
        .flatMap(Optional::stream)
        .findFirst();
  }

  private void readWords(List<Node> parts, Detail detail, String... inputs) {
    List<String> words =
        parts.stream()
            .flatMap(part -> Stream.of(inputs).map(part::link))
            .flatMap(Optional::stream)
            .findFirst()
            .map(new ComfyText(graph, inputs[0])::words)
            .orElse(List.of());
    if (!words.isEmpty()) {
      recipe.with(detail, String.join(", ", words));
    }
    if (words.size() > 1) {
      recipe.note(
          "ComfyUI's graph puts the "
              + inputs[0]
              + " prompt together from "
              + words.size()
              + " texts; they are joined by commas");
    }
  }

  private void readSize(Node sampler) {
    graph.searchFrom(
        sampler,
        "latent_image",
        node -> {
          Optional<JsonPrimitive> width = value(node, "width", Detail.WIDTH);
          Optional<JsonPrimitive> height = value(node, "height", Detail.HEIGHT);
          if (width.isEmpty() || height.isEmpty()) {
            return Optional.empty();
          }
          recipe.offer(Detail.WIDTH, width.get());
          recipe.offer(Detail.HEIGHT, height.get());
          return Optional.of(node);
        });
  }

  /** Follows the model through all that changes it: LoRAs are taken, the rest is left out. */
  private void readModel(List<Node> parts) {
    List<Node> starts =
        parts.stream().map(part -> graph.source(part, "model")).flatMap(Optional::stream).toList();
    Deque<Node> changes = new ArrayDeque<>();
    graph
        .search(
            starts,
            ComfyReader::modelLinks,
            node -> {
              Optional<JsonPrimitive> name = modelName(node);
              changes.push(node);
              return name;
            })
        .ifPresent(name -> recipe.offer(Detail.MODEL, name));
    changes.forEach(this::readChange);
  }

  private static Stream<ComfyGraph.Link> modelLinks(Node node) {
    List<ComfyGraph.Link> named =
        Stream.of("model", "lora_stack", "optional_lora_stack")
            .map(node::link)
            .flatMap(Optional::stream)
            .toList();
    return node.link("model").isPresent() || node.type().contains("Stack")
        ? named.stream()
        : node.links();
  }

  private static Optional<JsonPrimitive> modelName(Node node) {
    return MODELS.stream().map(node::value).flatMap(Optional::stream).findFirst();
  }

  private void readChange(Node node) {
    boolean loras = new ComfyLoras(node).addTo(recipe);
    boolean rescale =
        node.type().startsWith("RescaleCFG")
            && node.value("multiplier")
                .map(value -> recipe.offer(Detail.GUIDANCE_RESCALE, value))
                .orElse(false);
    if (!loras
        && !rescale
        && modelName(node).isEmpty()
        && !PASSING.matcher(node.type()).matches()) {
      leftOut(node);
    }
  }

  private void leftOut(Node node) {
    recipe.leftOut("the node " + node.type() + " (" + node.id() + ")");
  }

  /** ComfyUI counts the text encoder's layers from -1, which is the last. */
  private void readClipSkip(List<Node> parts) {
    for (Node part : parts) {
      for (String input : List.of("positive", "conditioning")) {
        graph
            .searchFrom(
                part,
                input,
                node -> node.value("stop_at_clip_layer").or(() -> node.value("clip_skip")))
            .filter(JsonPrimitive::isNumber)
            .ifPresent(
                layer -> {
                  if (!recipe.has(Detail.CLIP_SKIP)) {
                    recipe.offerText(Detail.CLIP_SKIP, layer.getAsString().replaceFirst("^-", ""));
                  }
                });
      }
    }
  }

  /** What stands between the words and the sampler. */
  private void readConditioning(List<Node> parts) {
    for (Node part : parts) {
      for (String input : List.of("positive", "negative", "conditioning")) {
        graph.searchFrom(
            part,
            input,
            node -> {
              if (CONDITIONING.matcher(node.type()).matches()) {
                leftOut(node);
              }
              return Optional.empty();
            });
      }
    }
  }

  /**
   * Whether the sampler begins at a picture; where all of it is denoised, nothing is left of it.
   */
  private void readBeginning(Node sampler) {
    boolean whole =
        sampler
                .value("denoise")
                .flatMap(Detail.GUIDANCE_SCALE::accept)
                .map(JsonPrimitive::getAsDouble)
                .orElse(1.0)
            >= 1;
    graph
        .searchFrom(
            sampler,
            "latent_image",
            node -> node.type().startsWith("VAEEncode") ? Optional.of(node) : Optional.empty())
        .filter(node -> !whole)
        .ifPresent(this::leftOut);
  }

  /** What is done to the picture between the sampler and the file, and by which autoencoder. */
  private void readEnd(Node sampler) {
    for (String saving : SAVING) {
      List<Node> ends =
          graph.nodes().stream().filter(node -> node.type().startsWith(saving)).toList();
      Set<Node> after = new LinkedHashSet<>();
      Optional<Node> found =
          graph.search(
              ends,
              node -> PICTURES.stream().map(node::link).flatMap(Optional::stream),
              node -> {
                if (node.equals(sampler)) {
                  return Optional.of(node);
                }
                after.add(node);
                return Optional.empty();
              });
      if (found.isPresent()) {
        after.stream()
            .filter(node -> !SAVING.stream().anyMatch(node.type()::startsWith))
            .filter(node -> !PASSING.matcher(node.type()).matches())
            .forEach(this::leftOut);
        graph
            .search(
                after.stream()
                    .filter(node -> node.type().startsWith("VAEDecode"))
                    .map(node -> graph.source(node, "vae"))
                    .flatMap(Optional::stream)
                    .toList(),
                node -> node.link("vae").stream(),
                node -> node.value("vae_name"))
            .ifPresent(name -> recipe.offer(Detail.VAE, name));
        return;
      }
    }
  }
}
