package io.darkroom.network;

import com.google.gson.JsonElement;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import java.util.List;
import java.util.Set;

/** Refuses what a config asks for and no network here does: better no picture than a wrong one. */
final class Supported {
  private Supported() {}

  /**
   * Holds keys against the one value that is supported.
   *
   * @param config the config
   * @param value the supported value, as JSON writes it
   * @param keys keys that may be absent, null, or of that value
   * @throws ModelException if one is something else
   */
  static void only(JsonConfig config, String value, String... keys) {
    for (String key : keys) {
      if (config.has(key) && !same(config.json().get(key), value)) {
        throw new ModelException(
            "%s: %s is %s, which Darkroom does not run; it runs %s"
                .formatted(config.source(), key, config.json().get(key), value));
      }
    }
  }

  private static boolean same(JsonElement element, String value) {
    if (element.isJsonPrimitive() && element.getAsJsonPrimitive().isNumber()) {
      return element.getAsString().equals(value) || element.getAsDouble() == parsed(value);
    }
    return element.toString().equals(value);
  }

  private static double parsed(String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /**
   * Refuses a block type that is not among those there are.
   *
   * @param config the config
   * @param key the list's key
   * @param types the types that the config names
   * @param known the types there are
   * @throws ModelException if one is unknown
   */
  static void blockTypes(JsonConfig config, String key, Iterable<String> types, Set<String> known) {
    for (String type : types) {
      if (!known.contains(type)) {
        throw new ModelException(
            "%s: %s names the block type %s, which Darkroom does not run; it runs %s"
                .formatted(config.source(), key, type, String.join(", ", known)));
      }
    }
  }

  /**
   * Reads into how many groups the group norms part their channels.
   *
   * @param config the config
   * @param channels of each level
   * @return {@code norm_num_groups}
   * @throws ModelException if some level's channels do not divide into that many groups
   */
  static int normGroups(JsonConfig config, Iterable<Integer> channels) {
    int groups = config.integer("norm_num_groups", 32);
    for (int count : channels) {
      if (groups < 1 || count % groups != 0) {
        throw new ModelException(
            "%s: %d channels do not divide into norm_num_groups %d"
                .formatted(config.source(), count, groups));
      }
    }
    return groups;
  }

  /**
   * Checks that a config's three lists of levels are of one length.
   *
   * @param config the config
   * @param channels of each level
   * @param down its block types on the way down
   * @param up its block types on the way up
   * @throws ModelException if there is no level, or the lists differ in length
   */
  static void sameLevels(
      JsonConfig config, List<Integer> channels, List<String> down, List<String> up) {
    int levels = channels.size();
    if (levels == 0 || down.size() != levels || up.size() != levels) {
      throw new ModelException(
          "%s: block_out_channels, down_block_types and up_block_types name %d, %d and %d levels"
              .formatted(config.source(), levels, down.size(), up.size()));
    }
  }
}
