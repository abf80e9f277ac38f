package io.darkroom.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.darkroom.base.JsonConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many blocks a U-Net has and which of them attend, as the names of its weights tell. A pruned
 * model (SSD-1B, Vega, KOALA, BK-SDM) differs in this from its family's usual one, and in one file
 * it has nothing else to tell it by.
 *
 * @param layers residual blocks of a level on the way down
 * @param down for each level on the way down the transformer blocks of each of its attentions;
 *     empty for a level without
 * @param up the same on the way up, from the deepest level
 * @param middle the middle block's type, as diffusers calls it; empty if there is none
 */
record UNetStructure(
    int layers, List<List<Integer>> down, List<List<Integer>> up, Optional<String> middle) {
  private static final String LAYERS = "layers_per_block";
  private static final String MIDDLE = "mid_block_type";
  private static final String DEPTHS = "transformer_layers_per_block";
  private static final String REVERSE_DEPTHS = "reverse_transformer_layers_per_block";
  private static final String DOWN = "down_block_types";
  private static final String UP = "up_block_types";
  private static final String PLAIN_DOWN = "DownBlock2D";
  private static final String PLAIN_UP = "UpBlock2D";
  private static final String ATTENDING = "CrossAttn";
  private static final String USUAL_MIDDLE = "UNetMidBlock2DCrossAttn";
  private static final String MIDDLE_WITHOUT_ATTENTION = "UNetMidBlock2D";
  private static final int USUAL_LAYERS = 2;

  private static final Pattern RESIDUAL =
      Pattern.compile("down_blocks\\.(\\d{1,3})\\.resnets\\.(\\d{1,3})\\..*");
  private static final Pattern TRANSFORMER =
      Pattern.compile(
          "(down|up)_blocks\\.(\\d{1,3})\\.attentions\\.(\\d{1,3})\\.transformer_blocks"
              + "\\.(\\d{1,3})\\..*");

  /**
   * Reads a structure.
   *
   * @param names the names of a U-Net's weights, as diffusers has them
   * @return the structure, without levels if the names are no U-Net's
   */
  static UNetStructure of(Collection<String> names) {
    int layers = 0;
    int levels = 0;
    for (String name : names) {
      Matcher residual = RESIDUAL.matcher(name);
      if (residual.matches()) {
        levels = Math.max(levels, Integer.parseInt(residual.group(1)) + 1);
        layers = Math.max(layers, Integer.parseInt(residual.group(2)) + 1);
      }
    }
    List<List<Integer>> down = levels(levels);
    List<List<Integer>> up = levels(levels);
    for (String name : names) {
      Matcher transformer = TRANSFORMER.matcher(name);
      if (transformer.matches() && Integer.parseInt(transformer.group(2)) < levels) {
        List<List<Integer>> side = transformer.group(1).equals("down") ? down : up;
        List<Integer> level = side.get(Integer.parseInt(transformer.group(2)));
        int attention = Integer.parseInt(transformer.group(3));
        while (level.size() <= attention) {
          level.add(0);
        }
        int depth = Integer.parseInt(transformer.group(4)) + 1;
        level.set(attention, Math.max(level.get(attention), depth));
      }
    }
    return new UNetStructure(layers, down, up, middle(names));
  }

  private static List<List<Integer>> levels(int count) {
    List<List<Integer>> levels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      levels.add(new ArrayList<>());
    }
    return levels;
  }

  private static Optional<String> middle(Collection<String> names) {
    if (names.stream().anyMatch(name -> name.startsWith("mid_block.attentions."))) {
      return Optional.of(USUAL_MIDDLE);
    }
    return names.stream().anyMatch(name -> name.startsWith("mid_block."))
        ? Optional.of(MIDDLE_WITHOUT_ATTENTION)
        : Optional.empty();
  }

  /**
   * Corrects settings that tell another structure, as those of a family's usual model do for a
   * pruned one. The channels of each level and its heads are the settings' own, and settings with
   * blocks of other kinds stay as they are.
   *
   * @param settings a U-Net's settings
   * @return the same settings if they tell this structure, else changed ones
   */
  JsonConfig correct(JsonConfig settings) {
    if (down.isEmpty() || !isOfKnownBlocks(settings) || isTold(settings)) {
      return settings;
    }
    JsonObject changed = settings.json().deepCopy();
    changed.addProperty(LAYERS, layers);
    changed.add(MIDDLE, middle.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE));
    changed.add(DOWN, types(down, PLAIN_DOWN));
    changed.add(UP, types(up, PLAIN_UP));
    changed.add(DEPTHS, depths(down));
    changed.add(REVERSE_DEPTHS, depths(up));
    for (String key : List.of("block_out_channels", "attention_head_dim", "num_attention_heads")) {
      if (changed.get(key) instanceof JsonArray levels) {
        while (levels.size() > down.size()) {
          levels.remove(levels.size() - 1);
        }
      }
    }
    return JsonConfig.of(settings.source(), changed);
  }

  private static boolean isOfKnownBlocks(JsonConfig settings) {
    return settings.texts(DOWN).stream().allMatch(type -> isPlainOrAttending(type, PLAIN_DOWN))
        && settings.texts(UP).stream().allMatch(type -> isPlainOrAttending(type, PLAIN_UP))
        && toldMiddle(settings).stream()
            .allMatch(Set.of(USUAL_MIDDLE, MIDDLE_WITHOUT_ATTENTION)::contains);
  }

  private static boolean isPlainOrAttending(String type, String plain) {
    return type.equals(plain) || type.equals(ATTENDING + plain);
  }

  private boolean isTold(JsonConfig settings) {
    return settings.integer(LAYERS, USUAL_LAYERS) == layers
        && toldMiddle(settings).equals(middle)
        && types(down, PLAIN_DOWN).equals(settings.json().get(DOWN))
        && types(up, PLAIN_UP).equals(settings.json().get(UP))
        && areTold(down, settings.integersForEach(DEPTHS, down.size(), layers, 1))
        && areTold(up, toldUp(settings));
  }

  /** A key that is null means something else than one that is absent. */
  private static Optional<String> toldMiddle(JsonConfig settings) {
    boolean none = settings.json().has(MIDDLE) && !settings.has(MIDDLE);
    return none ? Optional.empty() : Optional.of(settings.text(MIDDLE, USUAL_MIDDLE));
  }

  private List<List<Integer>> toldUp(JsonConfig settings) {
    if (settings.has(REVERSE_DEPTHS)) {
      return settings.integersForEach(REVERSE_DEPTHS, up.size(), layers + 1, 1);
    }
    List<List<Integer>> told = new ArrayList<>();
    for (List<Integer> level : settings.integersForEach(DEPTHS, down.size(), layers, 1)) {
      told.add(0, Collections.nCopies(layers + 1, level.get(0)));
    }
    return told;
  }

  /** What settings say of a level without attention means nothing. */
  private static boolean areTold(List<List<Integer>> found, List<List<Integer>> told) {
    for (int level = 0; level < found.size(); level++) {
      if (!found.get(level).isEmpty() && !found.get(level).equals(told.get(level))) {
        return false;
      }
    }
    return true;
  }

  private static JsonArray types(List<List<Integer>> levels, String plain) {
    JsonArray types = new JsonArray();
    levels.forEach(level -> types.add(level.isEmpty() ? plain : ATTENDING + plain));
    return types;
  }

  /** One number for a level whose attentions are alike. */
  private static JsonArray depths(List<List<Integer>> levels) {
    JsonArray depths = new JsonArray();
    for (List<Integer> level : levels) {
      if (level.isEmpty()) {
        depths.add(1);
      } else if (Collections.min(level).equals(Collections.max(level))) {
        depths.add(level.get(0));
      } else {
        JsonArray each = new JsonArray();
        level.forEach(each::add);
        depths.add(each);
      }
    }
    return depths;
  }
}
