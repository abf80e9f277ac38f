package io.darkroom.pipeline;

import io.darkroom.network.DecoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.runtime.AutoencoderMemory;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.runtime.NetworkLoader;
import io.darkroom.runtime.Offload;
import io.darkroom.runtime.OffloadableNetwork;
import io.darkroom.runtime.OutOfMemoryException;
import io.darkroom.torchscript.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * What a model and its pictures take, held against what the device has: how many pictures go
 * together, which networks stay in memory, and what to say where it does not suffice.
 */
final class MemoryPlan {
  /**
   * A bigger batch gains nothing once a pass keeps the device busy; this many latent elements do.
   */
  private static final int BUSY_ELEMENTS = 32 * 1024;

  /** Measured with Stable Diffusion 1.5 at 1024x1024 on a CPU, the allocator's losses included. */
  private static final int ACTIVATIONS = 64;

  private static final String OFFLOADING =
      "memory is short: text encoder and decoder are loaded only while they are used, which takes"
          + " time for each picture; --dtype fp16 or bf16 needs less";

  private static final String TAKING_TURNS =
      "memory is short: the U-Nets of model and refiner take turns in it, which takes time for each"
          + " batch; --dtype fp16 or bf16 needs less";

  private final Compute compute;
  private final UNetConfig unet;
  private final DecoderConfig decoder;
  private final AutoencoderMemory decoding;
  private final Offload offload;
  private final MemoryGauge gauge;
  private final List<OffloadableNetwork> offloadable = new ArrayList<>();
  private Optional<Boolean> offloading = Optional.empty();
  private boolean takingTurns;
  private long unetBytes;
  private Optional<PictureSettings> warnedOf = Optional.empty();

  /**
   * Creates a plan for a model that is not loaded yet.
   *
   * @param compute where and in which precision it runs
   * @param unet its U-Net
   * @param decoder its decoder
   * @param decoding the decoder's precision
   * @param offload the user's wish
   * @param gauge tells what there is
   */
  MemoryPlan(
      Compute compute,
      UNetConfig unet,
      DecoderConfig decoder,
      Precision decoding,
      Offload offload,
      MemoryGauge gauge) {
    this.compute = compute;
    this.unet = unet;
    this.decoder = decoder;
    this.decoding = new AutoencoderMemory(decoder, decoding.compute());
    this.offload = offload;
    this.gauge = gauge;
  }

  // ---------------------------------------------------------------- networks

  /**
   * Makes up its mind about what stays in memory, before anything is loaded; later calls change
   * nothing.
   *
   * @param unetsNeed bytes of each U-Net; one stays in any case
   * @param othersNeed bytes of what might leave
   * @param usual settings of the pictures to come
   * @throws OutOfMemoryException if the weights alone are too much
   */
  void begin(List<Long> unetsNeed, long othersNeed, PictureSettings usual) {
    if (offloading.isPresent()) {
      return;
    }
    long all = unetsNeed.stream().mapToLong(bytes -> bytes).sum();
    long largest = unetsNeed.stream().mapToLong(bytes -> bytes).max().orElseThrow();
    long working = decoding.inStrips(usual.width(), usual.height());
    long free = gauge.free(compute.device()).orElse(Long.MAX_VALUE);
    offloading = Optional.of(leaves(free < all + othersNeed + working));
    takingTurns = unetsNeed.size() > 1 && leaves(free < all + working);
    unetBytes = takingTurns ? largest : all;
    long weights = unetBytes + (offloading.get() ? 0 : othersNeed);
    OptionalLong total = gauge.total(compute.device());
    if (total.isPresent() && weights > total.getAsLong()) {
      throw new OutOfMemoryException(
          "the model's weights take %s in %s, and %s has %s in all%s"
              .formatted(
                  gibibytes(weights),
                  compute.dtype(),
                  compute.deviceName(),
                  gibibytes(total.getAsLong()),
                  alternatives()));
    }
  }

  private boolean leaves(boolean isShort) {
    return offload == Offload.ALWAYS || (offload == Offload.AUTO && isShort);
  }

  /** {@return whether no more than one U-Net is to be in memory} */
  boolean takesTurns() {
    return takingTurns;
  }

