package io.darkroom.pipeline;

import io.darkroom.request.ImageRequest;
import io.darkroom.request.Setting;
import io.darkroom.request.Variation;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * What the noise of the pictures of a batch is drawn from.
 *
 * @param own a seed for each picture, 0 to 2^32 - 1
 * @param variations how the first noise of each is turned towards another seed's
 */
record PictureSeeds(List<Long> own, List<Optional<Variation>> variations) {
  /** Takes its own copies. */
  PictureSeeds {
    own = List.copyOf(own);
    variations = List.copyOf(variations);
  }

  /**
   * The seeds that requests ask for.
   *
   * @param requests of a batch
   * @return their seeds, in order
   */
  static PictureSeeds of(List<ImageRequest> requests) {
    return new PictureSeeds(
        requests.stream().map(ImageRequest::seed).toList(),
        requests.stream().map(request -> request.settings().get(Setting.VARIATION)).toList());
  }

  /**
   * Seeds without variations.
   *
   * @param seeds one for each picture
   * @return the seeds
   */
  static PictureSeeds of(long... seeds) {
    List<Long> own = LongStream.of(seeds).boxed().toList();
    return new PictureSeeds(own, own.stream().map(seed -> Optional.<Variation>empty()).toList());
  }

  /** How many pictures there are. */
  int count() {
    return own.size();
  }

  /** Tells whether a picture is a variation. */
  boolean areVaried() {
    return variations.stream().anyMatch(Optional::isPresent);
  }

  /** The other seeds; a picture without a variation has its own. */
  PictureSeeds others() {
    return of(
        IntStream.range(0, count())
            .mapToLong(i -> variations.get(i).map(Variation::seed).orElse(own.get(i)))
            .toArray());
  }

  /** How far each picture's noise is turned; 0 where there is no variation. */
  double[] strengths() {
    return variations.stream()
        .mapToDouble(variation -> variation.map(Variation::strength).orElse(0.0))
        .toArray();
  }
}
