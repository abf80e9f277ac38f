package io.darkroom.hub;

import com.google.gson.JsonArray;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.model.Component;
import io.darkroom.model.ModelKind;
import io.darkroom.model.PipelineFamily;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which files of a repository Darkroom needs: those of the components that it runs, the weights in
 * one precision and as safetensors alone.
 *
 * @param paths the files' paths, with slashes
 * @param missing what should be there and is not, in words; the model is complete if that is empty
 * @param precision which weights were chosen, in words
 */
record NeededFiles(Set<String> paths, List<String> missing, String precision) {
  /** What makes a repository a diffusion model. */
  static final String INDEX = "model_index.json";

  /** Tells what kind of pictures the U-Net makes. */
  static final String UNET_CONFIG = Component.UNET.config();

  /** The model's description, whose head names its licence. */
  static final String CARD = "README.md";

  /** The components with weights that a model may have. */
  static final List<Component> NETWORKS = ModelKind.STABLE_DIFFUSION_XL.networks();

  /** The largest config that {@link JsonConfig} reads. */
  private static final long LARGEST_CONFIG = 16_000_000;

  /** Vocabularies, merges and descriptions have some megabytes. */
  private static final long LARGEST_TEXT = 64_000_000;

  private static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer.json",
          "vocab.json",
          "merges.txt",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json");
  private static final Pattern OTHER_WEIGHTS =
      Pattern.compile("[^/]*\\.(bin|ckpt|pt|pth|msgpack|onnx|safetensors)");

  /**
   * Chooses.
   *
   * @param names the paths of all files that the repository has
   * @param index its {@code model_index.json}
   * @param wanted which weights, where there is a choice
   * @return the choice
   */
  static NeededFiles choose(Collection<String> names, JsonConfig index, WeightVariant wanted) {
    Set<String> all = new TreeSet<>(names);
    Set<String> paths = new LinkedHashSet<>();
    List<String> missing = new ArrayList<>();
    Set<String> kinds = new TreeSet<>();
    keep(all, paths, INDEX);
    keep(all, paths, "darkroom.json");
    keep(all, paths, CARD);
    Optional<ModelKind> kind =
        index.has("_class_name") ? PipelineFamily.of(index).kind() : Optional.empty();
    for (Component network : kind.map(ModelKind::networks).orElse(NETWORKS)) {
      if (kind.isPresent() || isUsed(index, network)) {
        require(all, paths, missing, network.config());
        Weights weights = Weights.choose(all, network, wanted);
        paths.addAll(weights.files());
        if (weights.files().isEmpty()) {
          missing.add(Weights.stem(network) + ".safetensors" + instead(all, network.folder()));
        } else {
          kinds.add(weights.kind());
        }
      }
    }
    for (Component tokenizer : kind.orElse(ModelKind.STABLE_DIFFUSION_XL).tokenizers()) {
      if (kind.isPresent() || isUsed(index, tokenizer)) {
        TOKENIZER_FILES.forEach(name -> keep(all, paths, tokenizer + "/" + name));
        if (!paths.contains(tokenizer + "/tokenizer.json")) {
          require(all, paths, missing, tokenizer + "/vocab.json");
          require(all, paths, missing, tokenizer + "/merges.txt");
        }
      }
    }
    for (Component scheduler : kind.orElse(ModelKind.STABLE_DIFFUSION_XL).schedulers()) {
      require(all, paths, missing, scheduler.config());
    }
    return new NeededFiles(paths, missing, String.join(" and ", kinds));
  }

  /**
   * Refuses a model that lacks something.
   *
   * @param model what to call it in the message
   * @return these files
   * @throws ModelException if something is missing
   */
  NeededFiles requireComplete(String model) {
    if (!missing.isEmpty()) {
      throw new ModelException(
          model + " lacks " + String.join(", ", missing) + "; choose another model or revision");
    }
    return this;
  }