  /**
   * Loads a network, for as long as there is room for it.
   *
   * @param network a text encoder or decoder
   * @return the network, perhaps in memory, which the caller closes
   */
  OffloadableNetwork settle(NetworkLoader.Network network) {
    offloadable.removeIf(known -> known.residentBytes() == 0);
    OffloadableNetwork settled =
        offloading.orElse(false)
            ? OffloadableNetwork.whileUsed(network)
            : OffloadableNetwork.permanent(network);
    offloadable.add(settled);
    return settled;
  }

  /**
   * What the user should know.
   *
   * @return lines, if networks leave the memory though nobody asked for it
   */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (offload == Offload.AUTO && offloading.orElse(false)) {
      warnings.add(OFFLOADING);
    }
    if (offload == Offload.AUTO && takingTurns) {
      warnings.add(TAKING_TURNS);
    }
    return warnings;
  }

  private boolean mayOffload() {
    return offload == Offload.AUTO && !offloading.orElse(false);
  }

  private void offloadFromNowOn(Consumer<String> warnings) {
    offloading = Optional.of(true);
    offloadable.forEach(OffloadableNetwork::leave);
    warnings.accept(OFFLOADING);
  }

  private long residentBytes() {
    return unetBytes + offloadable.stream().mapToLong(OffloadableNetwork::residentBytes).sum();
  }

  // ---------------------------------------------------------------- pictures

  /**
   * How many pictures to denoise together.
   *
   * @param settings theirs
   * @param pictures how many there are
   * @param aside bytes that something else will take meanwhile
   * @return 1 to {@code pictures}
   */
  int batchSize(PictureSettings settings, int pictures, long aside) {
    int busy = compute.device().isGpu() ? BUSY_ELEMENTS : BUSY_ELEMENTS / 32;
    long seen = FirstLevel.seenPixels(unet, decoder, settings);
    long together = Math.min(pictures, busy / Math.max(1, seen));
    long each = denoisingBytes(settings, 1);
    OptionalLong free = gauge.freeFor(compute.device(), 2 * (aside + together * each));
    if (free.isPresent()) {
      together = Math.min(together, (free.getAsLong() / 2 - aside) / each);
    }
    return (int) Math.max(1, together);
  }

  /**
   * How many copies of the model fit into the memory, this one among them, each with a batch.
   *
   * @param settings of the pictures
   * @param pictures how many of them a batch has
   * @return 1 or more; as many as one likes where nobody knows how much is free
   */
  int copies(PictureSettings settings, int pictures) {
    if (offloading.orElse(false)) {
      return 1;
    }
    long decodingBytes = decoding.inStrips(settings.width(), settings.height());
    long batch = Math.max(denoisingBytes(settings, pictures), decodingBytes);
    OptionalLong free = gauge.free(compute.device());
    if (free.isEmpty()) {
      return Integer.MAX_VALUE;
    }
    long others = (free.getAsLong() / 2 - batch) / (residentBytes() + batch);
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, 1 + others));
  }

  /**
   * Refuses what a machine cannot hold even alone: Linux would end the process halfway.
   *
   * @param settings the picture's
   * @param warnings hears of networks that leave
   * @throws OutOfMemoryException if nothing helps
   */
  void requireRoom(PictureSettings settings, Consumer<String> warnings) {
    OptionalLong total = gauge.total(compute.device());
    if (total.isEmpty()) {
      return;
    }
    long picture = decoding.inStrips(settings.width(), settings.height());
    if (residentBytes() + picture > total.getAsLong() && mayOffload()) {
      offloadFromNowOn(warnings);
    }
    long weights = residentBytes();
    if (weights + picture > total.getAsLong()) {
      OptionalLong room = OptionalLong.of(total.getAsLong() - weights);
      throw new OutOfMemoryException(
          "the model and a picture of %s take %s, and %s has %s in all%s"
              .formatted(
                  size(settings),
                  gibibytes(weights + picture),
                  compute.deviceName(),
                  gibibytes(total.getAsLong()),
                  advice(settings, 1, room)));
    }
  }

  /**
   * Sends networks away where denoising would not fit beside them: pictures larger than the model's
   * own may leave no room where there seemed to be enough.
   *
   * @param settings the pictures'
   * @param pictures how many there are
   * @param warnings hears of it, and of what may not fit all the same
   */
  void makeRoomForDenoising(PictureSettings settings, int pictures, Consumer<String> warnings) {
    long working = denoisingBytes(settings, pictures);
    OptionalLong free = makeRoom(working, warnings);
    boolean mayEnd = !compute.device().isGpu() && free.isPresent() && free.getAsLong() < working;
    if (mayEnd && !warnedOf.equals(Optional.of(settings))) {
      warnedOf = Optional.of(settings); // what would fit changes all the time
      // An estimate is no ground for refusing, but Linux says nothing when it ends a process.
      warnings.accept(
          "denoising %d picture(s) of %s takes about %s, more than is free: the system may end the"
                  .formatted(pictures, size(settings), gibibytes(working))
              + " program"
              + advice(settings, pictures, free));
    }
  }

  /**
   * Likewise for decoding, by the least that it takes and a quarter: on a CPU too little would end
   * the process.
   *
   * @param settings the pictures'
   * @param warnings hears of it
   */
  void makeRoomForDecoding(PictureSettings settings, Consumer<String> warnings) {
    if (mayOffload()) {
      long least = decoding.inStrips(settings.width(), settings.height());
      makeRoom(least + least / 4, warnings);
    }
  }

  /** What is free then. */
  private OptionalLong makeRoom(long bytes, Consumer<String> warnings) {
    OptionalLong free = gauge.freeFor(compute.device(), bytes);
    if (mayOffload() && free.isPresent() && free.getAsLong() < bytes) {
      offloadFromNowOn(warnings);
      return gauge.free(compute.device());
    }
    return free;
  }

  /**
   * What pictures add to the memory while they are denoised: the top level's activations, of which
   * some dozens are alive at the worst moment. A rough guess on the safe side, half of whose room
   * is left when batches are chosen; what does not fit all the same is tried again in pieces.
   */
  private long denoisingBytes(PictureSettings settings, int pictures) {
    int bytes = compute.precision().compute() == Precision.Format.FLOAT32 ? 4 : 2;
    return FirstLevel.of(unet, decoder, settings, pictures).activations() * ACTIVATIONS * bytes;
  }

  // ---------------------------------------------------------------- words

  /**
   * Names what did not fit, and what would.
   *
   * @param settings the pictures'
   * @param pictures how many there were
   * @return the end of a sentence
   */
  String tooMuch(PictureSettings settings, int pictures) {
    return "%d picture(s) of %s%s"
        .formatted(
            pictures, size(settings), advice(settings, pictures, gauge.free(compute.device())));
  }

  /** A number of bytes as messages say it. */
  static String gibibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
  }

  private static String size(PictureSettings settings) {
    return settings.width() + "x" + settings.height();
  }

  /** What would fit, as an ending of a message. */
  private String advice(PictureSettings settings, int pictures, OptionalLong room) {
    if (pictures > 1) {
      return "; try --batch-size " + pictures / 2;
    }
    return room.stream()
        .mapToObj(bytes -> fitting(settings, bytes))
        .flatMap(Optional::stream)
        .map(size -> "; " + size + " would fit" + alternatives().replace("; try", ", or try"))
        .findFirst()
        .orElseGet(() -> alternatives().isEmpty() ? "; try a smaller size" : alternatives());
  }

  /** The largest smaller size of about the same form, by the estimates. */
  private Optional<String> fitting(PictureSettings settings, long room) {
    int factor = decoder.vaeScaleFactor();
    int step = Math.max(factor, 64);
    for (int width = (settings.width() - 1) / step * step; width > 0; width -= step) {
      long rows = (long) settings.height() * width / settings.width() / factor;
      PictureSettings smaller =
          settings
              .with(Setting.WIDTH, width)
              .with(Setting.HEIGHT, (int) Math.max(1, rows) * factor);
      long decodingBytes = decoding.inStrips(smaller.width(), smaller.height());
      if (Math.max(decodingBytes, denoisingBytes(smaller, 1)) <= room) {
        return Optional.of(size(smaller));
      }
    }
    return Optional.empty();
  }

  private String alternatives() {
    List<String> options = new ArrayList<>();
    if (compute.precision().storage() == Precision.Format.FLOAT32) {
      options.add(compute.device().isGpu() ? "--dtype fp16" : "--dtype bf16");
    }
    if (!offloading.orElse(true)) {
      options.add("--offload always");
    }
    return options.isEmpty() ? "" : "; try " + String.join(" or ", options);
  }
}
