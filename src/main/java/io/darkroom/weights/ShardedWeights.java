package io.darkroom.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.OpenResources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Weights that are spread over several files, with an index ({@code *.index.json}) whose {@code
 * weight_map} tells the file of each, as transformers and diffusers write large models.
 */
public final class ShardedWeights implements WeightsFile {
  private final Path index;
  private final List<WeightsFile> shards;
  private final Map<String, WeightsFile> places = new LinkedHashMap<>();

  private ShardedWeights(Path index, List<WeightsFile> shards) {
    this.index = index;
    this.shards = shards;
  }

  /**
   * Opens all files of an index.
   *
   * @param index the index file
   * @return the weights of all of them
   * @throws ModelException if the index is malformed, a file is missing or malformed, or the index
   *     and the files do not name the same tensors
   */
  static ShardedWeights open(Path index) {
    Map<String, String> files = weightMap(index);
    ShardedWeights weights = new ShardedWeights(index, new ArrayList<>());
    try {
      weights.openShards(files);
      return weights;
    } catch (RuntimeException | Error failure) {
      OpenResources.closeAfter(weights, failure);
      throw failure;
    }
  }

  private void openShards(Map<String, String> files) {
    Map<String, WeightsFile> opened = new LinkedHashMap<>();
    for (String name : new TreeSet<>(files.values())) {
      WeightsFile shard = WeightsFormat.open(index.resolveSibling(name));
      shards.add(shard);
      opened.put(name, shard);
      for (String tensor : shard.shapes().keySet()) {
        if (!name.equals(files.get(tensor))) {
          throw new ModelException(
              "%s: contains the tensor %s, but %s names another file for it; download both again"
                  .formatted(shard.path(), OneLine.of(tensor), index.getFileName()));
        }
      }
    }
    files.forEach(
        (tensor, name) -> {
          WeightsFile shard = opened.get(name);
          if (!shard.shapes().containsKey(tensor)) {
            throw new ModelException(
                "%s: does not contain the tensor %s, although %s says so; download both again"
                    .formatted(shard.path(), OneLine.of(tensor), index.getFileName()));
          }
          places.put(tensor, shard);
        });
  }

  /**
   * The files that an index names.
   *
   * @param index the index file
   * @return their paths, in the order of their names
   * @throws ModelException if the index is malformed
   */
  public static List<Path> files(Path index) {
    return new TreeSet<>(weightMap(index).values())
        .stream().map(name -> index.resolveSibling(name)).toList();
  }

  /** File names by tensor. */
  private static Map<String, String> weightMap(Path index) {
    JsonConfig json = JsonConfig.read(index);
    if (!(json.json().get("weight_map") instanceof JsonObject map) || map.isEmpty()) {
      throw new ModelException(index + ": has no \"weight_map\"; download it again");
    }
    JsonConfig entries = JsonConfig.of(index + ": weight_map", map);
    Map<String, String> files = new LinkedHashMap<>();
    for (Map.Entry<String, JsonElement> entry : map.entrySet()) {
      String name = entries.text(entry.getKey());
      // A name and nothing else: an index must not reach beyond its folder.
      if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
        throw new ModelException(
            index + ": " + OneLine.of(name) + " is not the name of a file beside it");
      }
      files.put(entry.getKey(), name);
    }
    return files;
  }

  /**
   * Which of an index's files are not there.
   *
   * @param index the index file
   * @return their paths
   * @throws ModelException if the index is malformed
   */
  public static List<Path> missing(Path index) {
    return files(index).stream().filter(file -> !Files.isRegularFile(file)).toList();
  }

  @Override
  public Path path() {
    return index;
  }

  @Override
  public List<Path> files() {
    return shards.stream().map(WeightsFile::path).toList();
  }

  @Override
  public Map<String, long[]> shapes() {
    Map<WeightsFile, Map<String, long[]>> stored = new LinkedHashMap<>();
    shards.forEach(shard -> stored.put(shard, shard.shapes()));
    Map<String, long[]> shapes = new LinkedHashMap<>();
    places.forEach((name, shard) -> shapes.put(name, stored.get(shard).get(name)));
    return shapes;
  }

  @Override
  public Map<String, StoredType> types() {
    Map<WeightsFile, Map<String, StoredType>> stored = new LinkedHashMap<>();
    shards.forEach(shard -> stored.put(shard, shard.types()));
    Map<String, StoredType> types = new LinkedHashMap<>();
    places.forEach((name, shard) -> types.put(name, stored.get(shard).get(name)));
    return types;
  }

  /** Of several files none speaks for all. */
  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public List<Double> numbers(String name) {
    return shard(name).numbers(name);
  }

  @Override
  public NDArray load(String name, NDManager manager) {
    return shard(name).load(name, manager);
  }

  @Override
  public NDArray lend(String name, NDManager manager) {
    return shard(name).lend(name, manager);
  }

  private WeightsFile shard(String name) {
    WeightsFile shard = places.get(name);
    if (shard == null) {
      throw new ModelException(index + ": there is no tensor " + OneLine.of(name));
    }
    return shard;
  }

  @Override
  public void close() {
    OpenResources.closeAll(shards);
  }
}
