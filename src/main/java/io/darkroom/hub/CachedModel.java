package io.darkroom.hub;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.model.PipelineFamily;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * A revision of a repository in the cache.
 *
 * @param id the repository and the revision's name
 * @param commit the commit that this name means
 * @param path the folder of its files
 * @param bytes their size
 * @param names their paths in the repository
 */
public record CachedModel(HubId id, String commit, Path path, long bytes, Set<String> names) {
  /**
   * The model's family.
   *
   * @return the family, or empty if its index cannot be read
   */
  public Optional<PipelineFamily> family() {
    try {
      return Optional.of(PipelineFamily.of(HubCache.index(path)));
    } catch (ModelException e) {
      return Optional.empty();
    }
  }

  /**
   * Tells whether all files that Darkroom needs are there.
   *
   * @return whether the model can be used as it is
   */
  public boolean isComplete() {
    if (!names.contains(NeededFiles.INDEX)) {
      return false;
    }
    try {
      JsonConfig index = HubCache.index(path);
      return NeededFiles.choose(names, index, WeightVariant.PLAIN).missing().isEmpty();
    } catch (ModelException e) {
      return false;
    }
  }
}