  /**
   * Refuses a file that is told to be larger than any of its kind, before its first byte. Weights
   * may have any size for which there is room.
   *
   * @param file the file, its content known
   * @param id the model, for the message
   * @throws ModelException if it is too large
   */
  static void requireSmall(RemoteFile file, HubId id) {
    long most =
        file.path().endsWith(".json") && !isVocabulary(file.path()) ? LARGEST_CONFIG : LARGEST_TEXT;
    if (!file.path().endsWith(".safetensors") && file.size() > most) {
      throw new ModelException(
          "the hub says that %s of %s has %s, but such a file has at most %s; it is not downloaded"
              .formatted(
                  OneLine.of(file.path()), id, ByteCount.text(file.size()), ByteCount.text(most)));
    }
  }

  private static boolean isVocabulary(String path) {
    return path.endsWith("/vocab.json") || path.endsWith("/tokenizer.json");
  }

  /** A component that is not used is null, or a list of nulls. */
  private static boolean isUsed(JsonConfig index, Component component) {
    String key = component.folder();
    return index.has(key)
        && index.json().get(key) instanceof JsonArray names
        && !names.isEmpty()
        && !names.get(names.size() - 1).isJsonNull();
  }

  private static void keep(Set<String> all, Set<String> paths, String path) {
    if (all.contains(path)) {
      paths.add(path);
    }
  }

  private static void require(
      Set<String> all, Set<String> paths, List<String> missing, String path) {
    keep(all, paths, path);
    if (!all.contains(path)) {
      missing.add(path);
    }
  }

  /** What lies where the weights should: often pickles, which can run code and are not read. */
  private static String instead(Set<String> all, String network) {
    List<String> others =
        all.stream()
            .filter(name -> name.startsWith(network + "/"))
            .map(name -> name.substring(network.length() + 1))
            .filter(OTHER_WEIGHTS.asMatchPredicate())
            .toList();
    return others.isEmpty()
        ? ""
        : " (there is only "
            + OneLine.of(String.join(", ", others))
            + "; only safetensors in full or fp16 are used)";
  }

  /** The files of one network's weights: one, or the parts and the list of what is in them. */
  private record Weights(List<String> files, String kind) {
    private static final String FP16 = "the fp16 variant";

    static String stem(Component network) {
      return network.folder() + "/" + network.weightsStem();
    }

    static Weights choose(Set<String> all, Component network, WeightVariant wanted) {
      String stem = stem(network);
      List<String> plain = files(all, stem, "");
      List<String> half = files(all, stem, ".fp16");
      if (plain.isEmpty() || half.isEmpty()) {
        return plain.isEmpty()
            ? new Weights(half, FP16 + ", the only one there is")
            : new Weights(plain, "the only weights there are");
      }
      return wanted == WeightVariant.FP16
          ? new Weights(half, FP16)
          : new Weights(plain, "the full weights (--variant fp16 needs half the space)");
    }

    /** One file, else a complete set of parts with its index, else nothing. */
    private static List<String> files(Set<String> all, String stem, String variant) {
      String one = stem + variant + ".safetensors";
      if (all.contains(one)) {
        return List.of(one);
      }
      String index = stem + ".safetensors.index" + variant + ".json";
      if (!all.contains(index)) {
        return List.of();
      }
      String quoted = Pattern.quote(variant);
      Pattern part =
          Pattern.compile(
              Pattern.quote(stem)
                  + (variant.isEmpty() ? "" : "(?:" + quoted + ")?")
                  + "-(\\d{5})-of-(\\d{5})"
                  + (variant.isEmpty() ? "" : "(?:" + quoted + ")?")
                  + "\\.safetensors");
      List<String> files = new ArrayList<>(List.of(index));
      int count = 0;
      for (String name : all) {
        Matcher parts = part.matcher(name);
        if (parts.matches() && name.contains(variant)) {
          files.add(name);
          count = Integer.parseInt(parts.group(2));
        }
      }
      return files.size() == count + 1 && count > 0 ? files : List.of();
    }
  }
}
