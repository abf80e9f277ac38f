package io.darkroom.request;

import java.util.LinkedHashMap;
import java.util.Map;

/** Names the pictures that a run begins with by what is seen in them. */
public final class SourcePictures {
  /** The key of the hash of the picture to begin with. */
  public static final String INIT_IMAGE_HASH = "init_image_hash";

  /** The key of the mask's hash. */
  public static final String MASK_HASH = "mask_hash";

  private SourcePictures() {}

  /**
   * The pictures' hashes.
   *
   * @param start what a run begins with
   * @return key to {@link SourcePicture#hash}; empty for noise
   */
  public static Map<String, String> hashes(Start start) {
    Map<String, String> hashes = new LinkedHashMap<>();
    if (start instanceof Start.Image image) {
      hashes.put(INIT_IMAGE_HASH, image.picture().hash());
    } else if (start instanceof Start.Inpaint inpaint) {
      hashes.put(INIT_IMAGE_HASH, inpaint.image().picture().hash());
      inpaint.mask().hash().ifPresent(hash -> hashes.put(MASK_HASH, hash));
    }
    return hashes;
  }
}
